"""The heat map with a cursor: a mean and its spread over seeds in each cell, or how it stands with it.

The signs are those of the text that the command line prints (``tuilab.sweeps.text``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from tuilab.plots.cells import HEAT_ROLES, Cells, Role, Sheet, cells_wide, cut
from tuilab.sweeps.heat_map import Cell, HeatMap
from tuilab.sweeps.scale import Step
from tuilab.sweeps.wording import accuracy_words
from tuilab.tui.screens.sweeps.trials import scrolled

_LEAST, _MOST = 9, 18
"""Columns of a cell, with a blank on each side."""
_WIDEST_LABEL = 16
_TALLEST = 3
_SHADES, _ASCII_SHADES = " ░▒▓█", " .:*#"


@dataclass(frozen=True)
class Look:
    """How the map is drawn.

    Attributes:
        focus: whether the cursor moves in it.
        shading: with signs that are the darker the better a cell is: grounds alone need colours.
        ascii: with ASCII alone.
        training: whether what was begun trains now.
    """

    focus: bool = True
    shading: bool = False
    ascii: bool = False
    training: bool = True


@dataclass(frozen=True)
class Layout:
    """Where cells stand.

    Attributes:
        label: columns left of the cells.
        wide, tall: of a cell.
        rows, columns: places of the cells that are shown.
        head: lines above the cells.
    """

    label: int
    wide: int
    tall: int
    rows: range
    columns: range
    head: int

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Return the cell that stands at a place of the sheet; None if none does."""
        if x < self.label or y < self.head:
            return None
        row, column = (y - self.head) // self.tall, (x - self.label) // self.wide
        if row >= len(self.rows) or column >= len(self.columns):
            return None
        return self.rows[row], self.columns[column]


def layout(found: HeatMap, cursor: tuple[int, int], top: tuple[int, int], width: int, height: int) -> Layout:
    """Return where cells stand on a sheet, as many as have room, the cursor's among them.

    Args:
        found: the heat map.
        cursor: row and column of the cell under the cursor.
        top: the row and the column that were shown first before.
        width, height: of the sheet.
    """
    names = [found.down.name, *(step.label for step in found.down.steps)]
    label = min(max(map(cells_wide, names)) + 1, _WIDEST_LABEL, max(width - _LEAST, 0))
    count = len(found.across.steps) if found.across else 1
    heads = [cells_wide(step.label) for step in found.across.steps] if found.across else []
    needed = max([_LEAST, *(wide + 2 for wide in heads if wide + 2 <= _MOST)])
    wide = min(max((width - label) // count, needed), _MOST, max(width - label, 1))
    head = 2 if found.across and height >= 6 else 1
    rows = len(found.down.steps)
    tall = min(max((height - head - 1) // rows, 1), _TALLEST)
    shown_rows = max((height - head) // tall, 1)
    shown_columns = max((width - label) // wide, 1)
    first_row = scrolled(top[0], cursor[0], rows, shown_rows)
    first_column = scrolled(top[1], cursor[1], count, shown_columns)
    return Layout(
        label,
        wide,
        tall,
        range(first_row, min(first_row + shown_rows, rows)),
        range(first_column, min(first_column + shown_columns, count)),
        head,
    )


def draw_grid(
    found: HeatMap, place: Layout, cursor: tuple[int, int], width: int, height: int, look: Look
) -> Cells:
    """Return the heat map, and below it what its signs mean where there is room."""
    sheet = Sheet(width, height)
    _write_heads(sheet, found, place)
    for line, row in enumerate(place.rows):
        y = place.head + line * place.tall
        here = row == cursor[0]
        name = cut(_label(found.down.steps[row], place.label - 1), place.label - 1)
        sheet.write(0, y, name, Role.TITLE if here else Role.PLAIN)
        for n, column in enumerate(place.columns):
            at_cursor = (row, column) == cursor
            _write_cell(sheet, place.label + n * place.wide, y, place, found, (row, column), at_cursor, look)
        if found.across is None:
            _write_bar(sheet, place.label + place.wide + 1, y, found, found.rows[row][0], look)
    below = place.head + len(place.rows) * place.tall
    if below < height:
        for y, text in enumerate(_below(found, place, width, look), below + (height - below > 2)):
            if y < height:
                sheet.write(0, y, cut(text, width), Role.MUTED)
    return sheet.cells()


def _write_heads(sheet: Sheet, found: HeatMap, place: Layout) -> None:
    if found.across is None:
        sheet.write(0, 0, found.down.name, Role.AXIS)
        return
    if place.head > 1:
        sheet.write(place.label + 1, 0, found.across.name, Role.AXIS)
    sheet.write(0, place.head - 1, cut(found.down.name, max(place.label - 1, 0)), Role.AXIS)
    for n, column in enumerate(place.columns):
        text = _label(found.across.steps[column], place.wide - 2)
        sheet.write(place.label + n * place.wide + 1, place.head - 1, cut(text, place.wide - 2), Role.TITLE)


def _label(step: Step, room: int) -> str:
    return step.label if cells_wide(step.label) <= room else step.short


def _write_cell(
    sheet: Sheet,
    x: int,
    y: int,
    place: Layout,
    found: HeatMap,
    at: tuple[int, int],
    at_cursor: bool,
    look: Look,
) -> None:
    cell = found.rows[at[0]][at[1]]
    share = found.share(cell)
    role = _role(cell, share)
    if at_cursor and look.focus:
        role = Role.SELECTED
    lines = list(_lines(cell, share, place, look))
    for n in range(place.tall):
        text = cut(lines[n] if n < len(lines) else "", place.wide - 2)
        inside = text + " " * (place.wide - 2 - cells_wide(text))
        left, right = ("[", "]") if at_cursor and n == 0 else (" ", " ")
        sheet.write(x, y + n, f"{left}{inside}{right}", role)


def _role(cell: Cell, share: float | None) -> Role:
    match cell.state:
        case "done":
            return Role.PLAIN if share is None else HEAT_ROLES[_level(share, len(HEAT_ROLES))]
        case "running":
            return Role.TRAIN
        case "failed":
            return Role.ERROR
        case "waiting" | "pruned" | "empty":
            return Role.MUTED
        case _:
            assert_never(cell.state)


def _level(share: float, levels: int) -> int:
    return min(int(share * levels), levels - 1)


def _lines(cell: Cell, share: float | None, place: Layout, look: Look) -> Iterator[str]:
    """Yield what stands in a cell: its number, and what there is room for below or behind it."""
    marks = f"{'*' if cell.best else ''}{'p' if cell.preset else ''}"
    shades = _ASCII_SHADES if look.ascii else _SHADES
    shade = shades[_level(share, len(shades))] if look.shading and share is not None else ""
    signs = [sign for sign in (shade, marks) if sign]
    # where there is little room, blanks go first: a number that is cut is another number
    tries = (" ".join([*signs, _number(cell)]), f"{shade}{marks} {_number(cell)}")
    first = next(
        (text for text in tries if cells_wide(text) <= place.wide - 2), f"{shade}{marks}{_number(cell)}"
    )
    more = _more(cell).replace("±", "+-") if look.ascii else _more(cell)
    if place.tall == 1 and more and cells_wide(f"{first} {more}") <= place.wide - 2:
        yield f"{first} {more}"
        return
    yield first
    if more:
        yield more


def _number(cell: Cell) -> str:
    match cell.state:
        case "done":
            return accuracy_words(cell.mean) or "not a number"
        case "running":
            value = cell.latest if cell.mean is None else cell.mean
            return f"~{accuracy_words(value)}"
        case "waiting":
            return "·"
        case "pruned":
            return f"({accuracy_words(cell.latest)})"
        case "failed":
            return "failed"
        case "empty":
            return ""
        case _:
            assert_never(cell.state)


def _more(cell: Cell) -> str:
    partly = f"{cell.seeds_done}/{cell.seeds}" if cell.seeds_done < cell.seeds else ""
    match cell.state:
        case "done":
            spread = f"±{cell.deviation:.3f}".replace("0.", ".", 1) if cell.deviation is not None else ""
            return f"{spread} {partly}".strip()
        case "running":
            return f"{partly} seeds" if cell.seeds > 1 else ""
        case "waiting" | "pruned" | "failed" | "empty":
            return ""
        case _:
            assert_never(cell.state)


def _write_bar(sheet: Sheet, x: int, y: int, found: HeatMap, cell: Cell, look: Look) -> None:
    share, room = found.share(cell), min(sheet.width - x, 40)
    if share is not None and room > 4:
        bar = ("#" if look.ascii else "█") * max(round(share * room), 1)
        sheet.write(x, y, bar, Role.GOOD if cell.best else Role.TRAIN)


def _below(found: HeatMap, place: Layout, width: int, look: Look) -> Iterator[str]:
    cells = [cell for row in found.rows for cell in row]
    states = {cell.state for cell in cells}
    sign = "+-" if look.ascii else "±"
    signs = [
        (any(cell.best for cell in cells), "* best"),
        (any(cell.preset for cell in cells), "p the preset"),
        (any(cell.deviation is not None for cell in cells), f"{sign} spread of seeds"),
        ("running" in states, "~ training" if look.training else "~ begun"),
        ("waiting" in states, "· waiting"),
        ("pruned" in states, "() pruned"),
    ]
    hidden = [
        f"{words} {shown[0] + 1} to {shown[-1] + 1} of {count}"
        for words, shown, count in (
            ("rows", place.rows, len(found.rows)),
            ("columns", place.columns, len(found.rows[0])),
        )
        if shown and len(shown) < count
    ]
    yield ", ".join([*hidden, *(words for there, words in signs if there)])
    yield from found.notes
