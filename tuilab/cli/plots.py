"""Runs' curves drawn with plotext, for a terminal of any width."""

import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuilab.results.number_text import number_text
from tuilab.runs.journal.records import Epoch
from tuilab.runs.summary import Summary


@dataclass(frozen=True)
class Curve:
    """A run among others.

    Attributes:
        label: what it is called, clean.
        run: its id.
        epochs: finished ones, oldest first.
        parent: the run whose trained model it started from; None where it started from none, and for a fork,
            whose own epochs are its parent's and then its own.
    """

    label: str
    run: str
    epochs: Sequence[Epoch]
    parent: str | None = None


@dataclass(frozen=True)
class _Series:
    """A line: what it is called, how it is drawn, which number of which epochs, and what came before them."""

    label: str
    marker: str
    hue: str
    epochs: Sequence[Epoch]
    name: str
    before: int = 0

    @property
    def end(self) -> int:
        """Where it ends on the axis of epochs."""
        return self.before + self.epochs[-1].epoch

    def points(self) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
        """Return epochs and values where these are finite; None where there is no such."""
        values = [(self.before + e.epoch, getattr(e, self.name)) for e in self.epochs]
        finite = [(epoch, value) for epoch, value in values if math.isfinite(value)]
        if not finite:
            return None
        epochs, values = zip(*finite, strict=True)
        return epochs, values


def draw(summary: Summary, *, colour: bool | None = None) -> str:
    """Return accuracy and cross-entropy by epoch, one plot under the other.

    Epochs are dots for training and crosses for validation, so that they are told apart without
    colour. What is not finite is left out (plotext cannot draw it).

    Args:
        summary: a run with an epoch or more.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    if not summary.epochs:
        return "no epoch has finished yet: there is nothing to draw"
    coloured = _coloured() if colour is None else colour
    return "\n\n".join(
        _plot(title, [_Series(*part, summary.epochs, f"{prefix}{name}") for prefix, part in _PARTS], coloured)
        for name, title in _TITLES.items()
    )


def draw_over_each_other(curves: Sequence[Curve], *, colour: bool | None = None) -> str:
    """Return validation accuracy by epoch of several runs, in one plot.

    Each has a letter, which stands before its label in the legend; colours come on top. A run that
    started from another one of them begins where that one ended. The more there are, the higher the plot
    is, where the terminal has room.

    Args:
        curves: the runs; those without an epoch are left out.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    coloured = _coloured() if colour is None else colour
    drawn = [curve for curve in curves if curve.epochs]
    letters = {curve.run: letter for curve, letter in zip(drawn, _LETTERS, strict=False)}
    by_run = {curve.run: curve for curve in drawn if curve.run in letters}
    series = [
        _Series(
            f"{curve.label} (continues from {letters[curve.parent]})"
            if curve.parent in letters
            else curve.label,
            letters[curve.run],
            _HUES[n % len(_HUES)],
            curve.epochs,
            "val_accuracy",
            _epochs_before(curve, by_run),
        )
        for n, curve in enumerate(by_run.values())
    ]
    if not series:
        return "no epoch has finished yet: there is nothing to draw"
    room = shutil.get_terminal_size((80, 24)).lines - 4
    height = max(22, min(room, 14 + 3 * len(series)))
    text = _plot("accuracy on the validation images", series, coloured, height)
    left = len(drawn) - len(series)
    return f"{text}\n{left} more {'run is' if left == 1 else 'runs are'} not drawn" if left else text


def _epochs_before(curve: Curve, by_run: Mapping[str, Curve]) -> int:
    """Return how many epochs a run's ancestors trained, as far as they are drawn."""
    before, seen = 0, {curve.run}
    while (parent := by_run.get(curve.parent or "")) and parent.run not in seen:
        before += parent.epochs[-1].epoch
        seen.add(parent.run)
        curve = parent
    return before


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _plot(title: str, series: Sequence[_Series], colour: bool, height: int = 15) -> str:
    import plotext

    plotext.clear_figure()
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)
    plotext.plot_size(width, height)
    for part in (plotext.canvas_color, plotext.axes_color, plotext.ticks_color):
        part("default")  # the terminal's own colours, light or dark
    plotext.title(title)
    plotext.xlabel("epoch")
    drawn: list[float] = []
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    lines = [(one, *points) for one in series if (points := one.points())]
    for one, x, y in lines:
        plotext.plot(x, y, marker="braille" if unicode else ".", color=one.hue)
        drawn += y
    for one, x, y in lines:  # after all lines, none of which may hide them
        plotext.scatter(x, y, marker=one.marker, color=one.hue)
    first, last = min(one.before for one in series) + 1, max(one.end for one in series)
    step = max(round(_round_step(last - first + 1, 10)), 1)
    plotext.xticks([tick for tick in range(first, last + 1) if tick % step == 0])
    ticks = _round_ticks(drawn)
    plotext.ylim(ticks[0], ticks[-1])
    plotext.yticks(ticks, _tick_texts(ticks))
    # below the plot: plotext's own legend lies over the curves
    text = f"{plotext.build().rstrip()}\n{_legend(series, width)}"
    text = text if colour else plotext.uncolorize(text)
    return text if unicode else text.translate(_ASCII)


def _legend(series: Sequence[_Series], width: int) -> str:
    """Return what the markers mean, in lines of at most ``width`` cells."""
    import plotext

    lines, left = [""], 0
    for one in series:
        needed = len(one.marker) + 1 + len(one.label)
        if left < 3 + needed:
            lines.append("  ")
            left = width - 2
        lines[-1] += f"   {plotext.colorize(one.marker, one.hue)} {one.label}"
        left -= 3 + needed
    return "\n".join(lines[1:])


def _round_ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers that enclose all values, none of which is below 0; 0 to 1 where there are none."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= 1e-6 * abs(high):  # a level line: room around it
        low, high = (0.75 * low, 1.25 * high) if high else (0.0, 1.0)
    step = _round_step(high - low, 5)
    lowest, highest = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * n for n in range(lowest, highest + 1)]


def _round_step(span: float, most: int) -> float:
    """Return 1, 2 or 5 times a power of ten that goes into a span at most so many times."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= most + 1e-9)


def _tick_texts(ticks: Sequence[float]) -> list[str]:
    step = ticks[1] - ticks[0]
    if ticks[-1] >= 1e5:
        return [number_text(tick, 1) if tick else "0" for tick in ticks]
    digits = max(-math.floor(math.log10(step) + 1e-9), 0)
    return [f"{tick:.{digits}f}" for tick in ticks]


_PARTS = (("", ("training", "•", "blue+")), ("val_", ("validation", "x", "orange+")))
_TITLES = {"accuracy": "accuracy", "cross_entropy": "cross-entropy (nats)"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HUES = ("blue+", "orange+", "green+", "magenta+", "cyan+", "red+", "white", "orange", "blue")
_ASCII = str.maketrans("┌┐└┘├┤┬┴┼─│•", "+++++++++-|.")
