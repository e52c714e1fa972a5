"""Rows as the tables of a document: for each group of like runs its columns, heads and cells.

Markdown, LaTeX and whatever else is read by people differ in how they write these, not in what they say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuilab.results.columns import ALWAYS_IN_DOCUMENTS, IN_DOCUMENTS, Column, course_notes, worth_showing
from tuilab.results.groups import groups
from tuilab.results.rows import Row


@dataclass(frozen=True)
class Table:
    """A table of like runs; all of its texts are one line each and hold no control characters.

    Attributes:
        caption: what its runs share.
        columns: those in which a run has something to say.
        cells: for each run one a column.
        notes: what the marks in it mean.
    """

    caption: str
    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    notes: Sequence[str]


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Yield a table for each group of rows that may be compared."""
    for group in groups(rows):
        values = [row.values for row in group.rows]
        texts = [[column.text(each) for column in IN_DOCUMENTS] for each in values]
        columns = worth_showing(IN_DOCUMENTS, texts, ALWAYS_IN_DOCUMENTS)
        cells = [[column.cell(each) for column in columns] for each in values]
        yield Table(group.caption, columns, cells, course_notes(values))
