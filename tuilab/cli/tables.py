"""Tables for a terminal of any width: one readable table, whatever is in it.

Columns get room by their rank. If one does not fit, what it says stands in a line below its row
(``below``) or is left out; the caller says so. No cell is ever cut or broken.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import typer
from rich.cells import cell_len

from tuilab.cli.wrapping import print_sentence, width_of, wrap
from tuilab.results.columns import Place
from tuilab.results.document import Table

_GAP = 2
"""Blanks between two columns."""
_INDENT = "    "
_FOLDED_FROM = 12
"""Longest head that stays on one line where room is short."""

Row = Mapping[str, str]
"""A row's cells by their column's key; clean text."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its cells' name in a row.
        head: what stands above it.
        rank: 0 is always shown; of the others those of a lower rank get room first.
        right: whether it is set to the right.
        below: whether what it says stands below its row if there is no room for the column.
    """

    key: str
    head: str
    rank: int
    right: bool = False
    below: bool = False


def placed(place: Place) -> Column:
    """Return a column of the results for a terminal."""
    column = place.column
    return Column(column.key, column.heading, place.rank, right=column.number, below=place.below)


def width_of_stdout() -> int | None:
    """Return the columns of the terminal; None for a file or a pipe, where a line is as long as it likes."""
    return width_of(sys.stdout)


@dataclass(frozen=True)
class Fitted:
    """Rows that were fitted to a width.

    Attributes:
        lines: the table as text.
        left_out: heads of columns that are neither in it nor below a row.
    """

    lines: tuple[str, ...]
    left_out: tuple[str, ...]


def fitted(columns: Sequence[Column], rows: Sequence[Row], width: int | None) -> Fitted:
    """Return a table of the columns that have something to say.

    Args:
        columns: in the order in which they stand beside each other.
        rows: with a cell for each column.
        width: columns of the terminal; None: as many as there are.
    """
    filled = [c for c in columns if c.rank == 0 or any(row[c.key] for row in rows)]
    heads = {c.key: [c.head] for c in filled}
    sizes = _sizes(heads, rows)
    if width is not None and sum(size + _GAP for size in sizes.values()) - _GAP > width:
        heads = {c.key: _folded(c.head) for c in filled}
        sizes = _sizes(heads, rows)
    shown = {c.key for c in filled}
    if width is not None:
        shown, room = set[str](), width + _GAP
        for column in sorted(filled, key=lambda c: c.rank):
            if column.rank == 0 or sizes[column.key] + _GAP <= room:
                shown.add(column.key)
                room -= sizes[column.key] + _GAP
    beside = [c for c in filled if c.key in shown]
    below = [c for c in filled if c.key not in shown and c.below]
    lines = [_line(beside, sizes, head) for head in _stacked(beside, heads)]
    total = sum(sizes[c.key] + _GAP for c in beside) - _GAP
    lines.append(_rule() * min(total, width or total))
    for row in rows:
        lines.append(_line(beside, sizes, row))
        lines += _lines_below(below, row, width or total)
    return Fitted(tuple(lines), tuple(c.head for c in filled if c not in beside and c not in below))


def print_table(table: Table) -> None:
    """Print a table of a document: its columns get room from the left."""
    if table.caption:
        typer.echo(table.caption)
    columns = [
        Column(str(n), head.heading, 0 if n == 0 else n, right=head.number)
        for n, head in enumerate(table.columns)
    ]
    cells = [{str(n): cell for n, cell in enumerate(line)} for line in table.cells]
    found = fitted(columns, cells, width_of_stdout())
    typer.echo("\n".join(found.lines))
    for note in table.notes:
        print_sentence(note)
    if found.left_out:
        print_sentence(f"No room here for: {', '.join(found.left_out)}.")


def _sizes(heads: Mapping[str, Sequence[str]], rows: Sequence[Row]) -> dict[str, int]:
    """Return how wide each column is."""
    return {
        key: max(map(cell_len, [*head, *(row[key] for row in rows)]), default=0)
        for key, head in heads.items()
    }


def _line(columns: Sequence[Column], sizes: Mapping[str, int], row: Row) -> str:
    cells = [_padded(row[c.key], sizes[c.key], right=c.right) for c in columns]
    return (" " * _GAP).join(cells).rstrip()


def _padded(text: str, size: int, *, right: bool) -> str:
    blank = " " * (size - cell_len(text))
    return blank + text if right else text + blank


def _lines_below(columns: Sequence[Column], row: Row, width: int) -> Iterator[str]:
    for column in columns:
        if row[column.key]:
            indent = _INDENT + " " * (cell_len(column.head) + 1)
            first, *rest = wrap(row[column.key], width - len(indent))
            yield f"{_INDENT}{column.head} {first}"
            yield from (indent + line for line in rest)


def _stacked(columns: Sequence[Column], heads: Mapping[str, list[str]]) -> Iterator[Row]:
    """Yield the lines of the heads; short heads stand on the last one."""
    height = max(len(heads[c.key]) for c in columns)
    for line in range(height):
        places = {c.key: line - (height - len(heads[c.key])) for c in columns}
        yield {c.key: heads[c.key][places[c.key]] if places[c.key] >= 0 else "" for c in columns}


def _folded(head: str) -> list[str]:
    """Break a long head at the underscore, hyphen or blank nearest its middle."""
    breaks = [n + 1 for n, character in enumerate(head) if character in "_- "]
    if len(head) <= _FOLDED_FROM or not breaks:
        return [head]
    middle = min(breaks, key=lambda n: abs(n - len(head) / 2))
    return [head[:middle].rstrip(), head[middle:]]


def _rule() -> str:
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    return "─" if unicode else "-"
