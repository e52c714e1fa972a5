"""Points and lines as characters: plotext draws lines of markers; points and lines of dots are ours."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.plots.braille import BrailleGrid
from tuilab.plots.scales import Limits
from tuilab.plots.track import Polyline


@dataclass(frozen=True)
class Stroke:
    """Lines or points in one look.

    Attributes:
        lines: finite values.
        marker: one character; empty: joined by lines of braille dots.
        joined: draw lines, not just points; points have a marker.
    """

    lines: Sequence[Polyline]
    marker: str
    joined: bool


Dot = tuple[int, int, str, int]
"""Column, row from the top, character, and the place of its stroke."""


def draw(strokes: Sequence[Stroke], x: Limits, y: Limits, width: int, height: int) -> Iterator[Dot]:
    """Yield the characters of strokes on a canvas: braille, over it lines of markers, over them points.

    Of a kind, later ones cover earlier ones.

    The ends of both limits are the middles of the first and last column and row.

    Args:
        strokes: what to draw; what lies outside the limits is not drawn.
        x, y: limits.
        width, height: the canvas in cells, at least 1.
    """
    for number, stroke in enumerate(strokes):
        if not stroke.marker:
            grid = BrailleGrid(x, y, width, height)
            grid.draw(stroke.lines)
            for column, row, character in grid.characters():
                yield column, row, character, number
    lines = [
        (n, stroke) for n, stroke in enumerate(strokes) if stroke.marker and stroke.joined and stroke.lines
    ]
    if lines:
        yield from _plotted(lines, x, y, width, height)
    for number, stroke in enumerate(strokes):
        for xs, ys in [] if stroke.joined else stroke.lines:
            for column, up in zip(
                (place(v, x, width) for v in xs), (place(v, y, height) for v in ys), strict=True
            ):
                if 0 <= column < width and 0 <= up < height:
                    yield column, height - 1 - up, stroke.marker, number


def place(value: float, limits: Limits, cells: int) -> int:
    """Return the cell of a value on an axis of so many cells, as plotext rounds it; outside is outside."""
    share = min(max((value - limits[0]) / (limits[1] - limits[0]), -1.0), 2.0)
    return math.floor(round(0.5 + (cells - 1) * share, 8))


def _plotted(
    strokes: Sequence[tuple[int, Stroke]], x: Limits, y: Limits, width: int, height: int
) -> Iterator[Dot]:
    figure = _figure(width, height)
    figure.xlim(*x)
    figure.ylim(*y)
    for number, stroke in strokes:
        for xs, ys in stroke.lines:
            figure.plot(xs, _near(ys, y), marker=stroke.marker, color=number)
    # the parts of Figure.build that come before colours are written as escape sequences
    figure._set_sizes()
    figure._build_matrix()
    matrix = figure.monitor.matrix
    for row, characters in enumerate(reversed(matrix.marker)):
        colors = matrix.fullground[height - 1 - row]
        for column, character in enumerate(characters):
            if character != " ":
                yield column, row, character, colors[column]


def _figure(width: int, height: int) -> Any:
    """Return plotext's figure without axes, title or ticks: nothing but its canvas."""
    # as textual-plotext does: plotext's own functions all draw on one figure of the whole process
    from plotext._figure import _figure_class

    figure = _figure_class()
    figure._limit_size(False, False)
    figure._set_size(width, height)
    figure.frame(False)
    figure.xticks([])
    figure.yticks([])
    return figure


def _near(values: Sequence[float], limits: Limits) -> list[float]:
    """Return values at most one canvas away: plotext draws lines cell by cell, also those nobody sees."""
    low, high = limits
    return [min(max(value, 2 * low - high), 2 * high - low) for value in values]
