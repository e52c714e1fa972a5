"""The table of trials: the ranked ones best first, then those that train, wait, were pruned or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import assert_never

from tuilab.plots.cells import Cells, Role, Sheet, cut
from tuilab.sweeps.board import Board, Trial, TrialState
from tuilab.sweeps.heat_map import latest
from tuilab.sweeps.ranking import Ranked, Ranking
from tuilab.sweeps.wording import accuracy_words, setting_names, value_words
from tuilab.tui.screens.sweeps.words import SIGNS, state_words

_ORDER: tuple[TrialState, ...] = ("done", "running", "waiting", "pruned", "failed")
_INTERVAL, _AGAINST, _TEST = "95 %", "vs preset", "test"
_SPARE = (_INTERVAL, _AGAINST, _TEST)
"""Columns that are left out where there is little room, in this order."""
_GAP = 2
_WIDEST = 14
"""Columns of a setting's values, at most."""


@dataclass(frozen=True)
class TrialRow:
    """A line of the table.

    Attributes:
        number: the trial's.
        cells: clean text, one a column.
        role: how the line looks.
    """

    number: int
    cells: tuple[str, ...]
    role: Role = Role.PLAIN


@dataclass(frozen=True)
class TrialTable:
    """All trials.

    Attributes:
        heads: above the columns.
        widths: of the columns.
        rows: the best first.
    """

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[TrialRow, ...]

    def place_of(self, number: int | None) -> int:
        """Return where a trial stands; 0 if it is not there."""
        return self._places.get(number, 0)

    @cached_property
    def _places(self) -> dict[int | None, int]:
        return {row.number: place for place, row in enumerate(self.rows)}


def table_of(board: Board, found: Ranking) -> TrialTable:
    """Return the table of a sweep and its ranking; takes a moment, so not on the UI thread."""
    keys = board.spec.keys
    epochs = board.spec.experiment.training.epochs
    heads = ("", "trial", *setting_names(keys).values(), "validation", _INTERVAL, _AGAINST, _TEST, "state")
    trials = {trial.number: trial for trial in board.trials}
    ranked = {point.trial for point in found.points}
    others = [trial for trial in board.trials if trial.number not in ranked]
    others.sort(key=lambda trial: _ORDER.index(trial.state))
    rows = [
        *(_ranked(trials[point.trial], point, keys) for point in found.points),
        *(_other(trial, keys, epochs) for trial in others),
    ]
    columns = zip(heads, *(row.cells for row in rows), strict=True)
    widest = [max(map(len, column)) for column in columns]
    widths = (*(min(wide, _WIDEST) for wide in widest[:-1]), widest[-1])
    return TrialTable(heads, widths, tuple(rows))


def _ranked(trial: Trial, point: Ranked, keys: Sequence[str]) -> TrialRow:
    between = point.interval
    cells = (
        str(point.place),
        str(trial.number),
        *_values(trial, keys),
        accuracy_words(point.value),
        f"{between.low:.3f}–{between.high:.3f}" if between is not None else "",
        f"{100 * point.against.value:+.1f}" if point.against is not None else "",
        accuracy_words(point.test),
        "the preset" if point.preset else trial.state,
    )
    return TrialRow(trial.number, cells)


def _other(trial: Trial, keys: Sequence[str], epochs: int) -> TrialRow:
    tests = [run.accuracy for run in trial.done if run.accuracy is not None]
    state = state_words(trial, epochs)
    if trial.origin == "confirm":
        state = "fresh seeds" if trial.state == "done" else f"fresh seeds, {state}"
    cells = (
        SIGNS[trial.state],
        str(trial.number),
        *_values(trial, keys),
        accuracy_words(latest(trial)),
        "",
        "",
        accuracy_words(fmean(tests)) if tests and trial.state == "done" else "",
        state,
    )
    return TrialRow(trial.number, cells, role_of(trial.state))


def _values(trial: Trial, keys: Sequence[str]) -> list[str]:
    return [value_words(trial.point[key]) if key in trial.point else "" for key in keys]


def role_of(state: TrialState) -> Role:
    """Return how a trial of a state looks."""
    match state:
        case "done":
            return Role.PLAIN
        case "running":
            return Role.GOOD
        case "waiting" | "pruned":
            return Role.MUTED
        case "failed":
            return Role.ERROR
        case _:
            assert_never(state)


def draw_table(
    table: TrialTable, under: int | None, top: int, width: int, height: int, *, focus: bool
) -> Cells:
    """Return a window of the rows, below the heads of the columns.

    Args:
        table: all trials.
        under: the trial under the cursor.
        top: the place of the first row that is shown.
        width, height: in cells, at least 1.
        focus: whether the cursor moves here.
    """
    sheet, columns = Sheet(width, height), _columns(table, width)
    _write(sheet, 0, table, table.heads, columns, Role.MUTED, " ")
    for line, row in enumerate(table.rows[top : top + max(height - 1, 0)], 1):
        here = row.number == under
        role = (Role.SELECTED if focus else Role.TITLE) if here else row.role
        if here and focus:
            sheet.write(0, line, " " * width, Role.SELECTED)
        _write(sheet, line, table, row.cells, columns, role, "▸" if here else " ")
    return sheet.cells()


def hidden(table: TrialTable, width: int) -> list[str]:
    """Return the heads of the columns that have no room."""
    shown = _columns(table, width)
    return [head for n, head in enumerate(table.heads) if n not in shown]


def _columns(table: TrialTable, width: int) -> list[int]:
    """Return the places of the columns that have room; those that are said elsewhere too go first."""
    shown = list(range(len(table.heads)))
    for head in _SPARE:
        if 1 + sum(table.widths[n] + _GAP for n in shown) - _GAP > width:
            shown.remove(table.heads.index(head))
    return shown


def scrolled(top: int, place: int, count: int, room: int) -> int:
    """Return the first place of a window of so many, moved no more than is needed to show ``place``."""
    return max(min(max(top, place - room + 1), place, count - room), 0)


def _write(
    sheet: Sheet,
    line: int,
    table: TrialTable,
    cells: Sequence[str],
    columns: Sequence[int],
    role: Role,
    mark: str,
) -> None:
    x = sheet.write(0, line, mark, role)
    for n in columns:
        if x >= sheet.width:
            return
        sheet.write(x, line, cut(cells[n], min(table.widths[n], sheet.width - x)), role)
        x += table.widths[n] + _GAP
