"""Two runs side by side: which settings differ, what was measured, and whether that is more than chance.

If more than one thing differs, that is shown before any difference in the results.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.errors import listed
from tuilab.experiment.dotted import Difference, differences, dotted
from tuilab.presets import course_columns
from tuilab.results.alike import differing
from tuilab.results.columns import points
from tuilab.results.number_text import number_text
from tuilab.results.rows import Row
from tuilab.runs.journal.records import Epoch
from tuilab.runs.metrics import ACCURACY, CROSS_ENTROPY, FURTHER, METRICS, SHARE, Metric
from tuilab.terminal import clean

LETTERS = "AB"
"""What the first and the second run are called."""


@dataclass(frozen=True)
class Measure:
    """One number of both runs.

    Attributes:
        name: what was measured.
        first: the first run's, as text; empty if there is none.
        second: the second's.
        difference: second less first, as text with its sign; empty if there is none, or where the runs are
            not alike.
        values: both numbers, not rounded; None if there is none.
        change: their difference, likewise; None if ``difference`` is empty.
    """

    name: str
    first: str
    second: str
    difference: str
    values: tuple[float | None, float | None] = (None, None)
    change: float | None = None


@dataclass(frozen=True)
class Comparison:
    """What two runs share and where they differ.

    Attributes:
        settings: settings that differ; first's value before, second's after.
        same: how many settings are the same.
        course: those of the course's columns that differ: name, first, second.
        apart: in which of images, weights and pixels they differ; empty if they may be compared.
        measures: what was measured.
        verdict: sentences that say how much better the second, B, is than A, and whether chance explains it.
        confounded: a sentence that names what differs where that is more than one thing, so that no one of
            them explains the difference; else empty.
    """

    settings: tuple[Difference, ...]
    same: int
    course: tuple[tuple[str, str, str], ...]
    apart: tuple[str, ...]
    measures: tuple[Measure, ...]
    verdict: str
    confounded: str = ""


@dataclass(frozen=True)
class Side:
    """A run to compare: its row, and what the row has no column for.

    Attributes:
        row: as the table has it.
        epochs: finished ones, oldest first.
    """

    row: Row
    epochs: Sequence[Epoch]


def compare(first: Side, second: Side) -> Comparison:
    """Compare two runs."""
    ours, theirs = dotted(first.row.experiment), dotted(second.row.experiment)
    settings = differences(ours, theirs)
    courses = course_columns(first.row.experiment), course_columns(second.row.experiment)
    apart = differing(first.row.values, second.row.values)
    return Comparison(
        settings,
        len({*ours, *theirs}) - len(settings),
        tuple(
            (name, value, courses[1][name]) for name, value in courses[0].items() if value != courses[1][name]
        ),
        apart,
        _measures(first, second, alike=not apart),
        _verdict(first.row, second.row, apart),
        "" if apart else _confounded(first, second, settings),
    )


_NEUTRAL = frozenset(
    {
        "training.seed",
        "training.device",
        "training.features",
        "training.keep_checkpoints",
        "training.probes",
        "training.xla",
        "training.deterministic",
    }
)
"""Settings that change what comes out by chance alone, if at all."""
_MOST_NAMED = 4


def _confounded(first: Side, second: Side, settings: Sequence[Difference]) -> str:
    """Return what differs where that is more than one thing: settings, start, epochs; else nothing."""
    things = [
        "the model training starts from" if one.key == "continue_from" else one.key
        for one in settings
        if one.key not in _NEUTRAL and one.key != "training.epochs"
    ]
    ours, theirs = (side.row.values["parent"] for side in (first, second))
    related = ours == second.row.id or theirs == first.row.id
    if ours != theirs and not related and not any(one.key == "continue_from" for one in settings):
        things.append("the run training starts from")
    named = things[:_MOST_NAMED]
    if len(things) > _MOST_NAMED:
        named.append(f"{len(things) - _MOST_NAMED} more")
    counts = len(first.epochs), len(second.epochs)
    epochs = len(set(counts)) > 1
    if len(things) + epochs < 2:
        return ""
    if epochs:
        named.append(f"the number of epochs ({counts[0]} and {counts[1]})")
    return (
        f"Confounded: {listed(named)} differ. The difference in accuracy "
        "comes from all of them together; change one thing at a time to see what each does."
    )


def standard_error(first: float, second: float, images: int) -> float:
    """Return the standard error of the difference between two shares, each of so many test images.

    ``sqrt(p1 (1 - p1) / n + p2 (1 - p2) / n)``. It takes the two tests for independent; both runs saw the
    same images, so the true error is rather smaller.
    """
    return math.sqrt((first * (1 - first) + second * (1 - second)) / images)


def value_text(value: Any) -> str:
    """Return a setting's value as a person writes it, safe to show."""
    match value:
        case None:
            return "not set"
        case bool():
            return "on" if value else "off"
        case list():
            return ", ".join(map(value_text, value))
        case _:
            return clean(str(value))


_TextOf = Callable[[float], str]


def _measures(first: Side, second: Side, *, alike: bool) -> tuple[Measure, ...]:
    def metric_of(metric: Metric, where: str, key: str) -> Measure:
        name, text = f"{where} {metric.title}", _digits(metric.unit.digits)
        return measure(name, key, text, _change(metric), comparable=alike)

    def measure(name: str, key: str, text: _TextOf, change: _TextOf, *, comparable: bool = True) -> Measure:
        return _measure(name, (_value(first, key), _value(second, key)), text, change, comparable=comparable)

    # only layers that train are penalized: of other layers it is another sum
    same_layers = first.row.values["trained_tensors"] == second.row.values["trained_tensors"]
    whole = (_digits(0), _signed(0))
    return (
        *_at_the_last_common_epoch(first, second, alike=alike),
        metric_of(ACCURACY, "test", "accuracy"),
        metric_of(ACCURACY, "validation", ACCURACY.val),
        metric_of(CROSS_ENTROPY, "test", CROSS_ENTROPY.test),
        *(
            metric_of(metric, where, key)
            for metric in FURTHER
            for where, key in (("test", metric.test), ("validation", metric.val))
        ),
        measure("weight penalty", "penalty", _digits(3), _signed(3), comparable=alike and same_layers),
        measure("epochs", "epochs", *whole),
        measure("seconds", "seconds", *whole),
        measure("trained tensors", "trained_tensors", *whole),
        measure("training images", "training_images", *whole),
    )


def _at_the_last_common_epoch(first: Side, second: Side, *, alike: bool) -> Iterator[Measure]:
    """Yield what both had reached after as many epochs as the shorter one has; nothing for equal ones."""
    shared = min(len(first.epochs), len(second.epochs))
    if not alike or not shared or len(first.epochs) == len(second.epochs):
        return
    a, b = first.epochs[shared - 1], second.epochs[shared - 1]
    for metric in METRICS:
        ours, theirs = a.value(metric.val), b.value(metric.val)
        if ours is None or theirs is None:
            continue
        name = f"validation {metric.title} after epoch {shared}"
        yield _measure(name, (ours, theirs), _digits(metric.unit.digits), _change(metric))


def _measure(
    name: str,
    values: tuple[float | None, float | None],
    text: _TextOf,
    change: _TextOf,
    *,
    comparable: bool = True,
) -> Measure:
    a, b = values
    difference = None
    if comparable and a is not None and b is not None and math.isfinite(a) and math.isfinite(b):
        difference = b - a
    return Measure(
        name,
        text(a) if a is not None else "",
        text(b) if b is not None else "",
        change(difference) if difference is not None else "",
        values,
        difference,
    )


def _value(side: Side, key: str) -> float | None:
    values: Mapping[str, Any] = side.row.values
    if key == "penalty":
        return side.epochs[-1].penalty if side.epochs else None
    return values[key]


def _change(metric: Metric) -> _TextOf:
    return _points if metric.unit is SHARE else _signed(metric.unit.digits)


def _digits(digits: int) -> _TextOf:
    return lambda value: number_text(value, digits)


def _points(difference: float) -> str:
    return f"{points(100 * difference)} points"


def _signed(digits: int) -> _TextOf:
    def text(difference: float) -> str:
        shown = number_text(abs(difference), digits)
        if not float(shown):
            return "the same"
        return f"{'+' if difference > 0 else '−'}{shown}"

    return text


def _verdict(first: Row, second: Row, apart: tuple[str, ...]) -> str:
    a, b, images = first.values["accuracy"], second.values["accuracy"], second.values["test_images"]
    if apart:
        different = listed([f"different {name}" for name in apart])
        return f"Not comparable: {different}. Settings can be compared, accuracies cannot."
    if a is None or b is None:
        untested = [letter for letter, share in zip(LETTERS, (a, b), strict=True) if share is None]
        return f"{' and '.join(untested)} {'have' if len(untested) > 1 else 'has'} not been tested."
    if not (math.isfinite(a) and math.isfinite(b)):
        return "An accuracy is not a number, so there is no difference."
    error = 2 * 100 * standard_error(a, b, images)
    difference = 100 * (b - a)
    if abs(difference) < 0.005:
        return f"Both classified the same share of {images:,} test images correctly."
    better = "better" if difference > 0 else "worse"
    chance = (
        f"With {images:,} test images, chance alone accounts for up to {error:.1f} points (2 standard errors)"
    )
    judged = (
        "this difference is larger, though another seed would change it too."
        if abs(difference) > error
        else "this difference is no larger, so it shows nothing yet."
    )
    return f"B is {abs(difference):.1f} points {better} than A. {chance}: {judged}"
