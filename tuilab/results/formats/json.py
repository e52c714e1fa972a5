"""Rows as JSON: an array with an object a run, a run a line; nothing is rounded."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tuilab.results.comparison import Side, compare
from tuilab.results.format import Format, Listing
from tuilab.results.rows import FIELDS, Row


def text(rows: Sequence[Row]) -> str:
    """Return the array, in ASCII; a number that is not finite becomes null, which every reader takes."""
    objects = ",\n ".join(map(_object, rows))
    return f"[{objects}]\n"


def compared(first: Side, second: Side) -> str:
    """Return an object: both runs as the array has them, what was measured, what differs, what that means.

    ``difference`` is second less first, null if there is none or the runs are not alike; in what they are
    not is in ``not_alike``.
    """
    found = compare(first, second)
    content = {
        "runs": [_values(side.row) for side in (first, second)],
        "not_alike": found.apart,
        "confounded": found.confounded or None,
        "verdict": found.verdict,
        "measures": [
            _finite({"name": m.name, "first": m.values[0], "second": m.values[1], "difference": m.change})
            for m in found.measures
        ],
        "course": [{"name": name, "first": a, "second": b} for name, a, b in found.course],
        "settings": [
            {"name": one.key, **_finite({"first": one.before, "second": one.after})} for one in found.settings
        ],
        "same_settings": found.same,
    }
    return json.dumps(content, allow_nan=False) + "\n"


def listed(listing: Listing) -> str:
    """Return a list as the object that it is."""
    return json.dumps(_finite(listing.content), allow_nan=False) + "\n"


def _object(row: Row) -> str:
    return json.dumps(_values(row), allow_nan=False)


def _values(row: Row) -> dict[str, Any]:
    return {**_finite({key: row.values[key] for key in FIELDS}), "settings": _finite(row.settings)}


def _finite(value: Any) -> Any:
    """Return a value as JSON can have it."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value


FORMAT = Format(
    "json", "JSON, every column and setting, for a program", "json", text, compared, listed, for_programs=True
)
