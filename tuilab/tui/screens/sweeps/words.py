"""How far a sweep and its trials are, in words. All of it clean."""

from collections import Counter
from statistics import fmean
from typing import assert_never

from tuilab.sweeps.board import Board, SeedRun, Trial, TrialState
from tuilab.sweeps.heat_map import latest
from tuilab.sweeps.wording import accuracy_words, counted, point_words
from tuilab.terminal import clean

SIGNS: dict[TrialState, str] = {"waiting": "·", "running": "~", "done": "", "pruned": "–", "failed": "×"}
"""What stands for a state where there is no room for its name."""


def state_words(trial: Trial, epochs: int) -> str:
    """Return a trial's state; of one that trains, how many epochs of all its runs are done."""
    match trial.state:
        case "running":
            done = sum(len(run.validation) for run in trial.runs)
            return f"training {done}/{epochs * max(len(trial.runs), 1)}"
        case "waiting" | "done" | "pruned" | "failed":
            return trial.state
        case _:
            assert_never(trial.state)


def trial_words(trial: Trial, epochs: int, *, preset: bool) -> str:
    """Return one trial in a line: its values, its state, what was measured, who trained it.

    Args:
        trial: which.
        epochs: of each of its runs.
        preset: whether it has the preset's own values.
    """
    parts = [f"trial {trial.number}: {point_words(trial.point)}"]
    if trial.origin == "confirm":
        parts.append("again with fresh seeds")
    elif preset:
        parts.append("the preset's own values")
    parts.append(state_words(trial, epochs))
    if (value := trial.value) is not None:
        parts.append(f"validation {accuracy_words(value)}")
    elif (so_far := latest(trial)) is not None:
        parts.append(f"validation {accuracy_words(so_far)} so far")
    tests = [run.accuracy for run in trial.done if run.accuracy is not None]
    if tests and trial.state == "done":
        parts.append(f"test {accuracy_words(fmean(tests))}")
    if trial.worker:
        parts.append(f"by {clean(trial.worker, limit=40)}")
    return " · ".join(parts)


def seeds_words(trial: Trial, epochs: int) -> str:
    """Return why a trial failed, if it did, and each of its runs."""
    problem = trial.problem or next((run.problem for run in trial.runs if run.problem), "")
    runs = " · ".join(seed_words(run, epochs) for run in trial.runs)
    shared = next((run.shares for run in trial.runs if run.shares), "")
    parts = [
        clean(problem, limit=200),
        runs,
        f"shares the training of {clean(shared, limit=80)}" * bool(shared),
    ]
    return " · ".join(filter(None, parts))


def seed_words(run: SeedRun, epochs: int) -> str:
    """Return one run of a trial: its seed, how far it is, what it measured."""
    where = f" on {clean(run.host, limit=30)}" if run.host else ""
    value = f" {accuracy_words(run.validation[-1])}" if run.validation else ""
    match run.state:
        case "done":
            return f"seed {run.seed}{value}{where}"
        case "running":
            return f"seed {run.seed}{value} after {len(run.validation)} of {epochs} epochs{where}"
        case "waiting":
            return f"seed {run.seed} waiting"
        case "stopped" | "failed":
            return f"seed {run.seed}{value} {run.state}{where}"
        case _:
            assert_never(run.state)


def progress_words(board: Board, alive: bool) -> str:
    """Return how far a sweep is, and whether anything goes on."""
    count = Counter(trial.state for trial in board.trials if trial.origin == "search")
    ended = count["done"] + count["pruned"]
    words = [f"{ended:,} of {counted(board.spec.points, 'trial')}"]
    words += [
        f"{count[state]:,} {said}"
        for state, said in (("running", "training"), ("pruned", "pruned"), ("failed", "failed"))
        if count[state]
    ]
    again = [trial for trial in board.trials if trial.origin == "confirm"]
    if again:
        words.append(f"{sum(t.state == 'done' for t in again)} of {len(again)} repeated with fresh seeds")
    return " · ".join([*words, standing_words(board, alive)])


def standing_words(board: Board, alive: bool) -> str:
    """Return whether a sweep goes on, and if it does not, why."""
    if board.over:
        return "finished"
    if board.stopped:
        return "stopped"
    return "under way" if alive else "nothing works on it here"


def plan_words(board: Board) -> str:
    """Return what a sweep tries: its preset, how points are chosen, its seeds."""
    spec = board.spec
    pruned = f" with {spec.pruning} pruning" if spec.pruning else ""
    return f"{clean(spec.preset, limit=60)} · {spec.search}{pruned} · {counted(len(spec.seeds), 'seed')}"
