"""The look ``forgetting``: which images were learned and forgotten again while the network trained."""

import numpy as np

from tuilab.looks.forgetting import Change, Forgetting
from tuilab.looks.page import Asked, Gallery, LookedAt, Page, Picture
from tuilab.looks.wording import count, points
from tuilab.results.document import Head, Table
from tuilab.runs.answers import Part

_MOST_EPOCHS = 24
"""Rows of the table; of more epochs the first is left out of each few."""


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded."""
    found = Forgetting(looked.by_epoch)
    record = found.record
    part = record.part
    never, kept, lost = (int(which.sum()) for which in (found.never, found.kept, found.lost))
    epochs = len(record.epochs)
    paragraphs = [
        f"Of {count(found.images, f'{part} image')}, {kept:,} were right once and ever after, {never:,} were "
        f"never right in {count(epochs, 'epoch')}, and {int((found.times > 0).sum()):,} were forgotten at "
        f"least once. At the end {count(lost, 'image')} {'is' if lost == 1 else 'are'} wrong that "
        f"{'was' if lost == 1 else 'were'} right before.",
        *_churn(found),
    ]
    most = found.most(asked.pictures)
    pictures = tuple(Picture(int(place), _captions(looked, record.part, found, int(place))) for place in most)
    galleries = (Gallery("forgotten most often", record.part, pictures),) if pictures else ()
    notes = ["An image is forgotten where it was right after one epoch and is wrong after the next."]
    if record.part == "test":
        notes.append(
            "The images that validate are the test images: training.validation=last-20% holds others out."
        )
    return Page(
        f"{looked.name}: what it learned and forgot",
        tuple(paragraphs),
        (_by_epoch(found), _by_times(found)),
        galleries,
        tuple(notes),
        {
            "images": found.images,
            "epochs": list(record.epochs),
            "never_right": never,
            "right_ever_after": kept,
            "forgotten_at_least_once": int((found.times > 0).sum()),
            "lost_at_the_end": lost,
            "by_epoch": [
                {"epoch": c.epoch, "right": c.right, "gained": c.gained, "lost": c.lost}
                for c in found.changes
            ],
            "most_forgotten": [{"image": int(n), "times": int(found.times[n])} for n in most],
        },
    )


def _churn(found: Forgetting) -> list[str]:
    if not found.changes:
        return []
    worst = max(found.changes, key=lambda c: c.lost)
    if not worst.lost:
        return ["No epoch made the network forget an image."]
    net = worst.gained - worst.lost
    return [
        f"Epoch {worst.epoch} forgot most: {worst.lost:,} images that were right became wrong, while "
        f"{worst.gained:,} became right. The accuracy shows only the difference, "
        f"{points(net / found.images)} points."
    ]


def _by_epoch(found: Forgetting) -> Table:
    heads = [Head(name, number=True) for name in ("epoch", "right", "became right", "forgotten", "accuracy")]
    shown = found.changes
    if len(shown) > _MOST_EPOCHS:
        places = np.unique(np.linspace(0, len(shown) - 1, _MOST_EPOCHS).round().astype(int))
        shown = tuple(shown[n] for n in places)
    cells = [_row(change, found.images) for change in shown]
    return Table("from epoch to epoch", heads, cells)


def _row(change: Change, images: int) -> tuple[str, ...]:
    return (
        str(change.epoch),
        f"{change.right:,}",
        f"{change.gained:,}",
        f"{change.lost:,}",
        f"{change.right / images:.4f}",
    )


def _by_times(found: Forgetting) -> Table:
    heads = [Head("forgotten", number=True), Head("images", number=True)]
    counts = np.bincount(found.times[~found.never])
    cells = [(_times(n), f"{images:,}") for n, images in enumerate(counts)]
    return Table("how often", heads, [*cells, ("never right", f"{int(found.never.sum()):,}")])


def _times(number: int) -> str:
    match number:
        case 0:
            return "never"
        case 1:
            return "once"
        case _:
            return f"{number} times"


def _captions(looked: LookedAt, part: Part, found: Forgetting, place: int) -> tuple[str, str]:
    times = int(found.times[place])
    again = "right" if found.record.right[-1, place] else "wrong"
    return f"image {place}", f"forgotten {times}x, now {again}"
