"""Any picture to 32x32 RGB: the one place that says what happens to its pixels.

- Turned as its EXIF orientation says.
- Transparent parts lie on white: palette, grey or RGB with alpha.
- 16-bit grey is divided by 257, so that 65535 is 255. CMYK and the like go through Pillow's
  plain conversion, without colour profiles. Of an animation, the first frame.
- Stretched to 32x32 (the aspect ratio is not kept) with Pillow's bilinear filter, which averages
  over all source pixels when it shrinks. A 32x32 picture keeps its pixels as they are.
- MNIST's 28x28 grey images (and those of data sets like it) are not stretched: a black border of 2 pixels
  makes them 32x32, as LeNet took them, and red, green and blue each get the grey value.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tuilab.sources.dataset import SIDE
from tuilab.sources.progress import Progress

T = TypeVar("T")

MOST_PIXELS = 89_478_485
"""Width times height of a picture that is read: where Pillow begins to warn of a bomb."""

_ORIENTATION = 0x0112
_CHUNK = 64
_THREADS = min(os.cpu_count() or 1, 4)  # decoding leaves the interpreter free, the rest does not
_BETWEEN_REPORTS = 0.1


def fit(image: Image.Image) -> NDArray[np.uint8]:
    """Return ``image`` as uint8 (32, 32, 3), values 0-255.

    Raises:
        ValueError: pixels that have no one meaning as 0-255 (floating point, integers above 16 bits).
        OSError: the picture's data cannot be decoded (Pillow decodes here when it is not yet loaded).
    """
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if image.mode.startswith("I"):
        image = _from_16_bits(image)
    if image.has_transparency_data:
        above = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if image.size != (SIDE, SIDE):
        image = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)


def padded(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return small grey images in the middle of black ones, as RGB.

    Args:
        grey: uint8 (n, height, width), at most 32x32; of an odd rest, the border below and on the right
            gets one pixel more.

    Returns:
        uint8 (n, 32, 32, 3).
    """
    count, height, width = grey.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    out = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    out[:, top : top + height, left : left + width] = grey[..., np.newaxis]
    return out


def _from_16_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise ValueError("its pixels are integers outside 0-65535")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))


def fit_all(
    sources: Sequence[T], pixels: Callable[[T], NDArray[np.uint8]], *, what: str, progress: Progress
) -> NDArray[np.uint8]:
    """Return ``pixels`` of every source as one array, uint8 (n, 32, 32, 3), in the same order.

    Args:
        sources: whatever ``pixels`` takes; n of them.
        pixels: makes uint8 (32, 32, 3) of one source; called from several threads.
        what: a noun phrase for the progress, e.g. ``training images``.
        progress: told how many images are done.

    Raises:
        Exception: the first error of ``pixels`` in the order of ``sources``; what was not begun is dropped.
    """
    out = np.empty((len(sources), SIDE, SIDE, 3), np.uint8)

    def fill(start: int) -> int:
        stop = min(start + _CHUNK, len(sources))
        for i in range(start, stop):
            out[i] = pixels(sources[i])
        return stop

    reported = time.monotonic()
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="images")
    try:
        for future in [pool.submit(fill, start) for start in range(0, len(sources), _CHUNK)]:
            done = future.result()
            if done == len(sources) or time.monotonic() - reported >= _BETWEEN_REPORTS:
                reported = time.monotonic()
                progress("loading", what, done, len(sources), "images")
    finally:
        pool.shutdown(cancel_futures=True)
    return out
