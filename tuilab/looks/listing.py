"""A look as every export format takes it."""

from tuilab.looks.page import Page
from tuilab.results import document
from tuilab.results.format import Listing


def listing(page: Page) -> Listing:
    """Return a page for people, its first table for a spreadsheet, and its numbers for a program."""
    columns, rows = [], []
    if page.tables:
        table = page.tables[0]
        columns = [head.heading or table.caption for head in table.columns]
        rows = [dict(zip(columns, line, strict=True)) for line in table.cells]
    return Listing(
        document.Page(page.title, page.paragraphs, page.tables, page.notes), columns, rows, page.facts
    )
