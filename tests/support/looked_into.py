"""Runs that recorded what they say of each image, from fixed numbers, and images to draw for them."""

from collections.abc import Awaitable, Callable

import numpy as np
from finished_runs import finished_run
from harness import LabPilot, press, until
from numpy.typing import NDArray
from records import CIFAR10, epoch
from snapshot_page import page

from tuilab.looks.page import LookedAt
from tuilab.runs.answers import Answers, Part, RightLayout, RightWriter, save
from tuilab.runs.run import Run
from tuilab.tui.app import LabApp
from tuilab.tui.look_source import LookSource
from tuilab.tui.screens.look.screen import LookScreen

IMAGES = 400
"""Of the test set; half as many validate."""


class FixedImages(LookSource):
    """Draws the same images, whatever the run's data set."""

    def images(self, looked: LookedAt, part: Part) -> NDArray[np.uint8]:
        """Return squares of few colours, in another order from image to image."""
        down, across = np.mgrid[0:32, 0:32] // 8
        squares = [(down + n) % 4 * 60 + (across + n // 4) % 4 * 15 for n in range(IMAGES)]
        return np.stack([np.stack([one, one // 2, 90 + one // 4], axis=-1) for one in squares]).astype(
            np.uint8
        )


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


def looking(keys: str) -> Callable[[LabApp, LabPilot], Awaitable[None]]:
    """Return what looks inside the run under the cursor, and presses keys there."""

    async def scenario(app: LabApp, pilot: LabPilot) -> None:
        await press(pilot, "4 I")
        await until(pilot, lambda: isinstance(app.screen, LookScreen) and app.screen.page is not None)
        await press(pilot, keys)
        await until(pilot, lambda: "reading…" not in page(app) and "reading the images…" not in page(app))

    return scenario
