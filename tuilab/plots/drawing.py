"""A figure as a grid of cells: what plotext is asked to draw, and above it the line that names the curves."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tuilab.plots.cells import Cells, Role, Sheet, cells_wide
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.legend import write_legend
from tuilab.plots.plotext_canvas import Drawing, Series, draw
from tuilab.plots.scales import Limits, Tick
from tuilab.plots.track import Polyline

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
    y_ticks = figure.y_ticks(max(2, min((rows + 1) // 2, 6))) if rows >= 2 else []
    widest = max((len(tick.label) for tick in y_ticks), default=0)
    margin = max(_MARGIN, widest + 1)
    if margin + 8 > width:
        margin, widest, y_ticks = 0, 0, []
    drawing = _drawing(figure, width - margin, rows, y_ticks, below=axis > 0, left=margin > 0)
    for row, pieces in enumerate(draw(drawing)[: height - top], top):
        column = max(margin - 1 - widest, 0)
        for text, role in pieces:
            column = sheet.lay(column, row, text, role)
    if labels and margin:
        sheet.write(margin - 1 - len(figure.unit), height - 1, figure.unit, Role.MUTED)
    if figure.note:
        _write_note(sheet, figure.note, margin, top, width - margin, rows)
    if top:
        write_legend(sheet, figure)
    return sheet.cells()


def _drawing(
    figure: Figure, columns: int, rows: int, y_ticks: Sequence[Tick], *, below: bool, left: bool
) -> Drawing:
    across, up = (1, 1) if figure.ascii else (2, 4)
    right, top = max(across * columns - 1, 1), max(up * rows - 1, 1)
    cursor = figure.cursor if figure.cursor is None or figure.x[0] <= figure.cursor <= figure.x[1] else None
    return Drawing(
        columns,
        rows,
        right,
        top,
        tuple(_x_ticks(figure, columns, right)) if below else (),
        tuple((_share(t.at, figure.y) * top, t.label) for t in y_ticks),
        below,
        left,
        (*_lines(figure, columns, rows, across, up), *_points(figure, columns, right, top)),
        None if cursor is None else _share(cursor, figure.x) * right,
        figure.ascii,
    )


def _share(value: float, limits: Limits) -> float:
    return (value - limits[0]) / (limits[1] - limits[0])


def _x_ticks(figure: Figure, columns: int, right: float) -> Iterator[tuple[float, str]]:
    """Yield places and labels of ticks so far apart that there is room for all labels."""
    apart = 9
    while True:
        ticks = figure.x_ticks(max(2, columns // apart))
        needed = 2 * max((len(tick.label) for tick in ticks), default=0)
        if apart >= needed or columns // apart <= 2:
            break
        apart = needed
    if sum(len(tick.label) + 1 for tick in ticks) > columns:
        ticks = ticks[:1]
    for tick in ticks:
        share = _share(tick.at, figure.x)
        # a label has its tick in its middle, but what stands left of the canvas is for the unit
        outside = max(len(tick.label) // 2 - math.floor(share * (columns - 1) + 0.5), 0)
        yield share * right, " " * 2 * outside + tick.label


def _points(figure: Figure, columns: int, right: float, top: float) -> Iterator[Series]:
    for plotted in reversed(figure.curves):
        if plotted.points:
            lines = plotted.curve.polylines(figure.x, columns, positive=figure.log, joined=False)
            x = tuple(_share(x, figure.x) * right for xs, _ in lines for x in xs)
            y = tuple(_height(y, figure) * top for _, ys in lines for y in ys)
            yield Series(x, y, plotted.role, plotted.points, False)


def _lines(figure: Figure, columns: int, rows: int, across: int, up: int) -> Iterator[Series]:
    lined = [p for p in reversed(figure.curves) if p.line and not (figure.ascii and p.points)]
    for plotted in lined:
        marker = plotted.dashed if figure.ascii else "braille"
        for x, y in _dotted(figure, plotted, columns, rows, across, up, figure.dots // len(lined)):
            yield Series(x, y, plotted.role, marker, True)


Dots = tuple[tuple[int, ...], tuple[int, ...]]
"""Columns and rows of dots, from the left and from below."""


def _dotted(
    figure: Figure, plotted: Plotted, columns: int, rows: int, across: int, up: int, most: int
) -> list[Dots]:
    """Return the dots that a curve's lines join; fewer where it goes up and down all the time."""
    parts = columns
    while True:
        polylines = plotted.curve.polylines(figure.x, parts, positive=figure.log)
        lines = [_dots(line, figure, columns, rows, across, up) for line in polylines]
        if parts <= 8 or sum(_length(line) for line in lines) <= most:
            return lines
        parts //= 2


def _dots(line: Polyline, figure: Figure, columns: int, rows: int, across: int, up: int) -> Dots:
    """Return the dots of a line's points, without those on a level stretch between two others.

    The limits are the middles of the first and the last cell, as of a point, so that both meet.
    """
    wide, high = across * (columns - 1), up * (rows - 1)
    dots: list[tuple[int, int]] = []
    for x, y in zip(*line, strict=True):
        column = math.floor(round(wide * _share(x, figure.x) + across / 2, 8))
        row = math.floor(round(high * _height(y, figure) + up / 2, 8))
        if dots and dots[-1][1] == row:
            if dots[-1][0] == column:
                continue
            if len(dots) > 1 and dots[-2][1] == row:
                dots.pop()
        dots.append((column, row))
    return tuple(column for column, _ in dots), tuple(row for _, row in dots)


def _height(y: float, figure: Figure) -> float:
    """Return a value's share of the axis, at most one canvas away: plotext draws also what nobody sees."""
    return min(max(_share(math.log10(y) if figure.log else y, figure.y), -1.0), 2.0)


def _length(line: Dots) -> int:
    return sum(max(abs(x1 - x0), abs(y1 - y0)) for (x0, y0), (x1, y1) in pairwise(zip(*line, strict=True)))


def _write_note(sheet: Sheet, note: str, left: int, top: int, columns: int, rows: int) -> None:
    lines = textwrap.wrap(note, max(columns - 2, 1))[:rows]
    for row, line in enumerate(lines, top + (rows - len(lines)) // 2):
        sheet.write(left + (columns - cells_wide(line)) // 2, row, line, Role.MUTED)
