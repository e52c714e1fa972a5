"""How far a sweep and its trials are, in words. All of it clean."""

from collections import Counter
from statistics import fmean
from typing import assert_never

from tuilab.advice.estimate import in_words
from tuilab.sweeps.board import Board, SeedRun, Trial, TrialState
from tuilab.sweeps.heat_map import latest
from tuilab.sweeps.remaining import seconds_left
from tuilab.sweeps.wording import accuracy_words, counted, point_words
from tuilab.terminal import clean

SIGNS: dict[TrialState, str] = {"waiting": "·", "running": "~", "done": "", "pruned": "–", "failed": "×"}
"""What stands for a state where there is no room for its name."""


def state_words(trial: Trial, epochs: int) -> str:
    """Return a trial's state; of one that was begun, how many epochs of all its runs are done."""
    match trial.state:
        case "running":
            done = sum(len(run.validation) for run in trial.runs)
            of = f"{done}/{epochs * max(len(trial.runs), 1)}"
            if trains(trial):
                return f"training {of}"
            stopped = any(run.state == "stopped" for run in trial.runs)
            return f"stopped {of}" if stopped else f"begun {of}" if done else "waiting"
        case "waiting" | "done" | "pruned" | "failed":
            return trial.state
        case _:
            assert_never(trial.state)


def trains(trial: Trial) -> bool:
    """Return whether one of its runs trains now: of one that is claimed all may wait for a device."""
    return any(run.state == "running" for run in trial.runs)


def trial_words(trial: Trial, epochs: int, *, preset: bool) -> str:
    """Return one trial in a line: its values, its state, what was measured, who trained it.

    Args:
        trial: which.
        epochs: of each of its runs.
        preset: whether it has the preset's own values.

    Who trained it is said where that is not this store.
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
    if trial.worker and not any(run.run and not run.host for run in trial.runs):
        parts.append(f"by {clean(trial.worker, limit=40)}")
    return " · ".join(parts)


def seeds_words(trial: Trial, epochs: int) -> str:
    """Return why a trial failed, if it did, and each of its runs."""
    failed = (run.problem for run in trial.runs if run.problem and run.state == "failed")
    problem = trial.problem or next(failed, "")
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


def progress_words(board: Board, alive: bool, resume: str = "") -> str:
    """Return whether a sweep goes on, and how far it is.

    Args:
        board: the sweep.
        alive: whether a coordinator works on it here.
        resume: the key that has it go on; empty: none does.
    """
    count = Counter(trial.state for trial in board.trials if trial.origin == "search")
    ended = count["done"] + count["pruned"]
    training = sum(trains(trial) for trial in board.trials)
    words = [standing_words(board, alive, resume), f"{ended:,} of {counted(board.spec.points, 'trial')}"]
    words += [
        f"{number:,} {said}"
        for number, said in (
            (training, "training"),
            (count["pruned"], "pruned"),
            (count["failed"], "failed"),
        )
        if number
    ]
    again = [trial for trial in board.trials if trial.origin == "confirm"]
    if again:
        words.append(f"{sum(t.state == 'done' for t in again)} of {len(again)} repeated with fresh seeds")
    left = seconds_left(board) if alive and not board.stopped else None
    if left is not None:
        words.append(f"about {in_words(left)} left")
    return " · ".join(words)


def standing_words(board: Board, alive: bool, resume: str = "") -> str:
    """Return whether a sweep goes on, and if it does not, why; arguments as of ``progress_words``."""
    if board.over:
        return "finished"
    how = f" ({resume} resumes it)" if resume else ""
    if board.stopped:
        return "stopping" if alive and any(map(trains, board.trials)) else f"stopped{how}"
    if alive:
        return "under way"
    return "nothing works on it here" if others(board) else f"interrupted{how}"


def others(board: Board) -> bool:
    """Return whether machines with other stores have worked on a sweep."""
    return any(run.host for trial in board.trials for run in trial.runs)


def plan_words(board: Board) -> str:
    """Return what a sweep tries: its preset, how points are chosen, its seeds."""
    spec = board.spec
    pruned = f" with {spec.pruning} pruning" if spec.pruning else ""
    return f"{clean(spec.preset, limit=60)} · {spec.search}{pruned} · {counted(len(spec.seeds), 'seed')}"
