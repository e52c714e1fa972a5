"""Rows, and comparisons of two, as what a document says: titles, paragraphs, tables with heads and cells.

Markdown, LaTeX and whatever else is read by people differ in how they write these, not in what they say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuilab.results.columns import (
    ALWAYS_IN_DOCUMENTS,
    IN_DOCUMENTS,
    course_notes,
    name_of,
    worth_showing,
)
from tuilab.results.comparison import LETTERS, Side, compare, value_text
from tuilab.results.groups import groups
from tuilab.results.rows import Row
from tuilab.terminal import clean


@dataclass(frozen=True)
class Head:
    """What stands above a column.

    Attributes:
        heading: its name.
        number: whether it holds numbers, which are set to the right.
    """

    heading: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table; all of its texts are one line each and hold no control characters.

    Attributes:
        caption: what its runs share, or what it is about; may be empty.
        columns: those in which there is something to say.
        cells: for each line one a column.
        notes: what the marks in it mean.
    """

    caption: str
    columns: Sequence[Head]
    cells: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """A document of its own, as of two runs compared; its texts are as those of a table.

    Attributes:
        title: what it is about.
        paragraphs: what comes of it, in sentences.
        tables: what was measured; of two runs also the settings that differ, where any do.
        notes: what stands below them, a line each.
    """

    title: str
    paragraphs: Sequence[str]
    tables: Sequence[Table]
    notes: Sequence[str]


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Yield a table for each group of rows that may be compared."""
    for group in groups(rows):
        values = [row.values for row in group.rows]
        texts = [[column.text(each) for column in IN_DOCUMENTS] for each in values]
        columns = worth_showing(IN_DOCUMENTS, texts, ALWAYS_IN_DOCUMENTS)
        cells = [[column.cell(each) for column in columns] for each in values]
        heads = [Head(column.heading, column.number) for column in columns]
        yield Table(group.caption, heads, cells, course_notes(values))


def page(first: Side, second: Side) -> Page:
    """Return the comparison of two runs."""
    found, sides = compare(first, second), (first, second)
    titles = [run_title(side.row) for side in sides]
    names = [f"{letter}: {title}" for letter, title in zip(LETTERS, titles, strict=True)]
    runs = [Head(name, number=True) for name in names]
    measured = [(m.name, m.first, m.second, m.difference) for m in found.measures if m.first or m.second]
    changed = list(found.course)
    changed += [(item.key, value_text(item.before), value_text(item.after)) for item in found.settings]
    shown = [Table("", [Head("measured"), *runs, Head("B - A", number=True)], measured)]
    if changed:
        shown.append(Table("", [Head("setting"), *(Head(name) for name in names)], changed))
    return Page(
        " and ".join(titles),
        [text for text in (found.confounded, found.verdict) if text],
        shown,
        [
            f"{found.same} settings are the same.",
            *(f"{letter} is run {side.row.id}" for letter, side in zip(LETTERS, sides, strict=True)),
        ],
    )


def run_title(row: Row) -> str:
    """Return what a run is called beside another one: its preset, and its name or its time."""
    return f"{clean(row.values['preset'])} ({name_of(row.values).strip()})"
