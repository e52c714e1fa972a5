"""Rows as CSV: every field, then a column for each setting that any of them has; nothing is rounded."""

import math
from collections.abc import Sequence
from typing import Any

from tuilab.results.comparison import Side, compare, value_text
from tuilab.results.format import Format, Listing
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


def compared(first: Side, second: Side) -> str:
    """Return a line for each measure, column of the course and setting that differs, and what that means."""
    import csv
    import io

    found, sides = compare(first, second), (first, second)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("kind", "name", "first", "second", "difference"))
    writer.writerow(("run", "run", *(side.row.id for side in sides), ""))
    for key in ("name", "preset"):
        writer.writerow(("run", key, *(clean(side.row.values[key]) for side in sides), ""))
    for m in found.measures:
        numbers = (*m.values, m.change)
        writer.writerow(("measure", m.name, *("" if n is None else repr(n) for n in numbers)))
    for name, a, b in found.course:
        writer.writerow(("course", name, clean(a), clean(b), ""))
    for one in found.settings:
        writer.writerow(("setting", one.key, value_text(one.before), value_text(one.after), ""))
    for name, sentence in (("confounded", found.confounded), ("verdict", found.verdict)):
        if sentence:
            writer.writerow(("text", name, sentence, "", ""))
    return out.getvalue()


def listed(listing: Listing) -> str:
    """Return a list as a table, a line a row."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(listing.columns)
    writer.writerows([_cell(row.get(column)) for column in listing.columns] for row in listing.rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return clean(value) if isinstance(value, str) else value


FORMAT = Format(
    "csv",
    "CSV, every column and setting, for a spreadsheet",
    "csv",
    text,
    compared,
    listed,
    for_programs=True,
)
