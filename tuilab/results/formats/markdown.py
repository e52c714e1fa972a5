"""Rows as Markdown: a table for each group of like runs; two runs compared, or another list, as a page."""

from collections.abc import Iterable, Sequence

from tuilab.results.comparison import Side
from tuilab.results.document import Page, Table, page, tables
from tuilab.results.format import Format, Listing
from tuilab.results.rows import Row


def text(rows: Sequence[Row]) -> str:
    """Return the tables, each below what its runs share."""
    parts: list[str] = []
    for table in tables(rows):
        parts += [f"**{table.caption}**", _table(table)]
        parts += [note.replace("*", "\\*") for note in table.notes]
    return "\n\n".join(parts) + "\n"


def compared(first: Side, second: Side) -> str:
    """Return the comparison of two runs as a page of its own."""
    return _page(page(first, second))


def listed(listing: Listing) -> str:
    """Return a list as a page of its own."""
    return _page(listing.page)


def _page(found: Page) -> str:
    parts = [f"# {found.title}", *found.paragraphs]
    for table in found.tables:
        parts += [f"**{table.caption}**"] if table.caption else []
        parts += [_table(table), *table.notes]
    if found.notes:
        parts.append("\n".join(f"- {note}" for note in found.notes))
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    return markdown_table([column.heading for column in table.columns], table.cells)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without a newline at its end; bars in cells are escaped.

    Args:
        head: the columns' names.
        rows: as many cells each; cells hold no newlines (``terminal.clean`` sees to that).
    """
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in (head, *rows))
    first, *rest = (f"| {' | '.join(line)} |" for line in escaped)
    return "\n".join([first, f"|{' --- |' * len(head)}", *rest])


FORMAT = Format(
    "markdown", "Markdown, a table for each group of like runs, for a report", "md", text, compared, listed
)
