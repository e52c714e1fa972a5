"""Lines as braille characters: eight dots a cell, two across and four down.

plotext has braille of its own, but handles every dot as an object: a dense curve of full height on 150
columns took it 0.16 s. Here a column of dots is one number, and a stretch of it is filled at once.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tuilab.plots.scales import Limits
from tuilab.plots.track import Polyline

_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Bits of a cell's left and right column, from the bottom: heights count upwards, as plotext's do."""
_LEFT, _RIGHT = ([sum(dots[k] for k in range(4) if bits >> k & 1) for bits in range(16)] for dots in _DOTS)
"""Bits of a cell by the four dots of its left and of its right column, the lowest first."""


class BrailleGrid:
    """Dots on a canvas. The ends of both limits are the middles of the first and last cells."""

    def __init__(self, x: Limits, y: Limits, width: int, height: int) -> None:
        self._x, self._y = x, y
        self._width, self._height = width, height
        self._columns = [0] * (2 * width)
        """Dots of each column, the lowest in the lowest bit."""

    def draw(self, lines: Sequence[Polyline]) -> None:
        """Draw polylines; what lies outside is not drawn."""
        for xs, ys in lines:
            columns = [self._across(x) for x in xs]
            rows = [self._up(y) for y in ys]
            for column, row in zip(columns, rows, strict=True):
                self._stretch(math.floor(column), row, row)
            for (x0, y0), (x1, y1) in pairwise(zip(columns, rows, strict=True)):
                self._segment(x0, y0, x1, y1)

    def characters(self) -> Iterator[tuple[int, int, str]]:
        """Yield column, row from the top, and character of each cell that has a dot."""
        for column in range(self._width):
            left, right = self._columns[2 * column], self._columns[2 * column + 1]
            for row in range(self._height - 1, -1, -1):
                if not (left or right):
                    break
                if bits := _LEFT[left & 15] | _RIGHT[right & 15]:
                    yield column, row, chr(0x2800 + bits)
                left, right = left >> 4, right >> 4

    def _across(self, x: float) -> float:
        low, high = self._x
        return 2 * (self._width - 1) * ((x - low) / (high - low)) + 1

    def _up(self, y: float) -> float:
        low, high = self._y
        share = min(max((y - low) / (high - low), -1.0), 2.0)  # outside is outside
        return 4 * (self._height - 1) * share + 2

    def _segment(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a line to the right: in each column the dots whose middles it passes, at least one."""
        first, last = math.floor(x0), math.floor(x1)
        if first == last:
            self._stretch(first, y0, y1)
            return
        slope = (y1 - y0) / (x1 - x0)
        for column in range(max(first, 0), min(last, 2 * self._width - 1) + 1):
            enter = y0 if column == first else y0 + slope * (column - x0)
            leave = y1 if column == last else y0 + slope * (column + 1 - x0)
            first_dot, last_dot = math.ceil(min(enter, leave) - 0.5), math.floor(max(enter, leave) - 0.5)
            if first_dot <= last_dot:
                self._stretch(column, first_dot, last_dot)
            else:
                middle = (enter + leave) / 2
                self._stretch(column, middle, middle)

    def _stretch(self, column: int, one: float, other: float) -> None:
        """Fill a column of dots between two heights, both included."""
        if one > other:
            one, other = other, one
        highest = math.floor(other)
        if 0 <= column < len(self._columns) and highest >= 0:
            self._columns[column] |= (2 << highest) - (1 << max(math.floor(one), 0))
