"""A grid of cells: what a plot or a line of text looks like, before any terminal knows of it."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a cell shows; the widget gives each role the theme's colour."""

    PLAIN = "."
    TITLE = "b"
    MUTED = "m"
    AXIS = "a"
    CURSOR = "c"
    TRAIN = "t"
    VAL = "v"
    MARK_1 = "1"
    MARK_2 = "2"
    MARK_3 = "3"
    MARK_4 = "4"
    GOOD = "g"
    WARNING = "w"
    ERROR = "e"
    SELECTED = "s"
    HEAT_1 = "5"
    HEAT_2 = "6"
    HEAT_3 = "7"
    HEAT_4 = "8"
    HEAT_5 = "9"


HEAT_ROLES = (Role.HEAT_1, Role.HEAT_2, Role.HEAT_3, Role.HEAT_4, Role.HEAT_5)
"""Grounds of a heat map's cells, those of the lowest values first."""

MARK_ROLES = (Role.MARK_1, Role.MARK_2, Role.MARK_3, Role.MARK_4)


@dataclass(frozen=True)
class Cells:
    """A grid, top row first.

    Attributes:
        text: rows of cells; a cell is one character with what combines with it, ``""`` the second half
            of a character that takes two cells.
        roles: rows as long, one role's value a cell.
    """

    text: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.text)

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.text[0]) if self.text else 0

    def lines(self) -> list[str]:
        """Return the rows as plain text, without spaces at their ends."""
        return ["".join(row).rstrip() for row in self.text]

    def runs(self, row: int) -> Iterator[tuple[str, Role]]:
        """Yield a row's stretches of one role, left to right."""
        text, roles = self.text[row], self.roles[row]
        start = 0
        for place in range(1, len(roles) + 1):
            if place == len(roles) or roles[place] != roles[start]:
                yield "".join(text[start:place]), Role(roles[start])
                start = place


class Sheet:
    """Cells while they are written on."""

    def __init__(self, width: int, height: int) -> None:
        """Begin with blanks."""
        self.width, self.height = width, height
        self._text = [[" "] * width for _ in range(height)]
        self._roles = [[str(Role.PLAIN)] * width for _ in range(height)]

    def put(self, column: int, row: int, character: str, role: Role) -> None:
        """Write one character of one cell; outside the sheet nothing happens."""
        if 0 <= row < self.height and 0 <= column < self.width:
            self._text[row][column] = character
            self._roles[row][column] = role

    def lay(self, column: int, row: int, text: str, role: Role) -> int:
        """Write characters of one cell each, for all of which there is room; return the column after them."""
        after = column + len(text)
        self._text[row][column:after] = text
        self._roles[row][column:after] = str(role) * len(text)
        return after

    def write(self, column: int, row: int, text: str, role: Role) -> int:
        """Write text from a column on, cut at the sheet's end; return the column after it."""
        for cell in split_cells(text):
            if column >= self.width or (len(cell) > 1 and cell[1] == "" and column + 1 >= self.width):
                break
            for part in cell:
                self.put(column, row, part, role)
                column += 1
        return column

    def cells(self) -> Cells:
        """Return what is written."""
        return Cells(tuple(map(tuple, self._text)), tuple("".join(row) for row in self._roles))


def split_cells(text: str) -> list[tuple[str, ...]]:
    """Split text into what stands together: ``(c,)`` or, for two cells, ``(c, "")``."""
    split: list[tuple[str, ...]] = []
    for character in text:
        if unicodedata.combining(character) and split:
            split[-1] = (split[-1][0] + character, *split[-1][1:])
        elif unicodedata.east_asian_width(character) in "WF":
            split.append((character, ""))
        else:
            split.append((character,))
    return split


def cells_wide(text: str) -> int:
    """Return how many cells a text takes."""
    return len(text) if text.isascii() else sum(map(len, split_cells(text)))


def cut(text: str, width: int) -> str:
    """Return a text that takes at most ``width`` cells; one that is cut ends in an ellipsis."""
    if cells_wide(text) <= width:
        return text
    kept, room = "", width - 1
    for cell in split_cells(text):
        if len(cell) > room:
            break
        kept += cell[0]
        room -= len(cell)
    return kept + "…" if width > 0 else ""


def text_cells(lines: Iterable[Sequence[tuple[str, Role]]], width: int, height: int) -> Cells:
    """Return lines of text as cells: each a sequence of pieces with their role, cut at the right edge."""
    sheet = Sheet(width, height)
    for row, line in enumerate(lines):
        column = 0
        for text, role in line:
            column = sheet.write(column, row, text, role)
    return sheet.cells()


def above(upper: Cells, lower: Cells) -> Cells:
    """Return two grids of one width, one above the other."""
    return Cells(upper.text + lower.text, upper.roles + lower.roles)


def beside(left: Cells, right: Cells, gap: int) -> Cells:
    """Return two grids of one height, one beside the other with ``gap`` blanks between."""
    text = tuple((*a, *" " * gap, *b) for a, b in zip(left.text, right.text, strict=True))
    blanks = Role.PLAIN * gap
    return Cells(text, tuple(a + blanks + b for a, b in zip(left.roles, right.roles, strict=True)))


@dataclass(frozen=True)
class Span:
    """Cells ``start <= column < stop`` of a row."""

    row: int
    start: int
    stop: int


def changed_spans(before: Cells, after: Cells, gap: int = 3) -> list[Span]:
    """Return where two grids of one size differ, row by row from the left.

    Args:
        before, after: the grids.
        gap: stretches with at most so many equal cells between them are one: to go there costs a
            terminal more than to write them again.
    """
    spans: list[Span] = []
    rows = zip(before.text, after.text, before.roles, after.roles, strict=True)
    for row, (old, new, old_roles, new_roles) in enumerate(rows):
        if old == new and old_roles == new_roles:
            continue
        start = stop = -1
        for column in range(len(new)):
            if old[column] == new[column] and old_roles[column] == new_roles[column]:
                continue
            if start >= 0 and column - stop > gap:
                spans.append(Span(row, start, stop))
                start = -1
            if start < 0:
                start = column
            stop = column + 1
        # half of a wide character cannot be written
        while start > 0 and "" in (new[start], old[start]):
            start -= 1
        while stop < len(new) and "" in (new[stop], old[stop]):
            stop += 1
        spans.append(Span(row, start, stop))
    return spans
