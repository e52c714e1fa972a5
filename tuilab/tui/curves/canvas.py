"""Points and lines as characters: plotext draws markers, on a figure of its own; lines of dots are ours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.tui.curves.braille import BrailleGrid
from tuilab.tui.curves.scales import Limits
from tuilab.tui.curves.track import Polyline


@dataclass(frozen=True)
class Stroke:
    """Lines or points in one look.

    Attributes:
        lines: finite values.
        marker: one character; empty: joined by lines of braille dots.
        joined: draw lines of the marker, not just points.
    """

    lines: Sequence[Polyline]
    marker: str
    joined: bool


Dot = tuple[int, int, str, int]
"""Column, row from the top, character, and the place of its stroke."""


def draw(strokes: Sequence[Stroke], x: Limits, y: Limits, width: int, height: int) -> Iterator[Dot]:
    """Yield the characters of strokes on a canvas; later ones cover earlier ones, braille lies below all.

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
    marked = [(number, stroke) for number, stroke in enumerate(strokes) if stroke.marker and stroke.lines]
    if marked:
        yield from _plotted(marked, x, y, width, height)


def _plotted(
    strokes: Sequence[tuple[int, Stroke]], x: Limits, y: Limits, width: int, height: int
) -> Iterator[Dot]:
    figure = _figure(width, height)
    figure.xlim(*x)
    figure.ylim(*y)
    for number, stroke in strokes:
        for xs, ys in stroke.lines:
            draw_on = figure.plot if stroke.joined else figure.scatter
            draw_on(xs, _near(ys, y), marker=stroke.marker, color=number)
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
