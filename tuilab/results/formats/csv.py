"""Rows as CSV: every field, then a column for each setting that any of them has; nothing is rounded."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from tuilab.results.format import Format
from tuilab.results.rows import FIELDS, Row
from tuilab.terminal import clean


def text(rows: Sequence[Row]) -> str:
    """Return the table; control characters are made visible, and what is not a number is said to be none."""
    settings = [row.settings for row in rows]
    columns = list(dict.fromkeys([*FIELDS, *(key for each in settings for key in each)]))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row, own in zip(rows, settings, strict=True):
        writer.writerow({key: _cell(value) for key, value in {**own, **row.values}.items()})
    return out.getvalue()


def _cell(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


FORMAT = Format("csv", "CSV, every column and setting, for a spreadsheet", "csv", text, for_programs=True)
