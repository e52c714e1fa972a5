"""How long a sweep still takes, told by what its trials took so far and by how many runs train at once."""

from collections.abc import Iterable
from math import fsum

from tuilab.sweeps.board import Board, SeedRun


def seconds_left(board: Board) -> float | None:
    """Return about how many seconds are left; None where nothing trains, or nothing is known yet.

    A run takes as long as those of trials that are done or were pruned took on average, runs that share a
    training and those that were spared among them. Before a trial has ended, its epochs so far tell it.
    """
    runs = [run for trial in board.trials for run in trial.runs]
    lanes = sum(run.state == "running" and not run.shares for run in runs)
    each = _of_a_run(board)
    if not lanes or each is None:
        return None
    going = [trial for trial in board.trials if trial.state in ("waiting", "running")]
    left = fsum(max(each * len(trial.runs) - _worked(trial.runs), 0.0) for trial in going)
    unasked = board.spec.points - sum(trial.origin == "search" for trial in board.trials)
    return (left + each * len(board.spec.seeds) * max(unasked, 0)) / lanes


def _of_a_run(board: Board) -> float | None:
    """Return how long a run takes; None before anything tells it."""
    ended = [trial for trial in board.trials if trial.state in ("done", "pruned")]
    seconds = fsum(_worked(trial.runs) for trial in ended)
    if seconds > 0:
        return seconds / sum(len(trial.runs) for trial in ended)
    begun: list[SeedRun] = [run for trial in board.trials for run in trial.runs if run.validation]
    epochs, worked = sum(len(run.validation) for run in begun), _worked(begun)
    return board.spec.experiment.training.epochs * worked / epochs if worked > 0 else None


def _worked(runs: Iterable[SeedRun]) -> float:
    return fsum(run.seconds for run in runs)
