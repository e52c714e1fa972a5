"""What colours the cells of the results table; the words in them say the same."""

from typing import assert_never

from tuilab.results.columns import Column
from tuilab.results.rows import Row
from tuilab.runs.state import State

_MUTED = frozenset(
    {"epochs", "seconds", "data", "weights", "pixels", "seed", "device", "from", "id", "tensors"}
)


def role(row: Row, column: Column) -> str:
    """Return the component class of a cell, of those that ``ResultsTable`` has; empty: plain."""
    match column.key:
        case "state":
            return _of_state(row.state)
        case "expected":
            return "results--good" if row.verdict in ("within", "above") else "results--muted"
        case "parent":
            return _against(row.against_parent)
        case "changed":
            return "results--changed"
        case _:
            return "results--muted" if column.key in _MUTED else ""


def _of_state(state: State) -> str:
    match state:
        case "queued" | "waiting":
            return "results--muted"
        case "running":
            return "results--live"
        case "done":
            return "results--good"
        case "failed" | "interrupted" | "unreachable":
            return "results--bad"
        case "stopped":
            return ""
        case _:
            assert_never(state)


def _against(points: float | None) -> str:
    if points is None:
        return "results--muted"
    return "results--good" if points > 0 else "results--bad" if points < 0 else ""
