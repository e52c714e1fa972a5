"""The app's results table as CSV, Markdown or JSON: the same rows, nothing rounded but in Markdown."""

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

from tuilab.results import results
from tuilab.results.columns import COLUMNS, Group, worth_showing
from tuilab.results.markdown_table import markdown_table
from tuilab.results.rows import TableRow
from tuilab.terminal import clean

Form = Literal["csv", "md", "json"]
"""How a table is written; also the file's suffix."""
FORMS: tuple[Form, ...] = get_args(Form)

FIELDS: tuple[str, ...] = (
    *results.COLUMNS,
    "created",
    "limit",
    "planned_epochs",
    "test_images",
    "state",
    "reason",
    "verdict",
    "against_parent",
    "diverged",
)
"""Columns of CSV and JSON: those of ``tuilab results``, then the app's own; ``against_parent`` in points."""


def export(groups: Sequence[Group], form: Form) -> str:
    """Return the table as text with a newline at its end; only JSON says nothing of what is not a number."""
    rows = [row for group in groups for row in group.rows]
    match form:
        case "csv":
            return _csv(rows)
        case "json":
            return json.dumps([_record(row) for row in rows], indent=1, ensure_ascii=False) + "\n"
        case "md":
            return markdown(groups) + "\n"


def markdown(groups: Sequence[Group]) -> str:
    """Return a table a group, each under what its rows share; only columns that say something."""
    return "\n\n".join(f"**{group.caption}**\n\n{_table(group.rows)}" for group in groups)


def _table(rows: Sequence[TableRow]) -> str:
    texts = [[column.text(row) for column in COLUMNS] for row in rows]
    columns = worth_showing(texts)
    cells = ([column.text(row).strip() for column in columns] for row in rows)
    return markdown_table([column.head for column in columns], cells)


def _values(row: TableRow) -> dict[str, Any]:
    own = {
        "state": row.state,
        "reason": row.reason,
        "verdict": row.verdict,
        "against_parent": row.against_parent,
        "diverged": row.diverged,
    }
    return {name: {**row.values, **own}[name] for name in FIELDS}


def _record(row: TableRow) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in _values(row).items()
    }


def _csv(rows: Sequence[TableRow]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: clean(value) if isinstance(value, str) else value for name, value in _values(row).items()}
        )
    return text.getvalue()
