"""What a trial's seeds measured, and how much seeds differ in a sweep."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.spread import Spread, Variance, much_larger, spread_of, variance_of

if TYPE_CHECKING:
    import numpy as np

Accuracies = Callable[[Trial], dict[int, float]]

_UNLIKE = 2.33
"""Normal deviates (a chance of 1 in 100) from which on seeds of the worse half are said to differ more."""


def validation(trial: Trial) -> dict[int, float]:
    """Return the validation accuracy after the last epoch of each seed that is done."""
    return {
        run.seed: run.validation[-1]
        for run in trial.runs
        if run.state == "done" and run.validation and math.isfinite(run.validation[-1])
    }


def tests(trial: Trial) -> dict[int, float]:
    """Return the accuracy of the test images of each seed that is done."""
    return {
        run.seed: run.accuracy
        for run in trial.runs
        if run.state == "done" and run.accuracy is not None and math.isfinite(run.accuracy)
    }


def training_of(trial: Trial) -> Hashable:
    """Return what stands for the trainings of a trial: the same for trials that one training of each seed
    served."""
    runs = [(run.seed, run.shares or run.run) for run in trial.runs if run.state == "done"]
    return tuple(runs) if runs and all(run for _, run in runs) else trial.number


def together(trials: Sequence[Trial], accuracies: Accuracies) -> dict[int, float]:
    """Return the accuracies of several trials of one point by seed; of a seed trained twice the mean."""
    found: dict[int, list[float]] = {}
    for trial in trials:
        for seed, value in accuracies(trial).items():
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
    ranked = board.ranked
    half = max(math.ceil(len(ranked) / 2), 2)
    better, worse = _within(ranked[:half]), _within(ranked[half:])
    whole = better is None or worse is None or not much_larger(worse, better, _UNLIKE)
    chosen = list(ranked if whole else ranked[:half])
    preset = board.preset_trial
    if not whole and preset is not None and preset.number in {trial.number for trial in ranked[half:]}:
        own = _within([preset])
        if own is None or better is None or not much_larger(own, better, _UNLIKE):
            chosen.append(preset)
    chosen += [trial for trial in board.trials if trial.origin == "confirm" and trial.state == "done"]
    trainings = [training_of(trial) for trial in chosen]
    of_validation, of_tests = (
        spread_of([(training, of(trial)) for training, trial in zip(trainings, chosen, strict=True)])
        for of in (validation, tests)
    )
    return Pool(tuple(chosen), whole, of_validation, of_tests)


def _within(trials: Sequence[Trial]) -> Variance | None:
    """Return the mean square of seeds within trials; None if none has two."""
    each = [list(validation(trial).values()) for trial in trials]
    found = [variance_of(values) for values in each if len(values) > 1]
    freedom = sum(one.freedom for one in found)
    squares = math.fsum(one.value * one.freedom for one in found)
    return Variance(squares / freedom, freedom) if freedom else None


def luck(trials: Sequence[Trial]) -> "np.ndarray":
    """Return the luck of each run of trials, a row for the validation images and one for the test images;
    without what a seed brought to all trials, as that chooses none of them."""
    import numpy as np

    blocks: dict[tuple[int, ...], list[list[list[float]]]] = {}
    for trial in trials:
        values, tested = validation(trial), tests(trial)
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
