"""Test images made harder: blurred, noisy, of low contrast.

Three of the corruptions of CIFAR-10-C, at the weakest, the middle, and the strongest of their five levels
(Hendrycks & Dietterich 2019). The width of a blur is that for images of 32 pixels, and grows with the image.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.runs.shifts import ShiftName

SEED = 20261127
"""Of the noise: the same for every run, so that runs are measured on the same images."""
_SIDE = 32
"""The pixels that a blur's width belongs to."""
_AT_ONCE = 200
"""Images in floating point at a time."""


@dataclass(frozen=True)
class Shift:
    """A way to make images harder.

    Attributes:
        name: what is done.
        strength: of a blur its standard deviation in pixels of 32, of noise that of 0 to 1, of contrast
            what is left of it.
    """

    name: ShiftName
    strength: float


SHIFTS = (
    *(Shift("blur", width) for width in (0.4, 0.7, 1.0)),
    *(Shift("noise", deviation) for deviation in (0.04, 0.08, 0.10)),
    *(Shift("contrast", left) for left in (0.75, 0.4, 0.15)),
)
"""All of them, each from weak to strong."""


def shifted(images: NDArray[np.uint8], shift: Shift) -> NDArray[np.uint8]:
    """Return images (n, height, width, 3) made harder; an image's noise depends on its place alone."""
    made = np.empty_like(images)
    for part, noise in _parts(images, shift):
        made[part] = np.rint(np.clip(_shifted(images[part].astype(np.float32), shift, noise), 0, 255))
    return made


def _parts(images: NDArray[np.uint8], shift: Shift) -> Iterator[tuple[slice, NDArray[np.float32] | None]]:
    random = np.random.default_rng(SEED)
    for start in range(0, len(images), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        noisy = shift.name == "noise"
        # drawn in order, so that it is the same whatever the size of a part
        yield part, random.standard_normal(images[part].shape, np.float32) if noisy else None


def _shifted(
    images: NDArray[np.float32], shift: Shift, noise: NDArray[np.float32] | None
) -> NDArray[np.floating]:
    match shift.name:
        case "blur":
            from scipy.ndimage import gaussian_filter

            width = tuple(shift.strength * side / _SIDE for side in images.shape[1:3])
            return gaussian_filter(images, (0, *width, 0), mode="nearest")
        case "noise":
            assert noise is not None
            return images + np.float32(255 * shift.strength) * noise
        case "contrast":
            mean = images.mean(axis=(1, 2), keepdims=True)
            return mean + np.float32(shift.strength) * (images - mean)
        case _:
            assert_never(shift.name)
