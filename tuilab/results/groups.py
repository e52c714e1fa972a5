"""Rows in groups that may be compared with each other: like only beside like, whatever they are sorted by."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.results.alike import captions
from tuilab.results.columns import Column, made_at
from tuilab.results.rows import Row


@dataclass(frozen=True)
class Group:
    """Rows that may be compared with each other.

    Attributes:
        caption: what they share, in one line, safe to show.
        rows: in the wanted order.
    """

    caption: str
    rows: tuple[Row, ...]


def groups(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Put rows into groups of the same images, weights and pixels, in the order in which they come.

    Those whose images are not known are one group, which says that they are not to be compared.
    """
    found: dict[tuple[Any, ...] | None, list[Row]] = {}
    for row in rows:
        found.setdefault(None if row.values["dataset"] is None else row.alike, []).append(row)
    known = [key for key in found if key is not None]
    headings: dict[tuple[Any, ...] | None, str] = {None: "images not read, so not compared"}
    headings |= zip(known, captions([found[key][0].values for key in known]), strict=True)
    return tuple(Group(headings[key], tuple(members)) for key, members in found.items())


def sorted_groups(rows: Iterable[Row], column: Column, *, descending: bool) -> tuple[Group, ...]:
    """Put rows into groups of like ones, the group with the newest run first, and sort each by a column.

    What has no value in the column comes last either way; rows of one value stand newest first.
    """
    newest_first = sorted(rows, key=lambda row: made_at(row.values), reverse=True)
    return tuple(
        Group(group.caption, tuple(_sorted(group.rows, column, descending))) for group in groups(newest_first)
    )


def _sorted(rows: Sequence[Row], column: Column, descending: bool) -> Iterable[Row]:
    def order(row: Row) -> Any:
        value = column.value(row.values)
        return value.casefold() if isinstance(value, str) else value

    known = [row for row in rows if _is_known(column.value(row.values))]
    yield from sorted(known, key=order, reverse=descending)
    yield from (row for row in rows if not _is_known(column.value(row.values)))


def _is_known(value: Any) -> bool:
    return value not in (None, "", "-") and not (isinstance(value, float) and math.isnan(value))
