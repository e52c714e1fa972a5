"""A page of a look as lines of at most a given width."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tuilab.looks import plotting
from tuilab.looks.page import Page, Plot
from tuilab.looks.pictures import Span
from tuilab.plots.cells import Role, cells_wide, cut
from tuilab.plots.drawing import draw_figure
from tuilab.results.document import Table

Look = Literal["plain", "title", "muted", "problem"]
_GAP = 2


@dataclass(frozen=True)
class Words:
    """Text of one look."""

    text: str
    look: Look = "plain"


@dataclass(frozen=True)
class Drawn:
    """A stretch of a plot."""

    text: str
    role: Role


Line = tuple[Words | Span | Drawn, ...]


def paragraph(text: str, width: int, look: Look = "plain") -> list[Line]:
    """Return a paragraph."""
    return [(Words(line, look),) for line in textwrap.wrap(text, max(width, 8))]


def text_lines(page: Page, width: int) -> list[Line]:
    """Return what the page says in sentences."""
    lines: list[Line] = []
    for number, text in enumerate(page.paragraphs):
        lines += [*([()] if number else []), *paragraph(text, width, "plain" if number else "title")]
    return lines


def plot_lines(page: Page, width: int, height: int, *, ascii: bool) -> list[Line]:
    """Return the page's curves, each plot ``height`` lines high, its legend below it."""
    return joined([_plot(plot, width, height, ascii) for plot in page.plots])


@lru_cache(maxsize=32)
def _plot(plot: Plot, width: int, height: int, ascii: bool) -> tuple[Line, ...]:
    cells = draw_figure(plotting.figure(plot, ascii=ascii), width, height)
    rows = (tuple(Drawn(text, role) for text, role in cells.runs(row)) for row in range(cells.height))
    return *rows, *((Words(line, "muted"),) for line in plotting.legend(plot, width))


def table_lines(tables: Sequence[Table], width: int) -> list[Line]:
    """Return tables, a blank line between two."""
    lines: list[Line] = []
    for number, table in enumerate(tables):
        lines += [*([()] if number else []), *_table(table, width)]
    return lines


def note_lines(page: Page, width: int) -> list[Line]:
    """Return how it was measured."""
    return [line for note in page.notes for line in paragraph(note, width, "muted")]


def joined(parts: Sequence[Sequence[Line]]) -> list[Line]:
    """Return parts below each other, a blank line between two; empty ones are left out."""
    lines: list[Line] = []
    for part in parts:
        if part:
            lines += [*([()] if lines else []), *part]
    return lines


def _table(table: Table, width: int) -> Iterator[Line]:
    shown = _columns_that_fit(table, width)
    widths = _widths(table, shown, width)
    if table.caption:
        yield from paragraph(table.caption, width, "title")
    heads = [textwrap.wrap(table.columns[n].heading, widths[n]) for n in range(shown)]
    tall = max(map(len, heads), default=0)
    for line in range(tall):
        texts = [head[line - tall + len(head)] if line >= tall - len(head) else "" for head in heads]
        yield (Words(_row(table, texts, widths), "muted"),)
    for cells in table.cells:
        yield (Words(_row(table, cells[:shown], widths)),)
    for note in table.notes:
        yield from paragraph(note, width, "muted")
    if shown < len(table.columns):
        names = ", ".join(head.heading or "bars" for head in table.columns[shown:])
        yield from paragraph(f"No room here for: {names}.", width, "muted")


def _columns_that_fit(table: Table, width: int) -> int:
    least = [max(cells, words) for cells, words, _ in _measures(table)]
    count = len(least)
    while count > 1 and sum(least[:count]) + _GAP * (count - 1) > width:
        count -= 1
    return count


def _widths(table: Table, shown: int, width: int) -> list[int]:
    """Return the columns' widths: heads stand in one line as far as there is room, else they are divided."""
    measures = _measures(table)[:shown]
    widths = [max(cells, words) for cells, words, _ in measures]
    spare = width - sum(widths) - _GAP * (shown - 1)
    for more, n in sorted((whole - widths[n], n) for n, (_, _, whole) in enumerate(measures)):
        if 0 < more <= spare:
            widths[n] += more
            spare -= more
    return [min(wide, max(width, 1)) for wide in widths]


def _measures(table: Table) -> list[tuple[int, int, int]]:
    """Return for each column the widest cell, the longest word of its head, and the whole head."""
    found = []
    for n, head in enumerate(table.columns):
        cells = max((cells_wide(line[n]) for line in table.cells), default=0)
        words = max(map(cells_wide, head.heading.split()), default=0)
        found.append((cells, words, cells_wide(head.heading)))
    return found


def _row(table: Table, texts: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for text, head, wide in zip(texts, table.columns, widths, strict=False):
        short = cut(text, wide)
        blanks = " " * (wide - cells_wide(short))
        parts.append(blanks + short if head.number else short + blanks)
    return (" " * _GAP).join(parts).rstrip()
