"""Runs' curves as text, drawn as in the app, for a terminal of any width."""

import shutil
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tuilab.cli.painting import in_colour, paint, painted, shows_unicode, width
from tuilab.looks import plotting
from tuilab.looks.page import Plot
from tuilab.plots.cells import Role
from tuilab.plots.charts import Charts, Subject
from tuilab.plots.drawing import draw_figure
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.page import draw_plots
from tuilab.plots.scales import round_limits
from tuilab.plots.series import Curve as Values
from tuilab.plots.series import History
from tuilab.plots.track import Track
from tuilab.plots.view import View
from tuilab.rate import picture
from tuilab.rate.collected import Collected
from tuilab.rate.curve import Reading
from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.journal.records import Epoch
from tuilab.runs.summary import Summary
from tuilab.sweeps.board import Board
from tuilab.sweeps.curves import curves_figure

_NOTHING = "no epoch has finished yet: there is nothing to draw"
_MOST_MOMENTS = 2000
"""Of those in a run's journal: far more than a terminal has columns."""


@dataclass(frozen=True)
class Curve:
    """A run among others.

    Attributes:
        label: what it is called, clean.
        run: its id.
        epochs: finished ones, oldest first.
        parent: the run whose trained model it started from; None if it started from none, and for a fork,
            whose own epochs are its parent's and then its own.
    """

    label: str
    run: str
    epochs: Sequence[Epoch]
    parent: str | None = None


def draw(summary: Summary, *, colour: bool | None = None) -> str:
    """Return a run's accuracy and cross-entropy, one plot under the other, as the app draws them.

    Args:
        summary: a run with an epoch or more.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    if not summary.epochs:
        return _NOTHING
    history = History.of(JournalReader(summary.run.journal, skip=MOMENTS, most=_MOST_MOMENTS).read())
    subject = Subject("", history, summary.epochs[-1].epoch)
    note = "no value is a finite number"
    figures = Charts().figures(View(), subject, [], ascii=not shows_unicode(), note=note)
    return painted(draw_plots(figures, width(), 31), colour)


def draw_overlaid(curves: Sequence[Curve], *, colour: bool | None = None) -> str:
    """Return validation accuracy by epoch of several runs, in one plot.

    Each has a letter, which stands before its label in the legend; colours come on top. A run that
    started from another one of them begins where that one ended. The more there are, the higher the plot
    is, where the terminal has room.

    Args:
        curves: the runs; those without an epoch are left out.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    drawn = [curve for curve in curves if curve.epochs]
    letters = {curve.run: letter for curve, letter in zip(drawn, _LETTERS, strict=False)}
    by_run = {curve.run: curve for curve in drawn if curve.run in letters}
    if not by_run:
        return _NOTHING
    plotted = [_plotted(curve, letters, by_run, n) for n, curve in enumerate(by_run.values())]
    x = (0.0, max(one.curve.x[-1] + one.curve.shift for one in plotted))
    extents = [extent for one in plotted if (extent := one.curve.extent(*x))]
    y = round_limits(min(low for low, _ in extents), max(high for _, high in extents)) if extents else (0, 1)
    figure = Figure(
        "accuracy on the validation images", plotted, x, y, ascii=not shows_unicode(), legend=False
    )
    room = shutil.get_terminal_size((80, 24)).lines - 4
    height = max(22, min(room, 14 + 3 * len(plotted)))
    columns = width()
    coloured = in_colour() if colour is None else colour
    text = f"{painted(draw_figure(figure, columns, height), coloured)}\n{_legend(plotted, columns, coloured)}"
    left = len(drawn) - len(plotted)
    return f"{text}\n{left} more {'run is' if left == 1 else 'runs are'} not drawn" if left else text


def draw_sweep(board: Board, *, colour: bool | None = None) -> str:
    """Return the validation accuracy by epoch of a sweep's best trials, and between which values others are.

    Args:
        board: the sweep.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    figure = replace(curves_figure(board, ascii=not shows_unicode()), legend=False)
    columns, coloured = width(), in_colour() if colour is None else colour
    drawn = painted(draw_figure(figure, columns, 22), coloured)
    return f"{drawn}\n{_legend(figure.curves, columns, coloured)}" if figure.curves else drawn


def draw_rate(test: Collected, reading: Reading, *, colour: bool | None = None) -> str:
    """Return the loss of a rate test over the rate, with the rates that it speaks of.

    Args:
        test: the test.
        reading: what it comes to.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    ascii = not shows_unicode()
    figure = picture.figure(test.rates, test.losses, reading, test.own, test.limits, ascii=ascii)
    drawn = painted(draw_figure(figure, width(), 22), colour)
    return "\n".join([drawn, *picture.legend(reading, test.own, test.limits, width(), ascii=ascii)])


def draw_look(plot: Plot, *, colour: bool | None = None) -> str:
    """Return the curves of a look into a run.

    Args:
        plot: the curves.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    drawn = draw_figure(plotting.figure(plot, ascii=not shows_unicode()), width(), 18)
    legend = plotting.legend(plot, width())
    return "\n".join([painted(drawn, colour), *legend])


def _plotted(curve: Curve, letters: Mapping[str, str], by_run: Mapping[str, Curve], place: int) -> Plotted:
    x = array("d", [epoch.epoch for epoch in curve.epochs])
    values = Values(x, Track(e.val_accuracy for e in curve.epochs), float(_epochs_before(curve, by_run)))
    parent = letters.get(curve.parent or "")
    origin = f" (continues from {parent})" if parent else ""
    role = _RUN_ROLES[place % len(_RUN_ROLES)]
    return Plotted(values, f"{curve.label}{origin}", role, letters[curve.run])


def _epochs_before(curve: Curve, by_run: Mapping[str, Curve]) -> int:
    """Return how many epochs a run's ancestors trained, as far as they are drawn."""
    before, seen = 0, {curve.run}
    while (parent := by_run.get(curve.parent or "")) and parent.run not in seen:
        before += parent.epochs[-1].epoch
        seen.add(parent.run)
        curve = parent
    return before


def _legend(plotted: Sequence[Plotted], columns: int, coloured: bool) -> str:
    """Return what the letters mean, in lines of at most ``columns`` cells."""
    lines, left = [""], 0
    for one in plotted:
        sign = one.sign(ascii=not shows_unicode())
        needed = len(sign) + 1 + len(one.label)
        if left < 3 + needed:
            lines.append("  ")
            left = columns - 2
        lines[-1] += f"   {paint(sign, one.role, coloured)} {one.label}"
        left -= 3 + needed
    return "\n".join(lines[1:])


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_RUN_ROLES = (Role.TRAIN, Role.VAL, Role.MARK_4, Role.MARK_1, Role.MARK_2, Role.MARK_3, Role.PLAIN)
