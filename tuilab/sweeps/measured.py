"""What a trial's seeds measured, and how much seeds differ in a sweep."""

import math
from collections.abc import Callable, Sequence
from statistics import fmean

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.chance import Spread, pooled

Accuracies = Callable[[Trial], dict[int, float]]


def validation(trial: Trial) -> dict[int, float]:
    """Return the validation accuracy after the last epoch of each seed that is done."""
    return {r.seed: r.validation[-1] for r in trial.done if r.validation and math.isfinite(r.validation[-1])}


def tests(trial: Trial) -> dict[int, float]:
    """Return the accuracy of the test images of each seed that is done."""
    return {r.seed: r.accuracy for r in trial.done if r.accuracy is not None and math.isfinite(r.accuracy)}


def share_trainings(first: Trial, second: Trial) -> bool:
    """Return whether two trials have two seeds or more of which one training served both."""
    trained = {run.seed: run.shares or run.run for run in first.done}
    return sum((run.shares or run.run) == trained.get(run.seed) for run in second.done if run.run) > 1


def together(trials: Sequence[Trial], accuracies: Accuracies) -> dict[int, float]:
    """Return the accuracies of several trials of one point by seed; of a seed trained twice the mean."""
    found: dict[int, list[float]] = {}
    for trial in trials:
        for seed, value in accuracies(trial).items():
            found.setdefault(seed, []).append(value)
    return {seed: fmean(values) for seed, values in found.items()}


def typical(board: Board, ranked: Sequence[Trial]) -> list[Trial]:
    """Return the trials that tell how much seeds differ: the better half, the preset's, and fresh seeds.

    Where training is at the edge of diverging, seeds differ ten times as much as at good points: pooled over
    all, that would drown every difference among these. A mean over seeds says nothing of their variance
    (the two are independent for normal values), so to choose by it makes the variance neither larger nor
    smaller.
    """
    half = list(ranked[: max(math.ceil(len(ranked) / 2), 2)])
    numbers = {trial.number for trial in half}
    preset = board.preset_trial
    if preset is not None and preset.value is not None and preset.number not in numbers:
        half.append(preset)
    return [*half, *(t for t in board.trials if t.origin == "confirm" and t.state == "done")]


def seed_spread(trials: Sequence[Trial], accuracies: Accuracies) -> Spread | None:
    """Return how much seeds differ, pooled over trials; None if none has two."""
    return pooled([list(accuracies(trial).values()) for trial in trials])
