"""The table of trials: the ranked ones best first, then those that train, wait, were pruned or failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import assert_never, overload

from tuilab.plots.cells import Cells, Role, Sheet, cut
from tuilab.sweeps.board import Board, Trial, TrialState
from tuilab.sweeps.heat_map import latest
from tuilab.sweeps.measured import measured
from tuilab.sweeps.ranking import Ranked, Ranks
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


class _Rows(Sequence[TrialRow]):
    """Rows that are made when they are looked at: of thousands, a screen shows twenty."""

    def __init__(self, trials: Sequence[Trial], row: Callable[[Trial], TrialRow]) -> None:
        self._trials, self._row = trials, row

    def __len__(self) -> int:
        return len(self._trials)

    @overload
    def __getitem__(self, place: int) -> TrialRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[TrialRow]: ...
    def __getitem__(self, place: int | slice) -> TrialRow | list[TrialRow]:
        if isinstance(place, slice):
            return [self._row(trial) for trial in self._trials[place]]
        return self._row(self._trials[place])


@dataclass(frozen=True)
class TrialTable:
    """All trials.

    Attributes:
        heads: above the columns.
        widths: of the columns.
        numbers: of the trials, the best first.
        rows: of the same.
    """

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    numbers: tuple[int, ...]
    rows: Sequence[TrialRow]

    def place_of(self, number: int | None) -> int:
        """Return where a trial stands; 0 if it is not there."""
        return self._places.get(number, 0)

    @cached_property
    def _places(self) -> dict[int | None, int]:
        return {number: place for place, number in enumerate(self.numbers)}


def table_of(board: Board) -> TrialTable:
    """Return the table of a sweep; takes a moment, so not on the UI thread."""
    keys = board.spec.keys
    epochs = board.spec.experiment.training.epochs
    heads = ("", "trial", *setting_names(keys).values(), "validation", _INTERVAL, _AGAINST, _TEST, "state")
    ranks, ranked = Ranks(board), {trial.number for trial in board.ranked}
    others = [trial for trial in board.trials if trial.number not in ranked]
    others.sort(key=lambda trial: _ORDER.index(trial.state))

    def row(trial: Trial) -> TrialRow:
        if trial.number in ranked:
            return _ranked(trial, ranks.at(trial), keys)
        return _other(trial, keys, epochs)

    trials = (*board.ranked, *others)
    widest = _longest(board, others)
    wide = [max(len(head), longest) for head, longest in zip(heads, widest, strict=True)]
    widths = (*(min(one, _WIDEST) for one in wide[:-1]), wide[-1])
    return TrialTable(heads, widths, tuple(trial.number for trial in trials), _Rows(trials, row))


def _longest(board: Board, others: Sequence[Trial]) -> list[int]:
    """Return how long the longest text in each column is, without making most of them."""
    ranked, keys = board.ranked, board.spec.keys
    epochs = board.spec.experiment.training.epochs
    measures, accuracy = measured(board), len(accuracy_words(1.0))
    preset = board.preset_trial
    tested = any(measures[trial.number].tests for trial in ranked) or any(map(_tested, others))
    states = {_state(trial, epochs) for trial in others}
    states |= {"the preset" if trial is preset else trial.state for trial in ranked}
    # all intervals are as long, and either each trial has one or none
    interval = _interval(Ranks(board).at(ranked[0])) if ranked else ""
    return [
        max([len(str(len(ranked))) if ranked else 0, *{len(SIGNS[trial.state]) for trial in others}]),
        max((len(str(trial.number)) for trial in board.trials), default=0),
        *(_longest_value(board.trials, key) for key in keys),
        accuracy if board.trials else 0,
        len(interval),
        len("+100.0") if ranked else 0,
        accuracy if tested else 0,
        max(map(len, states), default=0),
    ]


def _longest_value(trials: Sequence[Trial], key: str) -> int:
    # 1 and true are equal in Python and read differently
    values = {(type(trial.point[key]), trial.point[key]) for trial in trials if key in trial.point}
    return max((len(value_words(value)) for _, value in values), default=0)


def _ranked(trial: Trial, point: Ranked, keys: Sequence[str]) -> TrialRow:
    cells = (
        str(point.place),
        str(trial.number),
        *_values(trial, keys),
        accuracy_words(point.value),
        _interval(point),
        f"{100 * point.against.value:+.1f}" if point.against is not None else "",
        accuracy_words(point.test),
        "the preset" if point.preset else trial.state,
    )
    return TrialRow(trial.number, cells)


def _interval(point: Ranked) -> str:
    between = point.interval
    return f"{between.low:.3f}–{between.high:.3f}" if between is not None else ""


def _other(trial: Trial, keys: Sequence[str], epochs: int) -> TrialRow:
    cells = (
        SIGNS[trial.state],
        str(trial.number),
        *_values(trial, keys),
        accuracy_words(latest(trial)),
        "",
        "",
        accuracy_words(fmean(tests)) if (tests := _tested(trial)) else "",
        _state(trial, epochs),
    )
    return TrialRow(trial.number, cells, role_of(trial.state))


def _tested(trial: Trial) -> list[float]:
    """Return the accuracies of the test images of a trial that is done."""
    if trial.state != "done":
        return []
    return [run.accuracy for run in trial.done if run.accuracy is not None]


def _state(trial: Trial, epochs: int) -> str:
    """Return how it stands with a trial that is not ranked."""
    state = state_words(trial, epochs)
    if trial.origin == "confirm":
        return "fresh seeds" if trial.state == "done" else f"fresh seeds, {state}"
    return state


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
