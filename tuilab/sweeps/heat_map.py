"""How good which values are: a cell for each pair of values of two settings, or a line for one setting.

Where more settings differ, a cell has the best over the others, or those with one value of each. It shows
one trial: the best that is done, else one that trains, waits, was pruned or failed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median, stdev
from typing import Literal, assert_never

from tuilab.errors import UsageError, listed, nearest
from tuilab.sweeps.board import Board, Trial, TrialState
from tuilab.sweeps.scale import Scale, scale_of
from tuilab.sweeps.spec import Choice, Range, Value
from tuilab.sweeps.wording import accuracy_words, point_words, setting_names, value_words
from tuilab.terminal import clean

CellState = Literal["empty"] | TrialState
"""As of the trial that it shows; ``empty``: nothing was tried there."""


@dataclass(frozen=True)
class Cell:
    """What is known of two values together.

    Attributes:
        state: of the trial that is shown.
        trial: that trial's number; None where nothing was tried.
        trials: numbers of all trials in it.
        mean: validation accuracy after the last epoch, mean over the seeds that are done; None before one.
        low, high: the least and the most of a seed.
        deviation: standard deviation over seeds; None for fewer than two.
        latest: mean over the runs of the latest epoch's accuracy, of one that trains or ended early too.
        seeds_done: runs of the shown trial that are done.
        seeds: of how many.
        best: whether it is the best of the map; if several are equal, the one with the lowest number.
        preset: whether the preset's own values are in it.
    """

    state: CellState = "empty"
    trial: int | None = None
    trials: tuple[int, ...] = ()
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    latest: float | None = None
    seeds_done: int = 0
    seeds: int = 0
    best: bool = False
    preset: bool = False


@dataclass(frozen=True)
class HeatMap:
    """Cells in rows.

    Attributes:
        down: the setting whose values stand below each other: a row each.
        across: the setting whose values stand beside each other; None: one setting, one cell a row.
        rows: the cells, a row for each place of ``down``.
        palest, highest: means between which shades change: the highest, and of what is worse than it only
            so much that a few bad cells leave all others alike; None before there is one.
        seeds: with how many seeds each point is trained.
        notes: sentences that say what else is to know: further settings, a preset that is in no cell.
    """

    down: Scale
    across: Scale | None
    rows: tuple[tuple[Cell, ...], ...]
    palest: float | None = None
    highest: float | None = None
    seeds: int = 1
    notes: tuple[str, ...] = ()

    def share(self, cell: Cell) -> float | None:
        """Return how dark a cell is, from 0 to 1, the best; None for one that is not done."""
        if cell.state != "done" or cell.mean is None or self.palest is None or self.highest is None:
            return None
        if self.highest <= self.palest:
            return 1.0
        return max((cell.mean - self.palest) / (self.highest - self.palest), 0.0)


def heat_map(
    board: Board,
    down: str | None = None,
    across: str | None = None,
    fixed: Mapping[str, Value] | None = None,
) -> HeatMap:
    """Return the heat map of two settings.

    Args:
        board: the sweep.
        down: the setting of the rows; None: the first that is left.
        across: that of the columns; None: the next that is left, if any.
        fixed: values of further settings, by their keys; of the others a cell has the best.

    Raises:
        UsageError: a setting that the sweep does not vary, one twice, or a value that it does not try.
    """
    fixed = fixed or {}
    named = [key for key in (down, across) if key is not None]
    _check(board, named, fixed)
    left = [key for key in board.spec.keys if key not in named and key not in fixed]
    down = down or (left.pop(0) if left else None)
    if down is None:
        raise UsageError("a heat map needs a setting that is not fixed; fix one fewer")
    across = across or (left.pop(0) if left else None)
    axes = {axis.key: axis for axis in board.spec.axes}
    names = setting_names(board.spec.keys)
    tried = [trial for trial in board.trials if trial.origin != "confirm"]
    scales = [scale_of(axes[key], names[key], len(tried)) for key in (down, across) if key is not None]
    notes = [f"{names[key]} is {value_words(value)} in every cell." for key, value in fixed.items()]
    if left:
        notes.append(f"Each cell is the best over {listed([names[key] for key in left])}.")
    found = _filled(board, scales, [trial for trial in tried if _has(trial, fixed)])
    return replace(found, notes=(*notes, *_preset_note(board, found, fixed)))


def _check(board: Board, named: Sequence[str], fixed: Mapping[str, Value]) -> None:
    keys = board.spec.keys
    for key in (*named, *fixed):
        if key not in keys:
            shown = clean(key, limit=80)
            raise UsageError(f"the sweep does not vary '{shown}', but {listed(keys)}{nearest(key, keys)}")
    for n, key in enumerate(named):
        if key in named[:n] or key in fixed:
            raise UsageError(f"{clean(key, limit=80)} is given twice; name two settings of {listed(keys)}")
    for axis in board.spec.axes:
        if axis.key not in fixed:
            continue
        match axis:
            case Choice():
                if axis.values and scale_of(axis, "", 0).place(fixed[axis.key]) is None:
                    tried = listed(tuple(map(value_words, axis.values)))
                    raise UsageError(
                        f"{axis.key} = {value_words(fixed[axis.key])} is not tried; its values are {tried}"
                    )
            case Range():
                raise UsageError(f"{axis.key} is searched in a range, so no value of it can be fixed")
            case _:
                assert_never(axis)


def _has(trial: Trial, fixed: Mapping[str, Value]) -> bool:
    return all(trial.point.get(key) == value for key, value in fixed.items())


def _filled(board: Board, scales: Sequence[Scale], trials: Sequence[Trial]) -> HeatMap:
    down, across = scales[0], scales[1] if len(scales) > 1 else None
    groups: list[list[list[Trial]]] = [
        [[] for _ in (across.steps if across else (None,))] for _ in down.steps
    ]
    for trial in trials:
        row = down.place(trial.point.get(down.key))
        column = across.place(trial.point.get(across.key)) if across else 0
        if row is not None and column is not None:
            groups[row][column].append(trial)
    values = board.values
    shown = [[_shown(group, values) for group in line] for line in groups]
    valued = [(-values[t.number], t.number) for line in shown for t in line if t and t.number in values]
    best = min(valued)[1] if valued else None
    preset = board.preset_trial
    own = None if preset is None else preset.number
    rows = tuple(
        tuple(_cell(trial, group, best, own) for trial, group in zip(chosen, line, strict=True))
        for chosen, line in zip(shown, groups, strict=True)
    )
    palest, highest = _shaded([-value for value, _ in valued])
    return HeatMap(down, across, rows, palest, highest, len(board.spec.seeds))


def _preset_note(board: Board, found: HeatMap, fixed: Mapping[str, Value]) -> Iterator[str]:
    preset = board.preset_trial
    if preset is None or not _has(preset, fixed) or any(cell.preset for row in found.rows for cell in row):
        return
    value = preset.value
    measured = " and is not done" if value is None else f": {accuracy_words(value)}"
    yield f"The preset, {point_words(preset.point)}, is in no cell{measured}."


def _shaded(means: Sequence[float]) -> tuple[float | None, float | None]:
    """Return between which means shades change: not over more than three times the better half's range."""
    if not means:
        return None, None
    lowest, middle, highest = min(means), median(means), max(means)
    return (max(lowest, highest - 3 * (highest - middle)) if middle < highest else lowest), highest


_ORDER: dict[TrialState, int] = {"running": 1, "waiting": 2, "pruned": 3, "failed": 4, "done": 5}
"""Of trials without a value; one that is done all the same ended with what is not a number."""


def _shown(trials: Sequence[Trial], known: Mapping[int, float]) -> Trial | None:
    """Return the trial that stands for a cell."""
    done = [(-known[trial.number], trial.number, trial) for trial in trials if trial.number in known]
    if done:
        return min(done)[2]

    def order(trial: Trial) -> tuple[int, float, int]:
        return _ORDER[trial.state], -(latest(trial) or 0.0), trial.number

    return min(trials, key=order, default=None)


def latest(trial: Trial) -> float | None:
    """Return the mean over a trial's runs of their latest epoch's validation accuracy; None before one."""
    values = [
        run.validation[-1] for run in trial.runs if run.validation and math.isfinite(run.validation[-1])
    ]
    return fmean(values) if values else None


def _cell(trial: Trial | None, trials: Sequence[Trial], best: int | None, preset: int | None) -> Cell:
    if trial is None:
        return Cell()
    numbers = tuple(one.number for one in trials)
    last = [run.validation[-1] for run in trial.done if run.validation and math.isfinite(run.validation[-1])]
    return Cell(
        trial.state,
        trial.number,
        numbers,
        fmean(last) if last else None,
        min(last, default=None),
        max(last, default=None),
        stdev(last) if len(last) > 1 else None,
        latest(trial),
        len(trial.done),
        len(trial.runs),
        trial.number == best,
        preset in numbers,
    )
