"""Axes, ticks, lines, points and a cursor, drawn by plotext: nothing else in tuilab knows it."""

import re
import threading
from dataclasses import dataclass
from functools import lru_cache

from tuilab.plots.cells import Role

Pieces = tuple[tuple[str, Role], ...]
"""A row of cells as stretches of one role, from the left."""


@dataclass(frozen=True)
class Series:
    """Points in one look, or the lines between them.

    Attributes:
        x, y: where; plotext knows no number that is not finite.
        role: its colour.
        marker: the character of every cell it meets; ``"braille"``: dots, two across and four down a cell.
        joined: whether lines are drawn from each point to the next.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    role: Role
    marker: str
    joined: bool


@dataclass(frozen=True)
class Drawing:
    """What plotext is asked for. Equal ones look the same.

    Attributes:
        columns, rows: cells of the canvas, without axes and labels.
        right, top: x and y of the last column and row; those of the first are 0.
        x_ticks, y_ticks: places and labels. So far apart that all labels below find room: plotext goes
            through them in any order and leaves out what it finds no room for.
        below, left: whether there are axes.
        series: later ones cover earlier ones.
        cursor: x of a vertical line behind them.
        ascii: draw axes with ASCII alone.
    """

    columns: int
    rows: int
    right: float
    top: float
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    below: bool
    left: bool
    series: tuple[Series, ...]
    cursor: float | None = None
    ascii: bool = False


@lru_cache(maxsize=16)
def draw(drawing: Drawing) -> tuple[Pieces, ...]:
    """Return the rows of a drawing from the top; remembered, as most news of a run change no cell."""
    text = _build(drawing)
    if drawing.ascii:
        text = text.translate(_ASCII)
    return tuple(_pieces(line) for line in text.splitlines())


def _build(drawing: Drawing) -> str:
    import plotext

    widest = max((len(label) for _, label in drawing.y_ticks), default=0)
    with _ONE_AT_A_TIME:
        plotext.clear_figure()
        plotext.limit_size(False, False)  # what it draws need not fit a terminal
        plotext.plot_size(
            widest + drawing.left + drawing.columns,
            drawing.rows + drawing.below + bool(drawing.x_ticks),
        )
        plotext.canvas_color("default")
        plotext.axes_color("default")
        plotext.ticks_color(_COLORS[Role.AXIS])
        plotext.xaxes(drawing.below, False)
        plotext.yaxes(drawing.left, False)
        plotext.xlim(0, drawing.right)
        plotext.ylim(0, drawing.top)
        plotext.xticks([at for at, _ in drawing.x_ticks], [label for _, label in drawing.x_ticks])
        plotext.yticks([at for at, _ in drawing.y_ticks], [label for _, label in drawing.y_ticks])
        plotext.scatter([], [])  # where nothing at all is drawn, plotext leaves the ticks out
        if drawing.cursor is not None:
            plotext.vertical_line(drawing.cursor, _COLORS[Role.CURSOR])
        for one in drawing.series:
            put = plotext.plot if one.joined else plotext.scatter
            put(one.x, one.y, marker=one.marker, color=_COLORS[one.role])
        return plotext.build()


def _pieces(line: str) -> Pieces:
    """Take a line apart where plotext changes its colour."""
    plain, *rest = _COLOR.split(line)
    coloured = zip(rest[1::2], rest[::2], strict=True)
    pieces = [(plain, Role.PLAIN), *((text, _ROLES.get(code, Role.PLAIN)) for text, code in coloured)]
    return tuple((text, role) for text, role in pieces if text)


_ONE_AT_A_TIME = threading.Lock()
"""plotext draws on one figure of the whole process."""
_ASCII = str.maketrans("│┤└─┬┴", "|++-++")
_COLORS = {role: code for code, role in enumerate(Role, start=16)}
"""The number of the colour that stands for a role, from plotext's 256."""
_ROLES = {str(code): role for role, code in _COLORS.items()}
_COLOR = re.compile(r"\x1b\[(?:38;5;(\d+)|0)m")
"""What plotext writes before and after a stretch of one colour."""
