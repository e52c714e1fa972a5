"""What is measured of every epoch, each declared once: journal, checkpoints, curves, tables, exports ask.

To add a metric, add a line to ``METRICS``. It is measured on the training images (a running mean over the
epoch), on the validation images and on the test images. ``Metric.name``, ``Metric.val`` and ``Metric.test``
say what each value is called; a record's ``value`` gives it by that name, None if it was not recorded.
"""

import math
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Unit:
    """What a metric is counted in.

    Attributes:
        name: as it stands behind a title; empty for a share of 1.
        limits: what its values never leave; infinite if there is no limit.
        digits: how many are shown behind the point.
    """

    name: str
    limits: tuple[float, float]
    digits: int


SHARE = Unit("", (0.0, 1.0), 4)
NATS = Unit("nats", (0.0, math.inf), 3)


@dataclass(frozen=True)
class InTop:
    """Whether an image's class is among so many most probable ones; of equal ones the earlier counts."""

    classes: int


@dataclass(frozen=True)
class CrossEntropy:
    """The negative logarithm of the probability that the network gives to an image's class."""


Measure = InTop | CrossEntropy
"""How one image is measured; a metric is the mean over images. The engine computes it."""


@dataclass(frozen=True)
class Metric:
    """Something that is measured of every epoch and of the trained model.

    Attributes:
        name: as in the journal, of the training images.
        title: as a person reads it.
        unit: what it is counted in, with its limits.
        better: which of two values is the better one.
        measure: how an image is measured.
    """

    name: str
    title: str
    unit: Unit
    better: Better
    measure: Measure

    @property
    def val(self) -> str:
        """Its name in the journal, of the validation images."""
        return f"val_{self.name}"

    @property
    def test(self) -> str:
        """Its name in the journal, of the test images."""
        return f"test_{self.name}"

    def goodness(self, value: float) -> float:
        """Return what is larger the better a value is."""
        match self.better:
            case "higher":
                return value
            case "lower":
                return -value

    @property
    def full_title(self) -> str:
        """Its title with its unit."""
        return f"{self.title} ({self.unit.name})" if self.unit.name else self.title


ACCURACY = Metric("accuracy", "accuracy", SHARE, "higher", InTop(1))
CROSS_ENTROPY = Metric("cross_entropy", "cross-entropy", NATS, "lower", CrossEntropy())

ALWAYS: tuple[Metric, ...] = (ACCURACY, CROSS_ENTROPY)
"""Those that every run recorded, and that are told where there is room for few."""

METRICS: tuple[Metric, ...] = (
    *ALWAYS,
    Metric("top3_accuracy", "top-3 accuracy", SHARE, "higher", InTop(3)),
)
"""In the order in which they are shown."""

FURTHER = METRICS[len(ALWAYS) :]
"""Those that runs of earlier versions did not record."""

_BY_NAME = {name: metric for metric in METRICS for name in (metric.name, metric.val, metric.test)}


def metric_of(name: str) -> Metric | None:
    """Return the metric that a name in the journal belongs to; None for another number's name."""
    return _BY_NAME.get(name)
