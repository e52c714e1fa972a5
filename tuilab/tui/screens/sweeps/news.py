"""What the screen shows of a sweep at one moment: one board, and all that is worked out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.heat_map import HeatMap, heat_map
from tuilab.sweeps.importance import Importance, grid_importance
from tuilab.tui.screens.sweeps.answer import Answer, answer_of
from tuilab.tui.screens.sweeps.trials import TrialTable, table_of
from tuilab.tui.screens.sweeps.words import trains

Axes = tuple[str, str | None]
"""The settings whose values are rows and columns of the grid."""


@dataclass(frozen=True)
class News:
    """One moment.

    Attributes:
        board: the sweep.
        alive: whether a coordinator works on it on this machine.
        grid: the heat map of the chosen settings.
        table: all trials, the best first.
        answer: which values are best, and whether that is more than chance.
        trials: by their numbers.
        cells: row and column of each trial in the grid; those that are in no cell are missing.
        best, preset: the best trial and the preset's own, where there are such.
        training: the trials that train.
        explained: what explains the differences among trials; None: not worked out (yet).
    """

    board: Board
    alive: bool
    grid: HeatMap
    table: TrialTable
    answer: Answer
    trials: Mapping[int, Trial]
    cells: Mapping[int, tuple[int, int]]
    best: Trial | None = None
    preset: Trial | None = None
    training: tuple[Trial, ...] = ()
    explained: Importance | None = None

    @property
    def axes(self) -> Axes:
        """The settings of the grid."""
        return self.grid.down.key, self.grid.across.key if self.grid.across else None

    def shows(self, alive: bool, axes: Axes) -> bool:
        """Return whether it is what another look would show, if the board is the same."""
        return (self.alive, self.axes) == (alive, axes)


def work_out(
    board: Board, alive: bool, axes: Axes | None = None, before: News | None = None, *, confirm: str = "F"
) -> News:
    """Return what is shown of a board; takes a moment, so not on the UI thread.

    Args:
        board: the sweep.
        alive: whether a coordinator works on it.
        axes: the settings of the grid; None: the first two.
        before: what was shown last: of the same board only the grid is worked out again, and that only for
            other settings.
        confirm: the key that trains the best again with fresh seeds.
    """
    down, across = axes or default_axes(board)
    if before is not None and before.board is board and before.shows(alive, (down, across)):
        return before
    grid = heat_map(board, down, across)
    cells = {
        number: (row, column)
        for row, line in enumerate(grid.rows)
        for column, cell in enumerate(line)
        for number in cell.trials
    }
    if before is not None and before.board is board:
        return replace(before, alive=alive, grid=grid, cells=cells)
    trials = {trial.number: trial for trial in board.trials}
    explained = grid_importance(board) if board.ranked else None
    return News(
        board,
        alive,
        grid,
        table_of(board),
        answer_of(board, confirm, explained),
        trials,
        cells,
        board.ranked[0] if board.ranked else None,
        board.preset_trial,
        tuple(trial for trial in board.trials if trial.state == "running" and trains(trial)),
        explained,
    )


def wants_explaining(news: News) -> bool:
    """Return whether it is worth seconds to find out what explains the differences: all is tried."""
    return news.explained is None and news.board.over and bool(news.board.ranked)


def explained(news: News, found: Importance, confirm: str) -> News:
    """Return the same moment with what explains the differences; not on the UI thread."""
    return replace(news, explained=found, answer=answer_of(news.board, confirm, found))


def default_axes(board: Board) -> Axes:
    """Return the first two settings; of one alone, that."""
    keys = board.spec.keys
    return keys[0], keys[1] if len(keys) > 1 else None


def next_axes(board: Board, axes: Axes) -> Axes:
    """Return the next pair of settings: both ways round, then another pair."""
    keys = board.spec.keys
    if len(keys) < 2:
        return axes
    pairs: list[Axes] = []
    for n, first in enumerate(keys):
        for second in keys[n + 1 :]:
            pairs += [(first, second), (second, first)]
    return pairs[(pairs.index(axes) + 1) % len(pairs)]
