"""Runs that recorded what they say of each image, from fixed numbers, and images to draw for them."""

import numpy as np
from finished_runs import finished_run
from numpy.typing import NDArray
from records import CIFAR10, epoch

from tuilab.looks.page import LookedAt
from tuilab.runs.answers import Answers, Part, RightLayout, RightWriter, save
from tuilab.runs.run import Run
from tuilab.tui.look_source import LookSource

IMAGES = 400
"""Of the test set; half as many validate."""


class FixedImages(LookSource):
    """Draws the same images, whatever the run's data set; counts how often they are read.

    Attributes:
        reads: how often.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def images(self, looked: LookedAt, part: Part) -> NDArray[np.uint8]:
        """Return stripes, of which no two images have the same."""
        self.reads += 1
        down, across = np.mgrid[0:32, 0:32]
        one = np.stack([8 * down, 8 * across, 4 * (down + across)], axis=-1)
        return np.stack([(one + 3 * n) % 256 for n in range(IMAGES)]).astype(np.uint8)


def answers(*, shift: int = 0) -> Answers:
    """Return what a network says of 400 test images: every fifth is taken for another class.

    Args:
        shift: which of five images are wrong, and for what they are taken.
    """
    places = np.arange(IMAGES)
    labels = (places % 10).astype(np.int32)
    wrong = places % 25 // 5 == shift
    said = np.where(wrong, (labels + 2 + shift + places // 200) % 10, labels)
    sure = 0.5 + 0.45 * ((places * 37) % 100) / 100
    probabilities = np.repeat(((1 - sure) / 9)[:, None], 10, axis=1)
    probabilities[places, said] = sure
    return Answers("test", 5, labels, probabilities.astype(np.float32))


def right_after(run: Run, epochs: int, *, begin: int = 1) -> None:
    """Write which of 200 validation images were right after each epoch: more and more, and not evenly."""
    writer = RightWriter(run, RightLayout(part="validation", images=IMAGES // 2, digest="d2"))
    for number in range(begin, epochs + 1):
        places = np.arange(IMAGES // 2)
        writer.write(number, (places * 7 + number * 3) % 20 < 10 + number)


def looked_into(preset: str = "bn", *, shift: int = 0, parent: Run | None = None) -> Run:
    """Make a run of CIFAR-10 that recorded what it says of its images."""
    run = finished_run(
        preset,
        {"data.source": "cifar10", "training.validation": "last-20%"},
        parent=parent,
        epochs=[epoch(number) for number in range(1, 6)],
        dataset=CIFAR10,
        accuracy=0.8,
    )
    save(run, answers(shift=shift))
    right_after(run, 5)
    return run


def two() -> None:
    """Make two runs on the same images."""
    looked_into("bn")
    looked_into("bn-momentum", shift=1)
