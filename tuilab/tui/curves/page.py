"""The whole pane as one grid: plots, remarks under them, and a line that says how far the run is."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from tuilab.tui.curves.cells import Cells, Role, above, beside, text_cells
from tuilab.tui.curves.figure import Figure, draw_figure

Line = Sequence[tuple[str, Role]]
"""Pieces of a line and their roles."""

_SIDE_BY_SIDE = 70
"""Columns from which two plots stand beside one another where there are few rows."""
_GAP = 2


def page(
    figures: Sequence[Figure], remarks: Sequence[tuple[str, Role]], status: Line, width: int, height: int
) -> Cells:
    """Return everything on ``height`` rows of ``width`` cells, each at least 1.

    Args:
        figures: one or two.
        remarks: sentences, the most important first; those for which there is no room are left out.
        status: the last line.
    """
    below = 1 if height >= 4 else 0
    room = 0 if height < 10 else 1 if height < 16 else 2 if height < 26 else 3
    plots = draw_plots(figures, width, height - below - room)
    lines = [*_wrapped(remarks, width, room), *([status] if below else [])]
    return above(plots, text_cells(lines, width, below + room))


def draw_plots(figures: Sequence[Figure], width: int, height: int) -> Cells:
    """Return figures on one grid: beside one another where rows are few, else one above the other."""
    if len(figures) == 1 or (height < 10 and width < _SIDE_BY_SIDE):
        return draw_figure(figures[0], width, height)
    upper, lower = figures
    if width >= _SIDE_BY_SIDE and height < 20:
        half = (width - _GAP) // 2
        right = width - _GAP - half
        return beside(draw_figure(upper, half, height), draw_figure(lower, right, height), _GAP)
    top = (height + 1) // 2 - (1 if height < 26 else 0)
    return above(
        draw_figure(replace(upper, labelled=height >= 26), width, top),
        draw_figure(lower, width, height - top),
    )


def _wrapped(remarks: Sequence[tuple[str, Role]], width: int, room: int) -> list[Line]:
    lines: list[Line] = []
    for text, role in remarks:
        wrapped = textwrap.wrap(text, max(width, 1), break_long_words=True)
        if len(lines) + len(wrapped) > room and lines:
            break
        lines += [[(line, role)] for line in wrapped[:room]]
    while len(lines) < room:
        lines.append([])
    return lines[:room]
