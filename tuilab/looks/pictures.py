"""Images drawn on character cells: half-blocks in colour, or shades of ASCII without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""
_UPPER = "\N{UPPER HALF BLOCK}"
_SHADES = " .:-=+*#%@"
"""From dark to light, on a dark ground."""
_GAP = 2


@dataclass(frozen=True)
class Span:
    """Cells of one look that stand beside each other.

    Attributes:
        text: their characters.
        ink, paper: their colours; None: the terminal's own.
    """

    text: str
    ink: Color | None = None
    paper: Color | None = None


Line = tuple[Span, ...]


def in_half_blocks(image: NDArray[np.uint8]) -> list[Line]:
    """Return an image (height, width, 3) as lines: two rows of pixels a line, a column a pixel."""
    height = len(image) + len(image) % 2
    padded = np.zeros((height, *image.shape[1:]), np.uint8)
    padded[: len(image)] = image
    return [
        tuple(
            Span(_UPPER, _color(upper), _color(lower))
            for upper, lower in zip(padded[n], padded[n + 1], strict=True)
        )
        for n in range(0, height, 2)
    ]


def in_shades(image: NDArray[np.uint8]) -> list[Line]:
    """Return an image as lines of ASCII: as many cells as ``in_half_blocks``, the contrast stretched."""
    grey = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])  # luma of ITU-R BT.601
    even = grey[: len(grey) // 2 * 2].reshape(-1, 2, grey.shape[1]).mean(axis=1)
    low, high = float(even.min()), float(even.max())
    steps = (even - low) / (high - low) if high > low else np.full_like(even, 0.5)
    places = np.minimum((steps * len(_SHADES)).astype(int), len(_SHADES) - 1)
    return [(Span("".join(_SHADES[n] for n in row)),) for row in places]


def side_by_side(
    images: Sequence[NDArray[np.uint8]],
    captions: Sequence[tuple[str, ...]],
    width: int,
    *,
    color: bool,
) -> list[Line]:
    """Return images in rows as wide as allowed, each with its captions below, cut to its width.

    Args:
        images: uint8 (height, width, 3), all of one size.
        captions: as many lines each.
        width: columns that there are; at least one image a row is drawn.
        color: in half-blocks, else in shades.
    """
    if not images:
        return []
    wide = images[0].shape[1]
    beside = max((width + _GAP) // (wide + _GAP), 1)
    lines: list[Line] = []
    for start in range(0, len(images), beside):
        part = slice(start, start + beside)
        drawn = [in_half_blocks(one) if color else in_shades(one) for one in images[part]]
        lines += [_joined(rows) for rows in zip(*drawn, strict=True)]
        for texts in zip(*captions[part], strict=True):
            lines.append(_joined([(Span(text[:wide].ljust(wide)),) for text in texts]))
        lines.append(())
    return lines[:-1]


def _joined(parts: Sequence[Line]) -> Line:
    gap = Span(" " * _GAP)
    line: list[Span] = []
    for n, part in enumerate(parts):
        line += [gap, *part] if n else part
    return tuple(line)


def _color(pixel: NDArray[np.uint8]) -> Color:
    red, green, blue = (int(value) for value in pixel)
    return red, green, blue
