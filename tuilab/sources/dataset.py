"""What every reader of images returns."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.terminal import readable

SIDE = 32
"""Height and width of every image, in pixels."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, 32x32 RGB, in the order in which training sees them before shuffling.

    Attributes:
        name: what a table calls it: ``cifar10``, ``digits``, or the name of the file or folder.
        source: a noun phrase that says where it came from, e.g. ``official python archive,
            verified`` or ``class folders, test fifth split off with seed 1``. May hold text from
            outside: not yet cleaned for a screen.
        classes: class names; a label is an index into them.
        train_images: uint8 (n, 32, 32, 3), values 0-255.
        train_labels: int32 (n,).
        test_images: uint8 (m, 32, 32, 3).
        test_labels: int32 (m,).
        split_seed: the experiment's seed, where it chose the test images; None if they are the same for
            every seed.
        published: the order of the images is that of a data set that others know, and is kept whatever a
            run takes of it.
    """

    name: str
    source: str
    classes: tuple[str, ...]
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int32]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int32]
    split_seed: int | None = None
    published: bool = False

    def __post_init__(self) -> None:
        # named after files, whose names may be any bytes; a record of a run holds text
        for name in ("name", "source"):
            object.__setattr__(self, name, readable(getattr(self, name)))
        object.__setattr__(self, "classes", tuple(map(readable, self.classes)))
        for images, labels in (
            (self.train_images, self.train_labels),
            (self.test_images, self.test_labels),
        ):
            assert images.dtype == np.uint8 and images.shape[1:] == (SIDE, SIDE, 3), images.shape
            assert labels.dtype == np.int32 and labels.shape == images.shape[:1], labels.shape
            assert len(labels) and labels.min() >= 0 and labels.max() < len(self.classes)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of classes, images and labels: equal digests are equal datasets."""
        return self._digest(self.train_images, self.train_labels, self.test_images, self.test_labels)

    @cached_property
    def test_digest(self) -> str:
        """SHA-256 (hex) of classes, test images and their labels: equal ones are the same test."""
        return self._digest(self.test_images, self.test_labels)

    def _digest(self, *arrays: NDArray[Any]) -> str:
        h = hashlib.sha256("\0".join(self.classes).encode())
        for array in arrays:
            h.update(str(array.shape).encode())
            h.update(np.ascontiguousarray(array).data)
        return h.hexdigest()
