"""Runs' curves drawn with plotext, for a terminal of any width."""

import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuilab.runs.records import Epoch
from tuilab.runs.summary import Summary


@dataclass(frozen=True)
class _Series:
    """A line: what it is called, how it is drawn, which number of which epochs."""

    label: str
    marker: str
    hue: str
    epochs: Sequence[Epoch]
    name: str

    def points(self) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
        """Return epochs and values where these are finite; None where there is no such."""
        values = [(e.epoch, getattr(e, self.name)) for e in self.epochs]
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
        return "no epoch is finished yet: there is nothing to draw"
    coloured = _coloured() if colour is None else colour
    return "\n\n".join(
        _plot(title, [_Series(*part, summary.epochs, f"{prefix}{name}") for prefix, part in _PARTS], coloured)
        for name, title in _TITLES.items()
    )


def draw_over_each_other(epochs: Mapping[str, Sequence[Epoch]], *, colour: bool | None = None) -> str:
    """Return validation accuracy by epoch of several runs, in one plot.

    Each has a letter, which stands before its label in the legend; colours come on top. The more there
    are, the higher it is, where the terminal has room.

    Args:
        epochs: those of each run, by its label.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    coloured = _coloured() if colour is None else colour
    drawn = [(label, some) for label, some in epochs.items() if some]
    series = [
        _Series(label, letter, _HUES[n % len(_HUES)], some, "val_accuracy")
        for n, ((label, some), letter) in enumerate(zip(drawn, _LETTERS, strict=False))
    ]
    if not series:
        return "no epoch is finished yet: there is nothing to draw"
    room = shutil.get_terminal_size((80, 24)).lines - 4
    height = max(22, min(room, 14 + 3 * len(series)))
    text = _plot("accuracy on the validation images", series, coloured, height)
    left = len(drawn) - len(series)
    return f"{text}\n{left} more runs are not drawn" if left else text


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
    epochs, drawn = max(len(one.epochs) for one in series), [0.0]
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    lines = [(one, *points) for one in series if (points := one.points())]
    for one, x, y in lines:
        plotext.plot(x, y, marker="braille" if unicode else ".", color=one.hue)
        drawn += y
    for one, x, y in lines:  # after all lines, none of which may hide them
        plotext.scatter(x, y, marker=one.marker, color=one.hue)
    plotext.xticks(sorted({1 + round(i * (epochs - 1) / 9) for i in range(10)}))
    if (most := max(drawn)) >= 1e5:
        # plotext writes every digit of a loss that has exploded
        ticks = [most * part / 4 for part in range(5)]
        plotext.yticks(ticks, [f"{tick:.2g}" for tick in ticks])
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


_PARTS = (("", ("training", "•", "blue+")), ("val_", ("validation", "x", "orange+")))
_TITLES = {"accuracy": "accuracy", "cross_entropy": "cross-entropy (nats)"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HUES = ("blue+", "orange+", "green+", "magenta+", "cyan+", "red+", "white", "orange", "blue")
_ASCII = str.maketrans("┌┐└┘├┤┬┴┼─│•", "+++++++++-|.")
