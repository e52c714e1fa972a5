"""Runs as rows of the results, read from their folders."""

from tuilab.results.changes import Origin
from tuilab.results.columns import IN_APP
from tuilab.results.rows import Row, fixed, row
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def row_of(run: Run, parent: Run | None = None) -> Row:
    """Return a run's row, its parent worked out as well."""
    summary = summarize(run)
    origin = Origin(parent.manifest(), parent.experiment()) if parent else None
    part = fixed(run.experiment(), summary.manifest, origin)
    return row(part, summary, row_of(parent) if parent else None)


def in_app(made: Row) -> dict[str, str]:
    """Return a row's cells in the app's table, by column."""
    return {column.key: column.text(made.values) for column in IN_APP}
