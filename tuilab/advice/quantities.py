"""What can be measured on a run's curves, by name: the words in which the coach's rules are written.

A quantity is a number, or None if a run has nothing to measure it on yet. Adding one is adding a
line to ``QUANTITIES``.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tuilab.experiment.experiment import Experiment, base_of, head_of
from tuilab.presets import Course
from tuilab.results.course import course_of, standard
from tuilab.results.outcome import diverged
from tuilab.runs.journal.records import Batch, Epoch
from tuilab.runs.metrics import METRICS, SHARE
from tuilab.runs.summary import Summary

LONGEST_TREND = 3
"""Epochs over which a trend is measured."""
_MOST_STEPS = 1e9  # no power or product of steps overflows


@dataclass(frozen=True)
class Curves:
    """What a run has shown so far, and what it trains.

    Attributes:
        epochs: finished epochs, oldest first.
        last: the last finished epoch, or the running means of the first one; None before both.
        course: what the course says of the run, nothing if it trains on other images or a part of them.
    """

    summary: Summary
    experiment: Experiment
    epochs: Sequence[Epoch]
    last: Epoch | Batch | None
    course: Course

    @classmethod
    def of(cls, summary: Summary, experiment: Experiment) -> "Curves":
        """Return the curves of a run that waits, trains or has ended."""
        last = summary.epochs[-1] if summary.epochs else summary.batch
        held_against = standard(course_of(summary.manifest.preset), summary.dataset, experiment.training)
        return cls(summary, experiment, summary.epochs, last, held_against.judging)

    def series(self, name: str) -> list[float]:
        """Return a measure of every finished epoch, e.g. ``val_accuracy``."""
        return [math.nan if (value := epoch.value(name)) is None else value for epoch in self.epochs]

    def now(self, name: str) -> float | None:
        """Return the newest value of a measure; None before it was first taken."""
        return self.last.value(name) if self.last is not None else None


@dataclass(frozen=True)
class Quantity:
    """A named number.

    Attributes:
        meaning: what it is, for the person who writes a rule.
        kind: how it is written: an accuracy as a ``share`` 0.123, a part of a whole as a ``percent`` 12 %, a
            ``count`` 1,234, a ``number`` with four digits.
        of: measures it; None if there is nothing to measure.
    """

    meaning: str
    kind: Literal["share", "percent", "count", "number"]
    of: Callable[[Curves], float | None]


def measure(name: str, curves: Curves) -> float | None:
    """Return a quantity of a run; None if it cannot be told."""
    value = QUANTITIES[name].of(curves)
    return None if value is None else _real(value)


def written(name: str, value: float) -> str:
    """Return a quantity's value as text, whatever it is; not finite: in words."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinity"
    kind = QUANTITIES[name].kind
    if kind != "percent" and abs(value) >= 100_000:
        return _scientific(value)
    match kind:
        case "percent":
            return _percent(value)
        case "share":
            return f"{value:.3f}"
        case "count":
            return f"{value:,.0f}"
        case "number":
            if 0 < abs(value) < 0.001:
                return _scientific(value)
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _percent(share: float) -> str:
    """Return a part of a whole in per cent: whole ones, and one more digit near either end."""
    return f"{100 * share:.{1 if share < 0.1 or 0.995 <= share < 1 else 0}f} %"


def _real(value: float) -> float:
    """Return a number as a float: a whole number of any length has one, if need be infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else _real(part) / _real(whole)


def _classes(curves: Curves) -> int | None:
    return len(curves.summary.dataset.classes) or None if curves.summary.dataset else None


def _images(curves: Curves) -> float | None:
    return _real(curves.summary.dataset.training_images) if curves.summary.dataset else None


def _last_batch(curves: Curves) -> float | None:
    images, batch = _images(curves), curves.experiment.training.batch_size
    return None if images is None or not math.isfinite(images) else images % batch or batch


def _steps(curves: Curves) -> float:
    """Return the steps that were taken, in full epochs and in the one that is under way."""
    images, batch = _images(curves) or 0.0, curves.summary.batch
    taken = len(curves.epochs) * math.ceil(min(images, _MOST_STEPS) / curves.experiment.training.batch_size)
    if batch is not None and batch.epoch > len(curves.epochs):
        taken += _real(batch.step)
    return min(max(taken, 0.0), _MOST_STEPS)


def _bn_momentum(curves: Curves) -> float | None:
    head = head_of(curves.experiment.model)
    return head.bn_momentum if head.batch_norm else None


def _bn_memory(curves: Curves) -> float:
    momentum = _bn_momentum(curves)
    return 0.0 if momentum is None else momentum ** _steps(curves)


def _dropout(curves: Curves) -> float:
    return head_of(curves.experiment.model).dropout


def _best_epoch(curves: Curves) -> int | None:
    """Return the place, from 1, of the lowest finite validation cross-entropy."""
    told = [
        (value, n) for n, value in enumerate(curves.series("val_cross_entropy"), 1) if math.isfinite(value)
    ]
    return min(told)[1] if told else None


def _val_rise(curves: Curves) -> float | None:
    best = _best_epoch(curves)
    if best is None:
        return None
    series = curves.series("val_cross_entropy")
    return series[-1] - series[best - 1]


def _trend(name: str) -> Callable[[Curves], float | None]:
    """Return what measures how much a measure rose an epoch, over the last few."""

    def rise(curves: Curves) -> float | None:
        series = curves.series(name)[-LONGEST_TREND:]
        return (series[-1] - series[0]) / (len(series) - 1) if len(series) > 1 else None

    return rise


def _largest_drop(curves: Curves) -> float | None:
    series = curves.series("val_accuracy")
    drops = [before - after for before, after in pairwise(series)]
    return max([0.0, *(drop for drop in drops if math.isfinite(drop))]) if drops else None


def _records(curves: Curves) -> Iterator[Epoch | Batch]:
    """Yield the finished epochs, then the one that is under way."""
    yield from curves.epochs
    if curves.summary.batch is not None:
        yield curves.summary.batch


def _first_epoch_with_bad(*names: str) -> Callable[[Curves], float | None]:
    """Return what finds the first epoch in which one of the measures is no finite number."""

    def first(curves: Curves) -> float | None:
        for record in _records(curves):
            if not all(math.isfinite(getattr(record, name, 0.0)) for name in names):
                return record.epoch
        return None

    return first


_bad_loss = _first_epoch_with_bad("cross_entropy", "penalty", "val_cross_entropy")
_bad_gradient = _first_epoch_with_bad("gradient_norm")


def _bad_epoch(curves: Curves) -> float | None:
    # the worker ends such a run before it records the epoch, and says so in its reason
    return len(curves.epochs) + 1 if diverged(curves.summary) else _bad_loss(curves)


def _peak(name: str) -> Callable[[Curves], float | None]:
    def peak(curves: Curves) -> float | None:
        values = [getattr(record, name) for record in _records(curves)]
        return max((value for value in values if math.isfinite(value)), default=None)

    return peak


def _truth(of: Callable[[Curves], object]) -> Callable[[Curves], float]:
    return lambda curves: float(bool(of(curves)))


def _now(name: str) -> Callable[[Curves], float | None]:
    return lambda curves: curves.now(name)


def _frozen_base(curves: Curves) -> bool:
    network, base = curves.summary.network, base_of(curves.experiment.model)
    return base is not None and network is not None and network.trained_base_tensors == 0


def _penalty_share(curves: Curves) -> float | None:
    penalty, nats = curves.now("penalty"), curves.now("cross_entropy")
    return None if penalty is None or nats is None else _share(penalty, penalty + nats)


def _gap(curves: Curves) -> float | None:
    return _less(curves.now("accuracy"), curves.now("val_accuracy"))


def _behind_val(curves: Curves) -> float | None:
    return _less(curves.now("val_accuracy"), curves.now("accuracy"))


def _since_best(curves: Curves) -> float | None:
    return _less(len(curves.epochs), _best_epoch(curves))


def _times_guessing(name: str) -> Callable[[Curves], float | None]:
    def times(curves: Curves) -> float | None:
        value, classes = curves.now(name), _classes(curves)
        return None if value is None or classes is None else value * classes

    return times


def _tested(name: str) -> Callable[[Curves], float | None]:
    def quantity(curves: Curves) -> float | None:
        tested = curves.summary.evaluated
        return tested.value(name) if tested is not None else None

    return quantity


def _expected(place: int) -> Callable[[Curves], float | None]:
    return lambda curves: curves.course.expected[place] if curves.course.expected else None


def _below_expected(curves: Curves) -> float | None:
    return _less(_expected(0)(curves), _tested("test_accuracy")(curves))


def _below_recorded(curves: Curves) -> float | None:
    return _less(curves.course.recorded, _tested("test_accuracy")(curves))


def _guess(curves: Curves) -> float | None:
    classes = _classes(curves)
    return math.log(classes) if classes else None


QUANTITIES: dict[str, Quantity] = {
    # how far it is
    "epochs": Quantity("epochs finished", "count", lambda c: len(c.epochs)),
    "planned": Quantity("epochs requested", "count", lambda c: c.experiment.training.epochs),
    "steps": Quantity("steps taken so far", "count", _steps),
    "done": Quantity(
        "1 if the run has finished, else 0", "count", _truth(lambda c: c.summary.state == "done")
    ),
    # the newest point of each curve
    **{
        name: Quantity(meaning, "share" if metric.unit is SHARE else "number", value)
        for metric in METRICS
        for name, meaning, value in (
            (metric.name, f"training {metric.full_title}, mean over the epoch", _now(metric.name)),
            (metric.val, f"validation {metric.full_title}", _now(metric.val)),
            (metric.test, f"test {metric.full_title}", _tested(metric.test)),
        )
    },
    "penalty": Quantity("weight penalty", "number", _now("penalty")),
    "penalty_share": Quantity("the penalty's share of the loss", "percent", _penalty_share),
    "gradient_norm": Quantity("mean norm of the gradients, before clipping", "number", _now("gradient_norm")),
    # what the curves do
    "gap": Quantity("training accuracy minus validation accuracy", "share", _gap),
    "val_above_train": Quantity("validation accuracy minus training accuracy", "share", _behind_val),
    "best_val_epoch": Quantity("epoch with the lowest validation cross-entropy", "count", _best_epoch),
    "since_best": Quantity("epochs since then", "count", _since_best),
    "val_rise": Quantity("rise of validation cross-entropy since then", "number", _val_rise),
    "val_drop": Quantity("largest fall of validation accuracy in one epoch", "share", _largest_drop),
    "improving": Quantity("rise of training accuracy per epoch, last epochs", "share", _trend("accuracy")),
    "val_improving": Quantity("the same for validation accuracy", "share", _trend("val_accuracy")),
    "gradient_peak": Quantity("largest finite gradient norm so far", "number", _peak("gradient_norm")),
    "non_finite": Quantity("1 if the loss was NaN or infinite, else 0", "count", _truth(_bad_epoch)),
    "first_bad_epoch": Quantity("the epoch in which that began", "count", _bad_epoch),
    "bad_gradient_epoch": Quantity("the first epoch with such a gradient", "count", _bad_gradient),
    # what to hold them against
    "classes": Quantity("classes of the images", "count", _classes),
    "chance": Quantity("accuracy of guessing, 1 / classes", "share", lambda c: _share(1, _classes(c))),
    "guess_cross_entropy": Quantity("cross-entropy of guessing, log(classes)", "number", _guess),
    "times_chance": Quantity("training accuracy / chance", "number", _times_guessing("accuracy")),
    "val_times_chance": Quantity("validation accuracy / chance", "number", _times_guessing("val_accuracy")),
    "expected_low": Quantity("lower end of the course's band (CIFAR-10, all images)", "number", _expected(0)),
    "expected_high": Quantity("its upper end", "number", _expected(1)),
    "below_expected": Quantity("the band's lower end minus test accuracy", "number", _below_expected),
    "recorded": Quantity("test accuracy in the course's log", "number", lambda c: c.course.recorded),
    "below_recorded": Quantity("that minus test accuracy", "number", _below_recorded),
    # what was asked for
    "learning_rate": Quantity("step size", "number", lambda c: c.experiment.optimizer.learning_rate),
    "clip_norm": Quantity(
        "limit on the gradient norm, if any", "number", lambda c: c.experiment.optimizer.clip_norm
    ),
    "clipped": Quantity(
        "1 if gradients are clipped", "count", _truth(lambda c: c.experiment.optimizer.clip_norm)
    ),
    "batch_size": Quantity("images per step", "count", lambda c: c.experiment.training.batch_size),
    "images": Quantity("training images used", "count", _images),
    "last_batch": Quantity("images in the last step of an epoch", "count", _last_batch),
    "limit": Quantity("the limit on training images, if any", "count", lambda c: c.experiment.training.limit),
    "validates_on_test": Quantity(
        "1 if validation uses the test images",
        "count",
        _truth(lambda c: not c.experiment.training.holds_out),
    ),
    "batch_norm": Quantity(
        "1 with batch normalization", "count", _truth(lambda c: _bn_momentum(c) is not None)
    ),
    "bn_momentum": Quantity("momentum of its moving statistics", "share", _bn_momentum),
    "bn_memory": Quantity("what is left of their first values: momentum ^ steps", "percent", _bn_memory),
    "dropout": Quantity("share of activations dropped", "percent", _dropout),
    "frozen_base": Quantity(
        "1 if there is a base and none of it is trainable", "count", _truth(_frozen_base)
    ),
}
"""Every quantity that a rule may name."""
