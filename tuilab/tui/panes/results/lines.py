"""Entries as lines of the table: filtered, in groups of like runs, with marks and colours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from tuilab.plots.charts import SIGNS
from tuilab.results.columns import ALWAYS_IN_APP, IN_APP, Column, worth_showing
from tuilab.results.groups import Group, sorted_groups
from tuilab.results.row_filter import RowFilter
from tuilab.tui.panes.results.entries import Entries, Entry
from tuilab.tui.panes.results.table_line import GAP, Head, Line
from tuilab.tui.run_book import MOST_MARKS, RunBook

_LEAST = {"run": len("24 Nov 02:24"), "preset": 12}
"""How narrow columns may become to make room for those that matter most."""
_TELLING = "state"
"""The last column for which others become narrower."""
_PLACES = {column.key: place for place, column in enumerate(IN_APP)}


@dataclass(frozen=True)
class View:
    """What a person asked to see.

    Attributes:
        column: what rows are sorted by.
        descending: the largest, or newest, first.
        filter: which rows stay; None: all.
        room: cells that a line has.
    """

    column: Column = IN_APP[0]
    descending: bool = True
    filter: RowFilter | None = None
    room: int = 1000

    def sorted_by(self, column: Column) -> "View":
        """Return the view by another column, newest or best first, words from A; by the same, reversed."""
        same = column.key == self.column.key
        descending = not self.descending if same else column.number or column.key == "run"
        return replace(self, column=column, descending=descending)


@dataclass(frozen=True)
class Drawn:
    """A table ready to be shown.

    Attributes:
        groups: the rows that the filter keeps.
        columns: those worth showing.
        heads: for the marks, then for ``columns``.
        lines: runs, and a heading above each group where there are several.
    """

    groups: tuple[Group, ...]
    columns: tuple[Column, ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]

    @property
    def runs(self) -> int:
        """How many runs are shown."""
        return sum(len(group.rows) for group in self.groups)


def draw(book: RunBook, entries: Entries, view: View) -> Drawn:
    """Return what the table shows of all runs that were worked out."""
    known = [entry for run in book.runs if (entry := entries.get(run.id)) is not None]
    if view.filter is not None:
        known = [entry for entry in known if view.filter.keeps(entry.row, entry.words)]
    groups = sorted_groups((entry.row for entry in known), view.column, descending=view.descending)
    columns = worth_showing(IN_APP, (entry.texts for entry in known), ALWAYS_IN_APP)
    lines: list[Line] = []
    by_id, pick = {entry.row.id: entry for entry in known}, _picker(columns)
    for n, group in enumerate(groups):
        if len(groups) > 1:
            runs = f"{len(group.rows)} run{'s' if len(group.rows) > 1 else ''}"
            lines.append(Line(f"group {n}", heading=f"{group.caption} · {runs}"))
        lines += [_line(book, by_id[row.id], pick) for row in group.rows]
    return Drawn(groups, columns, _heads(known, columns, view), tuple(lines))


def counted(runs: int, drawn: Drawn, view: View) -> str:
    """Return how many of ``runs`` a table shows, what it is sorted by, and the caption of its only group."""
    if not runs:
        return ""
    many = f"{runs} run{'s' if runs > 1 else ''}"
    count = f"{drawn.runs} of {many}" if view.filter is not None else many
    if view.column.key != IN_APP[0].key:
        count += f", by {view.column.head}"
    # several groups have their captions above them
    return f"{count} · {drawn.groups[0].caption}" if len(drawn.groups) == 1 else count


def column_of(key: str) -> Column | None:
    """Return a column of the table by its key."""
    place = _PLACES.get(key)
    return None if place is None else IN_APP[place]


def line(book: RunBook, entry: Entry, columns: Sequence[Column]) -> Line:
    """Return one run's line."""
    return _line(book, entry, _picker(columns))


def _picker(columns: Sequence[Column]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    # there are always several: then itemgetter returns a tuple
    return itemgetter(*(_PLACES[column.key] for column in columns))


def _line(book: RunBook, entry: Entry, pick: Callable[[Sequence[str]], tuple[str, ...]]) -> Line:
    mark, role = _mark(book, entry.row.id)
    return Line(entry.row.id, (mark, *pick(entry.texts)), (role, *pick(entry.roles)))


def _mark(book: RunBook, run_id: str) -> tuple[str, str]:
    """Return an arrow for the shown run, and the letter that a run's curve has in the plots."""
    letter = book.letter(run_id)
    if run_id == book.shown:
        return f"→{letter}", "results--live"
    place = SIGNS.find(letter) + 1 if letter else 0
    return letter, f"results--mark-{place}" if 0 < place <= MOST_MARKS else ""


def _heads(entries: Sequence[Entry], columns: Sequence[Column], view: View) -> tuple[Head, ...]:
    widest = [max(widths) for widths in zip(*(entry.widths for entry in entries), strict=True)]
    heads = [Head("mark", "", 2)]
    for column in columns:
        label = column.head
        if column.key == view.column.key:
            label += " ▼" if view.descending else " ▲"
        content = min(widest[_PLACES[column.key]], column.widest) if widest else 0
        heads.append(Head(column.key, label, max(len(label), content), column.number))
    return _given_way(heads, view.room)


def _given_way(heads: Sequence[Head], room: int) -> tuple[Head, ...]:
    """Cut names short where a run's state would not be whole otherwise; a preset's only if it is then."""
    keys = [head.key for head in heads]
    telling = heads[: keys.index(_TELLING) + 1]
    excess = sum(head.width + GAP for head in telling) - GAP - room
    given = list(heads)
    for key, least in _LEAST.items():
        place = keys.index(key)
        spare = max(heads[place].width - least, 0)
        if excess > 0 and (key == "run" or excess <= spare):
            taken = min(excess, spare)
            given[place] = replace(heads[place], width=heads[place].width - taken)
            excess -= taken
    return tuple(given)
