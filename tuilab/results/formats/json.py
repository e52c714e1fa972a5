"""Rows as JSON: an array with an object a run, a run a line; nothing is rounded."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tuilab.results.format import Format
from tuilab.results.rows import FIELDS, Row


def text(rows: Sequence[Row]) -> str:
    """Return the array, in ASCII; a number that is not finite becomes null, which every reader takes."""
    objects = ",\n ".join(map(_object, rows))
    return f"[{objects}]\n"


def _object(row: Row) -> str:
    fields = _finite({key: row.values[key] for key in FIELDS})
    return json.dumps({**fields, "settings": _finite(row.settings)}, allow_nan=False)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }


FORMAT = Format("json", "JSON, every column and setting, for a program", "json", text, for_programs=True)
