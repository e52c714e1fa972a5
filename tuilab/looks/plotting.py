"""The curves of a page, as a figure that is drawn on cells; each has a letter beside its colour."""

import math
from array import array

from tuilab.looks.page import Plot, PlotCurve
from tuilab.plots.cells import Role
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import Limits, number, round_limits
from tuilab.plots.series import Curve
from tuilab.plots.track import Track

_ROLES = (Role.TRAIN, Role.VAL, Role.MARK_4, Role.MARK_1, Role.MARK_2, Role.MARK_3, Role.PLAIN)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_LETTERS = 12
"""Points of a curve that carry its letter, about: more would hide the line."""

_DOTS = 5000
"""Of all lines: they are drawn once, not several times a second."""


def figure(plot: Plot, *, ascii: bool = False) -> Figure:
    """Return a plot as a figure."""
    curves = [_plotted(curve, place) for place, curve in enumerate(plot.curves)]
    marks = [_mark(curve, place, len(plot.curves)) for place, curve in enumerate(plot.curves)]
    xs = [x for curve in plot.curves for x in curve.x]
    ys = [y for curve in plot.curves for y in curve.y if math.isfinite(y) and (y > 0 or not plot.log)]
    return Figure(
        plot.title,
        [*marks, *curves],
        _across(xs),
        _up(ys, log=plot.log),
        axis="count",
        log=plot.log,
        ascii=ascii,
        note="" if ys else "nothing was measured that can be drawn",
        digits=plot.digits,
        legend=False,
        counted=plot.counted,
        dots=_DOTS,
    )


def legend(plot: Plot, width: int) -> list[str]:
    """Return which letter is which curve, in lines of at most ``width`` columns where words allow it."""
    lines: list[str] = []
    for place, curve in enumerate(plot.curves):
        last = next((y for y in reversed(curve.y) if math.isfinite(y)), None)
        word = f"{_letter(place)} {curve.label}" + ("" if last is None else f" {number(last, plot.digits)}")
        if lines and len(lines[-1]) + 3 + len(word) <= width:
            lines[-1] += f"   {word}"
        else:
            lines.append(word)
    return lines


def _letter(place: int) -> str:
    return _LETTERS[place % len(_LETTERS)]


def _plotted(curve: PlotCurve, place: int) -> Plotted:
    values = Curve(array("d", curve.x), Track(curve.y))
    return Plotted(values, curve.label, _ROLES[place % len(_ROLES)], "", ".")


def _mark(curve: PlotCurve, place: int, of: int) -> Plotted:
    """Return the letters on a curve, at other places than its neighbours', with gaps that no line crosses."""
    step = min(max(len(curve.x) // _MOST_LETTERS, of), max(len(curve.x) // 2, 1))
    first = place * step // of % step
    heights = (y if n % step == first else math.nan for n, y in enumerate(curve.y))
    values = Curve(array("d", curve.x), Track(heights))
    return Plotted(values, curve.label, _ROLES[place % len(_ROLES)], _letter(place), line=False)


def _across(xs: list[float]) -> Limits:
    low, high = min(xs, default=0.0), max(xs, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _up(ys: list[float], *, log: bool) -> Limits:
    if not ys:
        return 0.0, 1.0
    if log:
        low, high = math.log10(min(ys)), math.log10(max(ys))
        return (low, high) if high - low > 0.01 else (low - 0.5, high + 0.5)
    low, high = min(ys), max(ys)
    spare = 0.05 * abs(high) or 0.5
    return round_limits(low, high) if high > low else round_limits(low - spare, high + spare)
