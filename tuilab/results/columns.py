"""The columns of the app's results table: heads, texts, and what they are sorted and filtered by."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuilab.results import results
from tuilab.results.number_text import number_text
from tuilab.results.rows import TableRow
from tuilab.runs.metrics import FURTHER, SHARE
from tuilab.terminal import clean

SIGNS = {
    "waiting": "○",
    "running": "●",
    "done": "✓",
    "stopped": "■",
    "failed": "×",
    "interrupted": "◇",
    "unreachable": "?",
}
"""A sign beside the word of each state."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: what a person writes in the filter, as ``test>0.5``.
        head: what stands above it.
        text: a row's cell, safe to show.
        value: what it is sorted and filtered by; None sorts last.
        number: whether it is set to the right and compared as a number.
        widest: the most cells it takes; longer texts end in an ellipsis.
        share: whether its numbers are shares of 1, so that 50 in a filter means 0.5.
    """

    key: str
    head: str
    text: Callable[[TableRow], str]
    value: Callable[[TableRow], Any]
    number: bool = False
    widest: int = 30
    share: bool = False


def name_of(row: TableRow) -> str:
    """Return what a person calls a run: its name, or the minute in which it was made."""
    return clean(row.values["name"]) or _made(row.id)


def points(value: float) -> str:
    """Return a difference in points with its sign: ``+3.4``, ``−0.2``, ``0.0``."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else f"+{text}" if value > 0 else f"−{text}"


def _made(run_id: str) -> str:
    try:
        made = datetime.fromisoformat(run_id[:15].replace("-", "T"))
    except ValueError:  # named like a run by hand, with a thirteenth month
        return clean(run_id)
    return f"{made.day:2} {_MONTHS[made.month - 1]} {made:%H:%M}"


def _made_at(row: TableRow) -> tuple[float, str]:
    return row.values["created"], row.id


def _state(row: TableRow) -> str:
    return f"{SIGNS[row.state]} {row.word}"


def _expected(row: TableRow) -> str:
    band = row.values["course_expected"] or number_text(row.values["course_recorded"], 4)
    beside = "with all images" if row.values["course_note"] else row.verdict or ""
    return f"{band} {beside}".strip().replace("-", "–", 1) if band else ""


def _against(row: TableRow) -> str:
    if row.against_parent is not None:
        return points(row.against_parent)
    return f"n/a, {row.apart}" if row.apart else ""


def _epochs(row: TableRow) -> str:
    done, planned = row.values["epochs"], row.values["planned_epochs"]
    return str(done) if done == planned else row.progress


def _data(row: TableRow) -> str:
    name, images, limit = (row.values[key] for key in ("dataset", "training_images", "limit"))
    if name is None:
        return ""
    if images is None:
        return clean(name)
    return f"{clean(name)}, {'first ' if limit else ''}{images:,} images"


def _dash(value: Any) -> str:
    return "" if value in (None, "-") else clean(str(value))


def _plain(key: str, head: str = "", value: str = "", **more: Any) -> Column:
    source = value or key
    return Column(
        key, head or key, lambda row: _dash(row.values[source]), lambda row: row.values[source], **more
    )


def _number(key: str, head: str, value: str, digits: int, *, share: bool = False) -> Column:
    return Column(
        key,
        head,
        lambda row: number_text(row.values[value], digits),
        lambda row: row.values[value],
        number=True,
        share=share,
    )


COLUMNS: tuple[Column, ...] = (
    Column("run", "run", name_of, _made_at, widest=20),
    _plain("preset", widest=18),
    _number("test", "test", "accuracy", 4, share=True),
    _number("ce", "cross-entropy", "test_cross_entropy", 3),
    Column("state", "state", _state, lambda row: row.word),
    Column("epochs", "epochs", _epochs, lambda row: row.values["epochs"], number=True),
    Column("expected", "course", _expected, lambda row: row.verdict),
    Column("parent", "vs parent", _against, lambda row: row.against_parent, number=True),
    _number("val", "val", "val_accuracy", 4, share=True),
    _number("seconds", "seconds", "seconds", 0),
    *(
        _number(metric.name, metric.title, metric.test, metric.unit.digits, share=metric.unit is SHARE)
        for metric in FURTHER
    ),
    _plain("changed", widest=60),
    _plain("iteration"),
    _plain("blocks", value="loaded_vgg16_blocks"),
    _plain("tuned", "fine-tuned", value="fine_tuning_performed"),
    _plain("unfrozen", "unfreezed", value="unfreezed_layers"),
    _number("tensors", "trained", "trained_tensors", 0),
    Column("data", "images", _data, lambda row: row.values["dataset"], widest=40),
    _plain("weights", widest=24),
    _plain("pixels"),
    Column("seed", "seed", lambda row: str(row.values["seed"]), lambda row: row.values["seed"], number=True),
    _plain("device"),
    _plain("from", "started from", value="parent", widest=40),
    _plain("id", "folder", value="run", widest=48),
)
"""The most telling first: what stands right of the pane's edge is scrolled to. What few rows
fill comes late."""

TRANSFER_ONLY = frozenset({"iteration", "blocks", "tuned", "unfrozen"})
"""The course's own columns; a table of CNNs leaves them out."""

ALWAYS = frozenset({"run", "preset", "test", "state", "val", "ce", "epochs", "seconds", "tensors", "data"})
"""Shown even where no row has anything to say in them yet: every run will, and columns keep their place."""


def worth_showing(texts: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Return the columns in which some row has something to say; of the course's four all or none.

    Args:
        texts: for each row its cells, in the order of ``COLUMNS``.
    """
    said = {column.key for n, column in enumerate(COLUMNS) if any(cells[n] for cells in texts)}
    course = TRANSFER_ONLY if said & TRANSFER_ONLY else frozenset()
    return tuple(column for column in COLUMNS if column.key in said | ALWAYS | course)


@dataclass(frozen=True)
class Group:
    """Rows that may be compared with each other.

    Attributes:
        caption: what they share, in one line, safe to show.
        rows: in the wanted order.
    """

    caption: str
    rows: tuple[TableRow, ...]


def grouped(rows: Iterable[TableRow], column: Column, *, descending: bool) -> tuple[Group, ...]:
    """Put rows into groups of like ones, the group with the newest run first, and sort each by a column.

    What has no value in the column comes last either way; rows of one value stand newest first.
    """
    groups: dict[tuple[Any, ...] | None, list[TableRow]] = {}
    for row in sorted(rows, key=_made_at, reverse=True):
        groups.setdefault(None if row.values["dataset"] is None else row.alike, []).append(row)
    known = [key for key in groups if key is not None]
    captions: dict[tuple[Any, ...] | None, str] = {None: "images not read, so not compared"}
    captions |= zip(known, results.captions([groups[key][0].values for key in known]), strict=True)
    return tuple(
        Group(captions[key], tuple(_sorted(members, column, descending))) for key, members in groups.items()
    )


def _sorted(rows: Sequence[TableRow], column: Column, descending: bool) -> Iterable[TableRow]:
    def order(row: TableRow) -> Any:
        value = column.value(row)
        return value.casefold() if isinstance(value, str) else value

    known = [row for row in rows if _is_known(column.value(row))]
    yield from sorted(known, key=order, reverse=descending)
    yield from (row for row in rows if not _is_known(column.value(row)))


def _is_known(value: Any) -> bool:
    return value not in (None, "", "-") and not (isinstance(value, float) and math.isnan(value))
