"""A plot as a grid of cells: a line that names the curves, the canvas, a thin axis on the left and below."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.plots.canvas import Stroke, draw, place
from tuilab.plots.cells import Cells, Role, Sheet, cells_wide, cut
from tuilab.plots.scales import (
    Limits,
    Tick,
    clock,
    epoch_ticks,
    log_ticks,
    number,
    time_ticks,
    value_ticks,
)
from tuilab.plots.series import Axis, Curve
from tuilab.plots.track import Polyline


@dataclass(frozen=True)
class Plotted:
    """A curve and how it looks.

    Attributes:
        curve: its values.
        label: one or two words for the legend; clean text, cut where there is no room.
        role: its colour.
        points: the character of each measured value; empty: a line alone.
        dashed: ASCII's line character; curves that share a plot differ in it or in ``points``.
        short: a shorter label for a narrow legend; empty: the label, cut.
    """

    curve: Curve
    label: str
    role: Role
    points: str = ""
    dashed: str = "."
    short: str = ""


@dataclass(frozen=True)
class Figure:
    """What a plot shows, complete.

    Attributes:
        title: what is measured.
        curves: drawn in reverse: the first lies on top.
        x, y: limits; y in exponents of 10 on a log scale.
        axis: what x is.
        log: y on a log scale; values that are not above 0 are left out.
        cursor: the x at which a line stands and values are read; None: the latest values are shown.
        ascii: draw with ASCII alone.
        note: a line in the middle of a plot in which there is nothing to see.
        labelled: with labels of x below; without, the plot below has them.
        digits: of a value in the legend, behind the point; as many as the results table has.
        chained: whether epochs are counted on from those of the runs before, and so are no run's own.
    """

    title: str
    curves: Sequence[Plotted]
    x: Limits
    y: Limits
    axis: Axis = "epoch"
    log: bool = False
    cursor: float | None = None
    ascii: bool = False
    note: str = ""
    labelled: bool = True
    chained: bool = False
    digits: int = 3

    def said(self, plotted: Plotted) -> str:
        """Return a curve's value under the cursor, or its latest, as the legend has it."""
        curve = plotted.curve
        value = curve.last() if self.cursor is None else curve.at(self.cursor)
        return "-" if value is None else number(value, self.digits)

    @property
    def unit(self) -> str:
        """What runs along the bottom, in five characters at most."""
        if self.axis == "epoch":
            return "total" if self.chained else "epoch"
        return "min:s" if self.x[1] < 3600 else "h:m:s"


_MARGIN = 6
"""Columns left of the canvas, more only where a label needs them: curves keep their place."""


def draw_figure(figure: Figure, width: int, height: int) -> Cells:
    """Return a figure as ``height`` rows of ``width`` cells; any size of at least 1 by 1.

    Rows are given up in this order where there are few: labels of x, the axis below, the legend.
    """
    sheet = Sheet(width, height)
    top = 1 if height >= 3 else 0
    axis = 1 if height >= 5 else 0
    labels = 1 if height >= 7 and figure.labelled else 0
    rows = height - top - axis - labels
    ticks = _y_ticks(figure, rows)
    margin = max(_MARGIN, max((len(tick.label) for tick in ticks), default=0) + 1)
    if margin + 8 > width:
        margin, ticks = 0, []
    canvas = _Area(left=margin, top=top, width=width - margin, height=rows)
    _draw_axes(sheet, figure, canvas, ticks, below=axis, labels=labels)
    _draw_curves(sheet, figure, canvas)
    if figure.note:
        _write_note(sheet, figure.note, canvas)
    if top:
        _draw_legend(sheet, figure)
    return sheet.cells()


@dataclass(frozen=True)
class _Area:
    """Where the canvas lies on the sheet."""

    left: int
    top: int
    width: int
    height: int

    def column(self, x: float, limits: Limits) -> int:
        """Return the sheet's column of an x."""
        return self.left + place(x, limits, self.width)

    def row(self, y: float, limits: Limits) -> int:
        """Return the sheet's row of a y."""
        return self.top + self.height - 1 - place(y, limits, self.height)


def _y_ticks(figure: Figure, rows: int) -> list[Tick]:
    most = max(2, min((rows + 1) // 2, 6))
    ticks = log_ticks(figure.y, most) if figure.log else value_ticks(figure.y, most)
    return ticks if rows >= 2 else []


def _draw_axes(
    sheet: Sheet, figure: Figure, canvas: _Area, ticks: list[Tick], *, below: int, labels: int
) -> None:
    bar, tick_mark, corner, line, notch = "|++-+" if figure.ascii else "│┤└─┬"
    left = canvas.left - 1
    bottom = canvas.top + canvas.height
    if left >= 0:
        for row in range(canvas.top, bottom):
            sheet.put(left, row, bar, Role.AXIS)
        for tick in ticks:
            row = canvas.row(tick.at, figure.y)
            sheet.write(left - len(tick.label), row, tick.label, Role.MUTED)
            sheet.put(left, row, tick_mark, Role.AXIS)
    if not below:
        return
    sheet.write(canvas.left, bottom, line * canvas.width, Role.AXIS)
    if left >= 0:
        sheet.put(left, bottom, corner, Role.AXIS)
    most = max(2, canvas.width // 9)
    x_ticks = epoch_ticks(figure.x, most) if figure.axis == "epoch" else time_ticks(figure.x, most)
    if labels and left >= 0:
        sheet.write(left - len(figure.unit), bottom + 1, figure.unit, Role.MUTED)
    free = canvas.left
    for tick in x_ticks:
        column = canvas.column(tick.at, figure.x)
        sheet.put(column, bottom, notch, Role.AXIS)
        start = min(max(column - len(tick.label) // 2, canvas.left), sheet.width - len(tick.label))
        if labels and start >= free:
            free = sheet.write(start, bottom + 1, tick.label, Role.MUTED) + 1


def _draw_curves(sheet: Sheet, figure: Figure, canvas: _Area) -> None:
    drawn = list(reversed(figure.curves))
    strokes: list[Stroke] = []
    roles: list[Role] = []
    for plotted in drawn:
        curve = plotted.curve
        if not figure.ascii or not plotted.points:
            lines = curve.polylines(figure.x, canvas.width, positive=figure.log)
            marker = plotted.dashed if figure.ascii else ""
            strokes.append(Stroke(_scaled(lines, figure.log), marker, True))
            roles.append(plotted.role)
    for plotted in drawn:
        if plotted.points:
            curve = plotted.curve
            points = curve.polylines(figure.x, canvas.width, positive=figure.log, joined=False)
            strokes.append(Stroke(_scaled(points, figure.log), plotted.points, False))
            roles.append(plotted.role)
    for column, row, character, stroke in draw(strokes, figure.x, figure.y, canvas.width, canvas.height):
        sheet.put(canvas.left + column, canvas.top + row, character, roles[stroke])
    if figure.cursor is not None and figure.x[0] <= figure.cursor <= figure.x[1]:
        column = canvas.column(figure.cursor, figure.x)
        for row in range(canvas.top, canvas.top + canvas.height):
            if sheet.is_blank(column, row):
                sheet.put(column, row, "|" if figure.ascii else "│", Role.CURSOR)


def _scaled(lines: Sequence[Polyline], log: bool) -> list[Polyline]:
    return [(x, [math.log10(v) for v in y]) for x, y in lines] if log else list(lines)


def _write_note(sheet: Sheet, note: str, canvas: _Area) -> None:
    lines = textwrap.wrap(note, max(canvas.width - 2, 1))[: canvas.height]
    for row, line in enumerate(lines, canvas.top + (canvas.height - len(lines)) // 2):
        sheet.write(canvas.left + (canvas.width - cells_wide(line)) // 2, row, line, Role.MUTED)


_Entry = tuple[str, str, str, Role]
"""Of the legend: sign, label, value, and the role of sign and value."""
_SHORTEST = 5
"""Cells to which a label is cut at most; below, signs and values stand alone."""


def _draw_legend(sheet: Sheet, figure: Figure) -> None:
    entries = [_entry(plotted, figure) for plotted in figure.curves]
    column = sheet.write(0, 0, cut(figure.title, sheet.width), Role.TITLE)
    if figure.cursor is not None:
        at = f"{figure.cursor:.2f}" if figure.axis == "epoch" else clock(figure.cursor)
        needed = sum(3 + len(sign) + len(value) for _, sign, value in entries)
        words = f"at {at} epochs in total" if figure.chained else f"at epoch {at}"
        wordy = figure.axis == "epoch" and column + len(f" {words}") + needed <= sheet.width
        at = words if wordy else f"at {at}"
        column = sheet.write(column + 1, 0, cut(at, sheet.width - column - 1), Role.CURSOR)
    fitting = _fitting(entries, sheet.width - column)
    gap = 3 if any(label for _, label, _, _ in fitting) else 2
    for sign, label, value, role in fitting:
        column = sheet.write(column + gap, 0, sign, role) + 1
        if label:
            column = sheet.write(column, 0, label, Role.MUTED) + 1
        column = sheet.write(column, 0, value, role)


def _entry(plotted: Plotted, figure: Figure) -> tuple[Plotted, str, str]:
    return plotted, plotted.points or (plotted.dashed if figure.ascii else "─"), figure.said(plotted)


def _fitting(entries: Sequence[tuple[Plotted, str, str]], room: int) -> list[_Entry]:
    """Return the entries with their labels, with shorter ones, or with none and from the first on."""

    def labelled(labels: Sequence[str]) -> list[_Entry]:
        return [(sign, label, value, p.role) for (p, sign, value), label in zip(entries, labels, strict=True)]

    full = labelled([p.label for p, _, _ in entries])
    if _wide(full) <= room:
        return full
    short = [p.short or p.label for p, _, _ in entries]
    for longest in range(max(map(cells_wide, short), default=0), _SHORTEST - 1, -1):
        capped = labelled([cut(label, longest) for label in short])
        if _wide(capped) <= room:
            return capped
    bare = labelled([""] * len(entries))
    while bare and sum(3 + len(sign) + len(value) for sign, _, value, _ in bare) > room:
        bare.pop()
    return bare


def _wide(entries: Sequence[_Entry]) -> int:
    return sum(3 + cells_wide(f"{sign} {label} {value}") for sign, label, value, _ in entries)
