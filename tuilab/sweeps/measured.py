"""What a trial's seeds measured, and how much seeds differ in a sweep."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.spread import Spread, Values, Variance, much_larger, spread_of, variance_of

if TYPE_CHECKING:
    import numpy as np

_UNLIKE = 2.33
"""Normal deviates (a chance of 1 in 100) from which on seeds of the worse half are said to differ more."""


class Measured(NamedTuple):
    """What those of a trial's seeds measured that are done."""

    validation: Values
    """Validation accuracy after the last epoch."""
    tests: Values
    """Accuracy of the test images."""
    training: Hashable
    """Stands for its trainings: the same for trials that one training of each seed served."""


def measured_of(trial: Trial) -> Measured:
    """Return what a trial's seeds measured; what is not a number counts as nothing."""
    validation: dict[int, float] = {}
    tests: dict[int, float] = {}
    trained: list[tuple[int, str]] = []
    for run in trial.runs:
        if run.state != "done":
            continue
        if run.validation and math.isfinite(last := run.validation[-1]):
            validation[run.seed] = last
        if run.accuracy is not None and math.isfinite(run.accuracy):
            tests[run.seed] = run.accuracy
        trained.append((run.seed, run.shares or run.run))
    known = bool(trained) and all(run for _, run in trained)
    return Measured(validation, tests, tuple(trained) if known else trial.number)


def measured(board: Board) -> Mapping[int, Measured]:
    """Return what each trial of a sweep measured, by its number; gathered once for a board."""
    if "measured" not in board.kept:
        board.kept["measured"] = {trial.number: measured_of(trial) for trial in board.trials}
    return board.kept["measured"]


def together(each: Sequence[Values]) -> Values:
    """Return the accuracies of several trials of one point by seed; of a seed trained twice the mean."""
    found: dict[int, list[float]] = {}
    for values in each:
        for seed, value in values.items():
            found.setdefault(seed, []).append(value)
    return {seed: fmean(values) for seed, values in found.items()}


@dataclass(frozen=True)
class Pool:
    """The trials that tell how much seeds differ.

    Attributes:
        trials: those.
        whole: whether all that are done are among them.
        validation, tests: how much seeds differ there; None with one seed.
    """

    trials: tuple[Trial, ...]
    whole: bool
    validation: Spread | None
    tests: Spread | None

    @cached_property
    def numbers(self) -> set[int]:
        """Of the trials."""
        return {trial.number for trial in self.trials}


def pool_of(board: Board) -> Pool:
    """Return the trials of which seeds' spread is pooled: all; or where seeds of the worse half differ more,
    the better half, fresh seeds, and the preset's if they do not.

    Where training is at the edge of diverging, seeds differ ten times as much as at good points: pooled over
    all, that would drown every difference among these. A mean over seeds says nothing of their variance
    (the two are independent for normal values), so to choose by it makes the variance neither larger nor
    smaller.
    """
    if "pool" not in board.kept:
        board.kept["pool"] = _pool(board)
    return board.kept["pool"]


def _pool(board: Board) -> Pool:
    ranked, known = board.ranked, measured(board)
    half = max(math.ceil(len(ranked) / 2), 2)
    better, worse = (
        _within([known[trial.number].validation for trial in part]) for part in (ranked[:half], ranked[half:])
    )
    whole = better is None or worse is None or not much_larger(worse, better, _UNLIKE)
    chosen = list(ranked if whole else ranked[:half])
    preset = board.preset_trial
    if not whole and preset is not None and preset.number in {trial.number for trial in ranked[half:]}:
        own = _within([known[preset.number].validation])
        if own is None or better is None or not much_larger(own, better, _UNLIKE):
            chosen.append(preset)
    chosen += [trial for trial in board.trials if trial.origin == "confirm" and trial.state == "done"]
    each = [known[trial.number] for trial in chosen]
    of_validation = spread_of([(one.training, one.validation) for one in each])
    of_tests = spread_of([(one.training, one.tests) for one in each])
    return Pool(tuple(chosen), whole, of_validation, of_tests)


def _within(each: Sequence[Values]) -> Variance | None:
    """Return the mean square of seeds within trials, given their accuracies; None if none has two."""
    found = [variance_of(list(values.values())) for values in each if len(values) > 1]
    freedom = sum(one.freedom for one in found)
    squares = math.fsum(one.value * one.freedom for one in found)
    return Variance(squares / freedom, freedom) if freedom else None


def luck(trials: Sequence[Measured]) -> "np.ndarray":
    """Return the luck of each run of trials, a row for the validation images and one for the test images;
    without what a seed brought to all trials, as that chooses none of them."""
    import numpy as np

    blocks: dict[tuple[int, ...], list[list[list[float]]]] = {}
    for values, tested, _ in trials:
        shared = tuple(sorted(values.keys() & tested.keys()))
        if len(shared) > 1:
            both = [[values[seed] for seed in shared], [tested[seed] for seed in shared]]
            blocks.setdefault(shared, []).append(both)
    found: list[np.ndarray] = []
    for block in blocks.values():
        table = np.array(block)  # trials, images, seeds
        table -= table.mean(axis=2, keepdims=True)
        if len(block) > 1:
            table -= table.mean(axis=0)
        found.append(table.transpose(1, 0, 2).reshape(2, -1))
    return np.concatenate(found, axis=1) if found else np.empty((2, 0))
