"""Rows as CSV: every field, then a column for each setting that any of them has; nothing is rounded."""

import math
from collections.abc import Sequence
from typing import Any

from tuilab.results.format import Format
from tuilab.results.rows import FIELDS, Row
from tuilab.terminal import clean


def text(rows: Sequence[Row]) -> str:
    """Return the table; control characters are made visible, and what is not a number is written as nan."""
    import pandas as pd  # takes half a second: whoever exports waits for it, nobody else

    # as objects: what was not measured stays apart from what is not a number, whole numbers stay whole
    values = [{key: _cell(value) for key, value in {**row.settings, **row.values}.items()} for row in rows]
    settings = [key for row in rows for key in row.settings]
    columns = list(dict.fromkeys([*FIELDS, *settings]))
    return pd.DataFrame(values, columns=columns, dtype=object).to_csv(index=False, lineterminator="\n")


def _cell(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return clean(value) if isinstance(value, str) else value


FORMAT = Format("csv", "CSV, every column and setting, for a spreadsheet", "csv", text, for_programs=True)
