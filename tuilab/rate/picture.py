"""The picture of a rate test: the loss over the rate, and the rates that are spoken of, a letter each."""

import math
from array import array
from collections.abc import Iterator, Sequence

from tuilab.plots.cells import Role
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import Limits, round_limits
from tuilab.plots.series import Curve
from tuilab.plots.track import Track
from tuilab.rate.curve import Reading
from tuilab.rate.words import rate_text

_ROLES = {"P": Role.VAL, "S": Role.GOOD, "E": Role.ERROR}
_UPRIGHT = 60
"""Points of an upright line, more than there are rows."""
_ABOVE = 0.35
"""How much of the height of the curve before the edge is shown above it."""

Mark = tuple[str, str, float]
"""A letter, what it stands for, and its rate."""


def marks(reading: Reading, own: float) -> list[Mark]:
    """Return the rates that are marked: the preset's own, the steepest place, the edge."""
    found: list[Mark] = [("P", "the preset's rate", own)]
    if reading.steepest is not None:
        found.append(("S", "steepest", reading.steepest.rate))
    if reading.edge is not None:
        found.append(("E", "edge", reading.edge.rate))
    return found


def figure(
    rates: Sequence[float],
    losses: Sequence[float],
    reading: Reading,
    own: float,
    limits: Limits,
    *,
    ascii: bool = False,
) -> Figure:
    """Return the curve of a test, or of as much of one as there is.

    Args:
        rates, losses: of each step.
        reading: what they come to.
        own: the rate of the preset or of the run.
        limits: the lowest and the highest rate.
        ascii: draw with ASCII alone.
    """
    x = math.log10(limits[0]), math.log10(limits[1])
    y = _height(losses, reading)
    plotted: list[Plotted] = []
    logs = array("d", (math.log10(rate) for rate in reading.rates))
    smooth = Curve(logs, Track(float(loss) for loss in reading.losses))
    for letter, label, rate in marks(reading, own):
        at = math.log10(rate)
        if x[0] <= at <= x[1]:
            plotted += _mark(letter, label, at, _beside(smooth, at, y), y)
    plotted.append(Plotted(smooth, "smoothed", Role.TRAIN, "", "*"))
    raw = Curve(array("d", (math.log10(rate) for rate in rates)), Track(losses))
    plotted.append(Plotted(raw, "each step", Role.MUTED, "", "."))
    note = "" if len(losses) else "no step has been trained yet"
    title = "loss over the learning rate"
    return Figure(title, plotted, x, y, axis="rate", ascii=ascii, note=note, legend=False)


def legend(reading: Reading, own: float, limits: Limits, width: int, *, ascii: bool = False) -> list[str]:
    """Return what the letters and lines mean, in lines of at most ``width`` columns."""
    words = [f"{'*' if ascii else '─'} smoothed"]
    for letter, label, rate in marks(reading, own):
        beyond = "" if limits[0] <= rate <= limits[1] else " (not in the picture)"
        words.append(f"{letter} {label} {rate_text(rate)}{beyond}")
    lines = [words[0]]
    for one in words[1:]:
        if len(lines[-1]) + 3 + len(one) > width:
            lines.append(one)
        else:
            lines[-1] += f"   {one}"
    return lines


def _mark(letter: str, label: str, at: float, loss: float, y: Limits) -> Iterator[Plotted]:
    """Yield a letter on the curve, and an upright line through it."""
    yield Plotted(Curve(array("d", [at]), Track([loss])), label, _ROLES[letter], letter)
    heights = [y[0] + (y[1] - y[0]) * n / _UPRIGHT for n in range(_UPRIGHT + 1)]
    column = Curve(array("d", [at] * len(heights)), Track(heights))
    yield Plotted(column, "", _ROLES[letter], ":")


def _beside(smooth: Curve, at: float, y: Limits) -> float:
    """Return the height of a letter: the curve's, or the upper end where there is none."""
    loss = smooth.at(at)
    if loss is None and smooth.track.values:
        loss = smooth.track.values[0]
    return y[1] if loss is None else min(max(loss, y[0]), y[1])


def _height(losses: Sequence[float], reading: Reading) -> Limits:
    """Return limits for the losses up to the edge and a little above: beyond it they have no bounds."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    if not finite:
        return 0.0, 1.0
    last = math.inf if reading.edge is None else reading.edge.rate
    before = [float(loss) for rate, loss in zip(reading.rates, reading.losses, strict=True) if rate <= last]
    low, high = min(before), max(before)
    low, wide = min(low, *finite[: len(before)]), max(high - low, 0.05 * abs(high))
    return round_limits(low, min(high + _ABOVE * wide, max(*finite, high)))
