"""What the measured pairs come to: medians, ratios, rates, and how far the results lie apart."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.bench.job import Job
from tuilab.bench.measuring import Pair
from tuilab.bench.ways import Passage, Trained, Way
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.workload import Images, workload

SAME_ACCURACY, SAME_CROSS_ENTROPY = 0.005, 0.01
"""Largest differences that the order of float additions explains over some epochs."""

TIPPED = 3
"""Images that may get another class through it, however few there are."""


@dataclass(frozen=True)
class Figures:
    """What one training took, or the median of several.

    Attributes:
        seconds: to its test accuracy.
        epoch_seconds: the median epoch, validation included.
        images_per_second: training images of such an epoch.
        flops_per_second: operations of such an epoch, counted from the layers, those computed once left out.
    """

    seconds: float
    epoch_seconds: float
    images_per_second: float
    flops_per_second: float


@dataclass(frozen=True)
class Difference:
    """The largest differences of two histories, over all epochs and trainings: shares of 1, and nats."""

    accuracy: float
    cross_entropy: float
    val_accuracy: float
    val_cross_entropy: float
    test_accuracy: float
    test_cross_entropy: float
    one_image: float
    """What one image is of an accuracy, at most."""

    @property
    def of_accuracy(self) -> float:
        """The largest of validation and test accuracy."""
        return max(self.val_accuracy, self.test_accuracy)

    @property
    def of_cross_entropy(self) -> float:
        """The largest of validation and test cross-entropy."""
        return max(self.val_cross_entropy, self.test_cross_entropy)

    @property
    def only_rounding(self) -> bool:
        """Whether both ways came to the same; of few images some may tip over."""
        few = max(SAME_ACCURACY, TIPPED * self.one_image)
        return self.of_accuracy <= few + 1e-9 and self.of_cross_entropy <= SAME_CROSS_ENTROPY


def figures(trained: Trained, experiment: Experiment, classes: int, *, once: bool, memory: float) -> Figures:
    """Return what a training took.

    Args:
        trained: it.
        experiment: what it trained.
        classes: units of the last layer.
        once: whether the frozen part is computed once, where memory holds its output, as tuilab has it.
        memory: free bytes that decide that.
    """
    images = Images(trained.training_images, trained.validation_images)
    asked = workload(experiment, images, classes=classes, memory=memory if once else 0.0)
    epoch = statistics.median(trained.epoch_seconds)
    return Figures(
        seconds=trained.seconds,
        epoch_seconds=epoch,
        images_per_second=trained.training_images / epoch,
        flops_per_second=asked.epoch_flops / epoch,
    )


def of_steps(passage: Passage, job: Job, classes: int, *, memory: float) -> list[Figures]:
    """Return the figures of each training of a passage."""
    return [
        figures(trained, experiment, classes, once=passage.way != "plain Keras", memory=memory)
        for trained, (_, experiment) in zip(passage.trained, job.steps, strict=True)
    ]


def median(several: Sequence[Figures]) -> Figures:
    """Return the median of each figure by itself."""
    return Figures(
        *(
            statistics.median(getattr(one, name) for one in several)
            for name in ("seconds", "epoch_seconds", "images_per_second", "flops_per_second")
        )
    )


def ratio(pair: Pair, way: Way = "tuilab", step: int | None = None) -> float:
    """Return how many times as fast a way is as plain Keras: above 1 where it is faster.

    Args:
        pair: both.
        way: one that the pair has.
        step: of one training alone, by its place; None: of all.
    """
    other = next(passage for passage in pair.passages() if passage.way == way)
    if step is None:
        return pair.plain.seconds / other.seconds
    return pair.plain.trained[step].seconds / other.trained[step].seconds


def median_ratio(pairs: Sequence[Pair], way: Way = "tuilab", step: int | None = None) -> float:
    """Return the median of the pairs' ratios."""
    return statistics.median(ratio(pair, way, step) for pair in pairs)


def difference(pairs: Sequence[Pair]) -> Difference:
    """Return how far the two ways' results lie apart, at most, in any pair."""
    both = [
        (a, b)
        for pair in pairs
        for passage in pair.passages()[1:]
        for a, b in zip(pair.plain.trained, passage.trained, strict=True)
    ]

    def largest(name: str) -> float:
        return max(abs(x - y) for a, b in both for x, y in zip(a.history[name], b.history[name], strict=True))

    return Difference(
        accuracy=largest("accuracy"),
        cross_entropy=largest("cross_entropy"),
        val_accuracy=largest("val_accuracy"),
        val_cross_entropy=largest("val_cross_entropy"),
        test_accuracy=max(abs(a.test_accuracy - b.test_accuracy) for a, b in both),
        test_cross_entropy=max(abs(a.test_cross_entropy - b.test_cross_entropy) for a, b in both),
        one_image=1 / min(min(a.validation_images, a.test_images) for a, _ in both),
    )
