"""How each quantity is measured on a run's curves; None if nothing tells it yet. See ``quantities``."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from tuilab.advice.run_curves import Curves
from tuilab.experiment.experiment import base_of, head_of
from tuilab.results.outcome import diverged
from tuilab.runs.journal.records import Batch, Epoch

LONGEST_TREND = 3
"""Epochs over which a trend is measured."""
MOST_STEPS = 1e9  # no power or product of steps overflows


def as_float(value: float) -> float:
    """Return a number as a float: a whole number of any length has one, if need be infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else as_float(part) / as_float(whole)


def class_count(curves: Curves) -> int | None:
    return len(curves.summary.dataset.classes) or None if curves.summary.dataset else None


def image_count(curves: Curves) -> float | None:
    return as_float(curves.summary.dataset.training_images) if curves.summary.dataset else None


def last_batch(curves: Curves) -> float | None:
    images, batch = image_count(curves), curves.experiment.training.batch_size
    return None if images is None or not math.isfinite(images) else images % batch or batch


def steps(curves: Curves) -> float:
    """Return the steps that were taken, in full epochs and in the one that is under way."""
    images, batch = image_count(curves) or 0.0, curves.summary.batch
    taken = len(curves.epochs) * math.ceil(min(images, MOST_STEPS) / curves.experiment.training.batch_size)
    if batch is not None and batch.epoch > len(curves.epochs):
        taken += as_float(batch.step)
    return min(max(taken, 0.0), MOST_STEPS)


def bn_momentum(curves: Curves) -> float | None:
    head = head_of(curves.experiment.model)
    return head.bn_momentum if head.batch_norm else None


def bn_memory(curves: Curves) -> float:
    momentum = bn_momentum(curves)
    return 0.0 if momentum is None else momentum ** steps(curves)


def dropout(curves: Curves) -> float:
    return head_of(curves.experiment.model).dropout


def best_epoch(curves: Curves) -> int | None:
    """Return the place, from 1, of the lowest finite validation cross-entropy."""
    told = [
        (value, n) for n, value in enumerate(curves.series("val_cross_entropy"), 1) if math.isfinite(value)
    ]
    return min(told)[1] if told else None


def val_rise(curves: Curves) -> float | None:
    best = best_epoch(curves)
    if best is None:
        return None
    series = curves.series("val_cross_entropy")
    return series[-1] - series[best - 1]


def trend(name: str) -> Callable[[Curves], float | None]:
    """Return what measures how much a measure rose an epoch, over the last few."""

    def rise(curves: Curves) -> float | None:
        series = curves.series(name)[-LONGEST_TREND:]
        return (series[-1] - series[0]) / (len(series) - 1) if len(series) > 1 else None

    return rise


def largest_drop(curves: Curves) -> float | None:
    series = curves.series("val_accuracy")
    drops = [before - after for before, after in pairwise(series)]
    return max([0.0, *(drop for drop in drops if math.isfinite(drop))]) if drops else None


def records(curves: Curves) -> Iterator[Epoch | Batch]:
    """Yield the finished epochs, then the one that is under way."""
    yield from curves.epochs
    if curves.summary.batch is not None:
        yield curves.summary.batch


def first_epoch_with_bad(*names: str) -> Callable[[Curves], float | None]:
    """Return what finds the first epoch in which one of the measures is no finite number."""

    def first(curves: Curves) -> float | None:
        for record in records(curves):
            if not all(math.isfinite(getattr(record, name, 0.0)) for name in names):
                return record.epoch
        return None

    return first


bad_loss = first_epoch_with_bad("cross_entropy", "penalty", "val_cross_entropy")
bad_gradient = first_epoch_with_bad("gradient_norm")


def bad_epoch(curves: Curves) -> float | None:
    # the worker ends such a run before it records the epoch, and says so in its reason
    return len(curves.epochs) + 1 if diverged(curves.summary) else bad_loss(curves)


def peak(name: str) -> Callable[[Curves], float | None]:
    def peak(curves: Curves) -> float | None:
        values = [getattr(record, name) for record in records(curves)]
        return max((value for value in values if math.isfinite(value)), default=None)

    return peak


def truth(of: Callable[[Curves], object]) -> Callable[[Curves], float]:
    return lambda curves: float(bool(of(curves)))


def newest(name: str) -> Callable[[Curves], float | None]:
    return lambda curves: curves.now(name)


def frozen_base(curves: Curves) -> bool:
    network, base = curves.summary.network, base_of(curves.experiment.model)
    return base is not None and network is not None and network.trained_base_tensors == 0


def penalty_share(curves: Curves) -> float | None:
    penalty, nats = curves.now("penalty"), curves.now("cross_entropy")
    return None if penalty is None or nats is None else share(penalty, penalty + nats)


def gap(curves: Curves) -> float | None:
    return less(curves.now("accuracy"), curves.now("val_accuracy"))


def behind_val(curves: Curves) -> float | None:
    return less(curves.now("val_accuracy"), curves.now("accuracy"))


def since_best(curves: Curves) -> float | None:
    return less(len(curves.epochs), best_epoch(curves))


def times_guessing(name: str) -> Callable[[Curves], float | None]:
    def times(curves: Curves) -> float | None:
        value, classes = curves.now(name), class_count(curves)
        return None if value is None or classes is None else value * classes

    return times


def tested_on(name: str) -> Callable[[Curves], float | None]:
    def quantity(curves: Curves) -> float | None:
        tested = curves.summary.evaluated
        return tested.value(name) if tested is not None else None

    return quantity


def expected_at(place: int) -> Callable[[Curves], float | None]:
    return lambda curves: curves.course.expected[place] if curves.course.expected else None


def below_expected(curves: Curves) -> float | None:
    return less(expected_at(0)(curves), tested_on("test_accuracy")(curves))


def below_recorded(curves: Curves) -> float | None:
    return less(curves.course.recorded, tested_on("test_accuracy")(curves))


def guess(curves: Curves) -> float | None:
    classes = class_count(curves)
    return math.log(classes) if classes else None
