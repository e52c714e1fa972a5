"""The look ``classes``: which class is taken for which, and how many of each are right."""

from tuilab.looks.confusion import Confusion, confusion
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.wording import count, percent, share, short
from tuilab.results.document import Head, Table

_MOST_CLASSES = 12
"""Up to so many classes, the whole matrix is shown."""


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded."""
    answers, classes = looked.test, looked.classes
    found = confusion(answers)
    paragraphs = [_right(found), *_confused(found, classes), *_best_and_worst(found, classes)]
    tables = [_by_class(found, classes)]
    if len(classes) <= _MOST_CLASSES:
        tables.insert(0, _matrix(found, classes))
    return Page(
        f"{looked.name}: which class is taken for which",
        tuple(paragraphs),
        tuple(tables),
        notes=(
            "Recall: of a class's images, the share that is right. Precision: of the images that are taken "
            "for it, the share that is of it.",
            f"Of the test images, by the network after {count(answers.epoch, 'epoch')}.",
        ),
        facts={
            "images": found.images,
            "accuracy": found.accuracy,
            "classes": list(classes),
            "counts": [[int(n) for n in row] for row in found.counts],
            "recall": [found.recall(n) for n in range(len(classes))],
            "precision": [found.precision(n) for n in range(len(classes))],
        },
    )


def _right(found: Confusion) -> str:
    right = round(found.accuracy * found.images)
    return f"{right:,} of {found.images:,} test images are right: an accuracy of {share(found.accuracy)}."


def _confused(found: Confusion, classes: tuple[str, ...]) -> list[str]:
    pair = found.most_confused()
    if pair is None:
        return []
    first, second, times = pair
    there, back = int(found.counts[first, second]), int(found.counts[second, first])
    wrong = found.images - round(found.accuracy * found.images)
    return [
        f"Most confused are {classes[first]} and {classes[second]}: {there:,} times {classes[first]} is "
        f"taken for {classes[second]}, and {back:,} times the other way round. That is "
        f"{percent(times / wrong)} of all errors."
    ]


def _best_and_worst(found: Confusion, classes: tuple[str, ...]) -> list[str]:
    known = [(recall, n) for n in range(len(classes)) if (recall := found.recall(n)) is not None]
    if len(known) < 2:
        return []
    (low, worst), (high, best) = min(known), max(known)
    if low == high:
        return []
    return [f"Best known is {classes[best]} ({share(high)} right), worst {classes[worst]} ({share(low)})."]


def _matrix(found: Confusion, classes: tuple[str, ...]) -> Table:
    heads = [Head("is a"), *(Head(short(name), number=True) for name in classes)]
    cells = [(name, *(f"{n:,}" if n else "." for n in found.counts[row])) for row, name in enumerate(classes)]
    return Table("is taken for", heads, cells)


def _by_class(found: Confusion, classes: tuple[str, ...]) -> Table:
    heads = [
        Head("class"),
        Head("images", number=True),
        Head("recall", number=True),
        Head("precision", number=True),
        Head("most often taken for"),
    ]
    cells = []
    for n, name in enumerate(classes):
        wrong = found.counts[n].copy()
        wrong[n] = 0
        other = int(wrong.argmax())
        most = f"{classes[other]} ({int(wrong[other]):,})" if wrong[other] else "-"
        right, precise = share(found.recall(n)), share(found.precision(n))
        cells.append((name, f"{found.counts[n].sum():,}", right, precise, most))
    return Table("by class", heads, cells)
