"""What can be measured on a run's curves, by name: the words in which the coach's rules are written.

A quantity is a number, or None if a run has nothing to measure it on yet. Adding one is adding a
line to ``QUANTITIES``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tuilab.advice import measures
from tuilab.advice.run_curves import Curves
from tuilab.runs.metrics import METRICS, SHARE


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
    return None if value is None else measures.as_float(value)


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


QUANTITIES: dict[str, Quantity] = {
    # how far it is
    "epochs": Quantity("epochs finished", "count", lambda c: len(c.epochs)),
    "planned": Quantity("epochs requested", "count", lambda c: c.experiment.training.epochs),
    "steps": Quantity("steps taken so far", "count", measures.steps),
    "done": Quantity(
        "1 if the run has finished, else 0", "count", measures.truth(lambda c: c.summary.state == "done")
    ),
    # the newest point of each curve
    **{
        name: Quantity(meaning, "share" if metric.unit is SHARE else "number", value)
        for metric in METRICS
        for name, meaning, value in (
            (metric.name, f"training {metric.full_title}, mean over the epoch", measures.newest(metric.name)),
            (metric.val, f"validation {metric.full_title}", measures.newest(metric.val)),
            (metric.test, f"test {metric.full_title}", measures.tested_on(metric.test)),
        )
    },
    "penalty": Quantity("weight penalty", "number", measures.newest("penalty")),
    "penalty_share": Quantity("the penalty's share of the loss", "percent", measures.penalty_share),
    "gradient_norm": Quantity(
        "mean norm of the gradients, before clipping", "number", measures.newest("gradient_norm")
    ),
    # what the curves do
    "gap": Quantity("training accuracy minus validation accuracy", "share", measures.gap),
    "val_above_train": Quantity("validation accuracy minus training accuracy", "share", measures.behind_val),
    "best_val_epoch": Quantity(
        "epoch with the lowest validation cross-entropy", "count", measures.best_epoch
    ),
    "since_best": Quantity("epochs since then", "count", measures.since_best),
    "val_rise": Quantity("rise of validation cross-entropy since then", "number", measures.val_rise),
    "val_drop": Quantity("largest fall of validation accuracy in one epoch", "share", measures.largest_drop),
    "improving": Quantity(
        "rise of training accuracy per epoch, last epochs", "share", measures.trend("accuracy")
    ),
    "val_improving": Quantity("the same for validation accuracy", "share", measures.trend("val_accuracy")),
    "gradient_peak": Quantity(
        "largest finite gradient norm so far", "number", measures.peak("gradient_norm")
    ),
    "non_finite": Quantity(
        "1 if the loss was NaN or infinite, else 0", "count", measures.truth(measures.bad_epoch)
    ),
    "first_bad_epoch": Quantity("the epoch in which that began", "count", measures.bad_epoch),
    "bad_gradient_epoch": Quantity("the first epoch with such a gradient", "count", measures.bad_gradient),
    # what to hold them against
    "classes": Quantity("classes of the images", "count", measures.class_count),
    "chance": Quantity(
        "accuracy of guessing, 1 / classes", "share", lambda c: measures.share(1, measures.class_count(c))
    ),
    "guess_cross_entropy": Quantity("cross-entropy of guessing, log(classes)", "number", measures.guess),
    "times_chance": Quantity("training accuracy / chance", "number", measures.times_guessing("accuracy")),
    "val_times_chance": Quantity(
        "validation accuracy / chance", "number", measures.times_guessing("val_accuracy")
    ),
    "expected_low": Quantity(
        "lower end of the course's band (CIFAR-10, all images)", "number", measures.expected_at(0)
    ),
    "expected_high": Quantity("its upper end", "number", measures.expected_at(1)),
    "below_expected": Quantity("the band's lower end minus test accuracy", "number", measures.below_expected),
    "recorded": Quantity("test accuracy in the course's log", "number", lambda c: c.course.recorded),
    "below_recorded": Quantity("that minus test accuracy", "number", measures.below_recorded),
    # what was asked for
    "learning_rate": Quantity("step size", "number", lambda c: c.experiment.optimizer.learning_rate),
    "clip_norm": Quantity(
        "limit on the gradient norm, if any", "number", lambda c: c.experiment.optimizer.clip_norm
    ),
    "clipped": Quantity(
        "1 if gradients are clipped", "count", measures.truth(lambda c: c.experiment.optimizer.clip_norm)
    ),
    "batch_size": Quantity("images per step", "count", lambda c: c.experiment.training.batch_size),
    "images": Quantity("training images used", "count", measures.image_count),
    "last_batch": Quantity("images in the last step of an epoch", "count", measures.last_batch),
    "limit": Quantity("the limit on training images, if any", "count", lambda c: c.experiment.training.limit),
    "validates_on_test": Quantity(
        "1 if validation uses the test images",
        "count",
        measures.truth(lambda c: not c.experiment.training.holds_out),
    ),
    "batch_norm": Quantity(
        "1 with batch normalization",
        "count",
        measures.truth(lambda c: measures.bn_momentum(c) is not None),
    ),
    "bn_momentum": Quantity("momentum of its moving statistics", "share", measures.bn_momentum),
    "bn_memory": Quantity(
        "what is left of their first values: momentum ^ steps", "percent", measures.bn_memory
    ),
    "dropout": Quantity("share of activations dropped", "percent", measures.dropout),
    "frozen_base": Quantity(
        "1 if there is a base and none of it is trainable", "count", measures.truth(measures.frozen_base)
    ),
}
"""Every quantity that a rule may name."""
