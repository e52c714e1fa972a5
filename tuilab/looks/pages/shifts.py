"""The look ``shifts``: how right it is on test images that are blurred, noisy, or of low contrast."""

import math
from typing import assert_never

from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.wording import count, percent, points, share
from tuilab.results.document import Head, Table
from tuilab.runs import measurements
from tuilab.runs.shifts import OnShifted, ShiftName, Shifts


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing was measured."""
    found = measurements.load(looked.summary.run, "shifts", Shifts)
    mean = sum(one.accuracy for one in found.shifted) / len(found.shifted)
    worst = min(found.shifted, key=lambda one: one.accuracy)
    chance = 1.96 * math.sqrt(found.accuracy * (1 - found.accuracy) / found.images)
    return Page(
        f"{looked.name}: how right it is on shifted images",
        (
            f"Of {count(found.images, 'test image')} as they are it gets {percent(found.accuracy, 1)} right; "
            f"of the same images shifted in {count(len(found.shifted), 'way')}, {percent(mean, 1)} in the "
            f"mean: {points(mean - found.accuracy)} points.",
            _worst(worst, found.accuracy),
        ),
        (_table(found),),
        notes=(
            "Three of the corruptions of CIFAR-10-C, the first, third and fifth of five levels. Blur: its "
            "standard deviation in pixels, of 32 across. Noise: its standard deviation, of 1. Contrast: what "
            "is left of it.",
            "The images and their noise are the same for every run of a data set, so runs can be compared: "
            "look at the other one's shifts as well.",
            f"Which images these are changes {percent(found.accuracy, 1)} by {100 * chance:.1f} points or "
            "less, nineteen times of twenty. "
            f"It took {found.seconds:.1f} s.",
        ),
        facts={
            "images": found.images,
            "accuracy": found.accuracy,
            "cross_entropy": found.cross_entropy,
            "mean_shifted_accuracy": mean,
            "seconds": found.seconds,
            "shifted": [
                {
                    "shift": one.name,
                    "strength": one.strength,
                    "accuracy": one.accuracy,
                    "cross_entropy": one.cross_entropy,
                }
                for one in found.shifted
            ],
        },
    )


def _worst(worst: OnShifted, accuracy: float) -> str:
    if worst.accuracy >= accuracy:
        return "No shift costs anything."
    what = _described(worst.name, worst.strength)
    return (
        f"{what} costs most: {percent(worst.accuracy, 1)} are right, "
        f"{points(worst.accuracy - accuracy)} points."
    )


def _described(name: ShiftName, strength: float) -> str:
    match name:
        case "blur":
            return f"A blur of {strength:.1f} pixels"
        case "noise":
            return f"Noise of {strength:.2f}"
        case "contrast":
            return f"A contrast of {strength:.2f}"
        case _:
            assert_never(name)


def _table(found: Shifts) -> Table:
    heads = [
        Head("shift"),
        Head("strength", number=True),
        Head("right", number=True),
        Head("points", number=True),
        Head("cross-entropy", number=True),
        Head(""),
    ]
    clean_images = ("none", "-", share(found.accuracy), "-", _nats(found.cross_entropy), _bar(found.accuracy))
    cells = [clean_images, *(_line(one, found.accuracy) for one in found.shifted)]
    return Table("test images as they are, and shifted", heads, cells, ("#: one twentieth that is right",))


def _line(one: OnShifted, accuracy: float) -> tuple[str, ...]:
    return (
        one.name,
        f"{one.strength:.2f}",
        share(one.accuracy),
        points(one.accuracy - accuracy),
        _nats(one.cross_entropy),
        _bar(one.accuracy),
    )


def _nats(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _bar(right: float, width: int = 20) -> str:
    return "#" * round(right * width)
