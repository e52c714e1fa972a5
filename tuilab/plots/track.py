"""One measured quantity in the order it was measured, and its reduction to what a plot can show."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

_BLOCK = 64
"""Values whose minimum and maximum are kept together."""

Polyline = tuple[list[float], list[float]]
"""x and y of points that are joined."""


class Track:
    """Values that come one by one; knows the extremes of any stretch without reading all of it.

    Values that are not finite keep their place and are remembered, but are never extremes.
    """

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.values = array("d")
        self.bad = array("Q")
        """Places of the values that are not finite, ascending."""
        self.not_positive = array("Q")
        """Places of the finite values that are not above 0, ascending: a log scale cannot show them."""
        self._low = array("d")
        self._high = array("d")
        for value in values:
            self.append(value)

    def __len__(self) -> int:
        return len(self.values)

    def append(self, value: float) -> None:
        """Take the next value."""
        place = len(self.values)
        self.values.append(value)
        if place % _BLOCK == 0:
            self._low.append(math.inf)
            self._high.append(-math.inf)
        if not math.isfinite(value):
            self.bad.append(place)
            return
        if value <= 0:
            self.not_positive.append(place)
        if value < self._low[-1]:
            self._low[-1] = value
        if value > self._high[-1]:
            self._high[-1] = value

    def truncate(self, length: int) -> None:
        """Forget all values from place ``length`` on."""
        whole = length - length % _BLOCK
        tail = self.values[whole:length]
        del self.values[whole:]
        for places in (self.bad, self.not_positive):
            del places[bisect_left(places, whole) :]
        del self._low[whole // _BLOCK :], self._high[whole // _BLOCK :]
        for value in tail:
            self.append(value)

    def lowest(self, start: int, stop: int) -> int | None:
        """Return the place of the smallest finite value in ``start <= place < stop``, the first of equals."""
        return self._extreme(start, stop, self._low, min)

    def highest(self, start: int, stop: int) -> int | None:
        """Return the place of the largest finite value in ``start <= place < stop``, the first of equals."""
        return self._extreme(start, stop, self._high, max)

    def lowest_positive(self, start: int, stop: int) -> int | None:
        """Return the place of the smallest finite value above 0 in ``start <= place < stop``."""
        place = self.lowest(start, stop)
        if place is None or self.values[place] > 0:
            return place
        positive = [v for v in self.values[start:stop] if v > 0 and v != math.inf]
        return self.values.index(min(positive), start, stop) if positive else None

    def _extreme(
        self, start: int, stop: int, blocks: "array[float]", pick: Callable[[Iterable[float]], float]
    ) -> int | None:
        first, last = -(-start // _BLOCK), stop // _BLOCK  # blocks that lie whole in the stretch
        if first >= last:
            stretches = [(start, stop)]
        else:
            inner = blocks[first:last]
            block = first + inner.index(pick(inner))
            stretches = [
                (start, first * _BLOCK),
                (block * _BLOCK, (block + 1) * _BLOCK),
                (last * _BLOCK, stop),
            ]
        best: tuple[float, int] | None = None
        for begin, end in stretches:
            part: Sequence[float] = self.values[begin:end]
            if self.bad:
                part = [v for v in part if math.isfinite(v)]
            if not part:
                continue
            value = pick(part)
            if best is None or (value != best[0] and pick((value, best[0])) == value):
                best = value, self.values.index(value, begin, end)
        return best[1] if best else None


def reduce(
    x: "array[float]",
    track: Track,
    low: float,
    high: float,
    columns: int,
    *,
    positive: bool = False,
    joined: bool = True,
) -> list[Polyline]:
    """Return what a plot of ``columns`` columns shows of a track between ``low`` and ``high``.

    Each column keeps its smallest and its largest value at their own x, so no spike is lost. Where a
    value is not finite the line is broken.

    Args:
        x: one a value, ascending (equals allowed).
        track: the values.
        low, high: the window, ``low < high``.
        columns: at least 1.
        positive: for a log scale: leave out values that are not above 0.
        joined: add where a line that comes from or goes beyond an end of the window crosses it; without,
            all points are measured ones.

    Returns:
        Polylines of at most two points a column, and one at either end of the window.
    """
    start, stop = bisect_left(x, low), bisect_right(x, high)
    if stop - start <= 2 * columns:
        places = list(range(start, stop))
    else:
        places, step, begin = [], (high - low) / columns, start
        for column in range(1, columns + 1):
            end = stop if column == columns else bisect_left(x, low + column * step, begin, stop)
            if end > begin:
                least = track.lowest_positive(begin, end) if positive else track.lowest(begin, end)
                most = track.highest(begin, end)
                places += sorted({place for place in (least, most) if place is not None})
            begin = end
    values = track.values
    shown = [p for p in places if math.isfinite(values[p]) and (values[p] > 0 or not positive)]
    lines = [([x[p] for p in piece], [values[p] for p in piece]) for piece in _pieces(shown, track)]
    if not joined:
        return lines
    entering = _crossing(x, track, start - 1, low, positive)
    leaving = _crossing(x, track, stop - 1, high, positive)
    if not lines and not (entering is leaving is None):
        lines.append(([], []))
    if entering is not None:
        lines[0][0].insert(0, low)
        lines[0][1].insert(0, entering)
    if leaving is not None:
        lines[-1][0].append(high)
        lines[-1][1].append(leaving)
    return lines


def _pieces(places: list[int], track: Track) -> list[list[int]]:
    """Split places where a value between two of them is not finite."""
    if not places or not track.bad:
        return [places] if places else []
    pieces = [[places[0]]]
    for before, place in pairwise(places):
        nearest = bisect_right(track.bad, before)
        if nearest < len(track.bad) and track.bad[nearest] < place:
            pieces.append([])
        pieces[-1].append(place)
    return pieces


def _crossing(x: "array[float]", track: Track, before: int, edge: float, positive: bool) -> float | None:
    """Return the value at ``edge`` on the line from a place to the next; None if there is no such line."""
    if before < 0 or before + 1 >= len(x) or not x[before] < edge < x[before + 1]:
        return None
    left, right = track.values[before], track.values[before + 1]
    if not (math.isfinite(left) and math.isfinite(right)) or (positive and min(left, right) <= 0):
        return None
    share = (edge - x[before]) / (x[before + 1] - x[before])
    return left * (1 - share) + right * share
