"""The whole pane as one grid: plots, remarks under them, and a line that says how far the run is."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from tuilab.plots.cells import Cells, Role, above, beside, cut, text_cells
from tuilab.plots.drawing import draw_figure
from tuilab.plots.figure import Figure

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
    usual = 0 if height < 10 else 1 if height < 16 else 2 if height < 26 else 3
    room = max(usual, _worth(remarks, width, height // 3)) if below else 0
    lines = [*_wrapped(remarks, width, room), *([status] if below else [])]
    return above(draw_plots(figures, width, height - below - room), text_cells(lines, width, below + room))


def message(text: str, width: int, height: int) -> Cells:
    """Return a sentence in the middle of an empty pane."""
    lines = textwrap.wrap(text, max(min(width - 4, 44), 1))[:height]
    above_it = [[]] * ((height - len(lines)) // 2)
    centred = [[(" " * ((width - len(line)) // 2), Role.PLAIN), (line, Role.MUTED)] for line in lines]
    return text_cells([*above_it, *centred], width, height)


def draw_plots(figures: Sequence[Figure], width: int, height: int) -> Cells:
    """Return figures on one grid: beside one another where rows are few, else one above the other."""
    if len(figures) == 1 or (height < 10 and width < _SIDE_BY_SIDE):
        return draw_figure(figures[0], width, height)
    upper, lower = figures
    if width >= _SIDE_BY_SIDE and height < 20:
        half = (width - _GAP) // 2
        right = width - _GAP - half
        return beside(draw_figure(upper, half, height), draw_figure(lower, right, height), _GAP)
    if height < 26:
        # the labels of x stand below the lower plot for both
        top = (height - 1) // 2
        return above(
            draw_figure(replace(upper, labelled=False), width, top), draw_figure(lower, width, height - top)
        )
    top = (height - 1) // 2
    between = text_cells([], width, 1)
    return above(draw_figure(upper, width, top), above(between, draw_figure(lower, width, height - top - 1)))


def _worth(remarks: Sequence[tuple[str, Role]], width: int, most: int) -> int:
    """Return lines for the first remark; where it is why a run failed, for what to do about it as well."""
    if not remarks:
        return 0
    needed = [len(textwrap.wrap(text, width)) for text, _ in remarks[:2]]
    failed = remarks[0][1] in (Role.ERROR, Role.WARNING)
    return sum(needed) if failed and sum(needed) <= most else min(needed[0], most)


def _wrapped(remarks: Sequence[tuple[str, Role]], width: int, room: int) -> list[Line]:
    lines: list[Line] = []
    for text, role in remarks:
        wrapped = textwrap.wrap(text, width)
        if len(lines) + len(wrapped) > room:
            if lines or not room:
                break
            wrapped = [*wrapped[: room - 1], cut(wrapped[room - 1] + "…", width)]
        lines += [[(line, role)] for line in wrapped]
    return [*lines, *[[]] * (room - len(lines))]
