"""The confusion matrix with a cursor: rows are what images are, columns what they are taken for."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from tuilab.looks.page import Page
from tuilab.plots.cells import HEAT_ROLES, Cells, Role, Sheet, cells_wide, cut
from tuilab.tui.screens.sweeps.trials import scrolled

_WIDEST, _TALLEST = 11, 3
"""Cells that a count takes at most."""
_LEAST_LABEL = 6
_DOWN, _ACROSS = "is a", "is taken for"
BELOW = 2
"""Lines that tell the cell under the cursor in words."""


@dataclass(frozen=True)
class Matrix:
    """How often each class is taken for each.

    Attributes:
        classes: their names, clean.
        counts: a row is what the images are, a column what they are taken for.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def most_errors(self) -> int:
        """The most images behind a cell outside of the diagonal."""
        return max((n for i, row in enumerate(self.counts) for j, n in enumerate(row) if i != j), default=0)

    def begin(self) -> tuple[int, int]:
        """Return the cell that is most worth a look: the most frequent error."""
        cells = [(-n, i, j) for i, row in enumerate(self.counts) for j, n in enumerate(row) if i != j]
        return min(cells)[1:] if cells else (0, 0)

    def words(self, at: tuple[int, int]) -> str:
        """Return a sentence on a cell."""
        row, column = at
        count, of = self.counts[row][column], sum(self.counts[row])
        images = f"{count:,} {'image' if count == 1 else 'images'}" if count else "no image"
        share = f" of {of:,} ({100 * count / of:.1f} %)" if count else ""
        if row == column:
            return f"{self.classes[row]} taken for what it is: {images}{share}"
        return f"{self.classes[row]} taken for {self.classes[column]}: {images}{share}"


def matrix_of(page: Page) -> Matrix:
    """Return the matrix of a page of the look ``classes``."""
    classes = cast("Sequence[str]", page.facts["classes"])
    counts = cast("Sequence[Sequence[int]]", page.facts["counts"])
    return Matrix(tuple(classes), tuple(map(tuple, counts)))


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
        row, column = (y - self.head) // self.tall, (x - self.label) // self.wide
        if x < self.label or y < self.head or row >= len(self.rows) or column >= len(self.columns):
            return None
        return self.rows[row], self.columns[column]


def wanted_size(found: Matrix) -> tuple[int, int]:
    """Return width and height in which all of a matrix is readable: a line a row, and the words below."""
    count = len(found.classes)
    return _label(found) + count * (_digits(found) + 3), count + 1 + BELOW


def layout(found: Matrix, cursor: tuple[int, int], top: tuple[int, int], width: int, height: int) -> Layout:
    """Return where cells stand on a sheet, as many as have room, the cursor's among them.

    Args:
        found: the matrix.
        cursor: row and column of the cell under the cursor.
        top: the row and the column that were shown first before.
        width, height: of the sheet.
    """
    count, needed = len(found.classes), _digits(found) + 2
    label = min(_label(found), max(width - count * needed, _LEAST_LABEL))
    wide = min(max((width - label) // count, needed), _WIDEST)
    head = 2 if height > count + 1 + BELOW else 1
    room = max(height - head - BELOW, 1)
    tall = min(max(room // count, 1), _TALLEST)
    rows, columns = max(room // tall, 1), max((width - label) // wide, 1)
    first = scrolled(top[0], cursor[0], count, rows)
    left = scrolled(top[1], cursor[1], count, columns)
    return Layout(
        label,
        wide,
        tall,
        range(first, min(first + rows, count)),
        range(left, min(left + columns, count)),
        head,
    )


def draw(found: Matrix, place: Layout, cursor: tuple[int, int], width: int, height: int) -> Cells:
    """Return the matrix, and below it the cell under the cursor in words."""
    sheet = Sheet(width, height)
    if place.head > 1:
        sheet.write(place.label + 1, 0, cut(_ACROSS, width - place.label - 1), Role.AXIS)
    sheet.write(0, place.head - 1, cut(_DOWN, place.label - 1), Role.AXIS)
    for n, column in enumerate(place.columns):
        name = cut(found.classes[column], place.wide - 1)
        role = Role.TITLE if column == cursor[1] else Role.AXIS
        x = place.label + (n + 1) * place.wide - 1 - cells_wide(name)
        sheet.write(x, place.head - 1, name, role)
    for line, row in enumerate(place.rows):
        y = place.head + line * place.tall
        role = Role.TITLE if row == cursor[0] else Role.AXIS
        sheet.write(0, y + place.tall // 2, cut(found.classes[row], place.label - 1), role)
        for n, column in enumerate(place.columns):
            _write_cell(sheet, place.label + n * place.wide, y, place, found, (row, column), cursor)
    below = place.head + len(place.rows) * place.tall
    words = [*_hidden(found, place), found.words(cursor)]
    for y, text in enumerate(
        textwrap.wrap(". ".join(words), max(width, 8)), below + (height - below > BELOW)
    ):
        sheet.write(0, y, text, Role.TITLE)
    return sheet.cells()


def _write_cell(
    sheet: Sheet,
    x: int,
    y: int,
    place: Layout,
    found: Matrix,
    at: tuple[int, int],
    cursor: tuple[int, int],
) -> None:
    count = found.counts[at[0]][at[1]]
    here = at == cursor
    role = Role.SELECTED if here else _role(found, at, count)
    for n in range(place.tall):
        middle = n == place.tall // 2
        left, right = ("[", "]") if here else (" ", " ")
        text = f"{left}{count or '·'}{right}" if middle else ""
        sheet.write(x, y + n, text.rjust(place.wide), role)


def _role(found: Matrix, at: tuple[int, int], count: int) -> Role:
    if not count:
        return Role.MUTED
    if at[0] == at[1]:
        return Role.GOOD
    return HEAT_ROLES[min(int(count / found.most_errors * len(HEAT_ROLES)), len(HEAT_ROLES) - 1)]


def _hidden(found: Matrix, place: Layout) -> list[str]:
    """Return which rows and columns are shown, where there is no room for all."""
    count = len(found.classes)
    return [
        f"{what} {shown[0] + 1} to {shown[-1] + 1} of {count}"
        for what, shown in (("Rows", place.rows), ("Columns", place.columns))
        if len(shown) < count
    ]


def _label(found: Matrix) -> int:
    return min(max(*map(cells_wide, found.classes), len(_DOWN)) + 1, 16)


def _digits(found: Matrix) -> int:
    return max(len(str(n)) for row in found.counts for n in row)
