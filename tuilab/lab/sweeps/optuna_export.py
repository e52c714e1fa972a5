"""A sweep as a study of Optuna's own, for whatever reads those: one trial each, whoever coordinated it.

The study is made from the board, so a sweep whose storage is elsewhere, or gone, is written as well.
"""

import contextlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any, assert_never

from tuilab.errors import RunError, UsageError
from tuilab.files.atomic import write_whole
from tuilab.lab.sweeps.search import distributions
from tuilab.lab.sweeps.slips import plain
from tuilab.lab.sweeps.storage import optuna
from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.curves import mean_curve
from tuilab.sweeps.spec import Axis, Choice, Range, SweepSpec, Value
from tuilab.terminal import clean

DATABASES = (".db", ".sqlite", ".sqlite3")
"""Ends of names of files that become an SQLite database; others become a journal."""
METRIC = "validation accuracy"
ATTRS = "tuilab"
"""The study's attribute that says what was swept."""


def write_study(board: Board, path: Path, *, replace: bool = False) -> None:
    """Write all trials as a study that has the sweep's name, whole or not at all.

    ``optuna.load_study`` opens it: in an SQLite file with ``sqlite:///FILE``, in another one with
    ``JournalStorage(JournalFileBackend(FILE))``.

    Args:
        board: the sweep.
        path: the file.
        replace: whether a file that is there is replaced; a study may hold more than this sweep.

    Raises:
        MissingError: Optuna is not installed.
        UsageError: a file is there.
        RunError: the file cannot be written.
    """
    optuna()
    if not replace and (path.exists() or path.is_symlink()):
        raise UsageError(f"{clean(str(path))} is there already: delete it, or choose another file")
    try:
        if path.suffix.lower() in DATABASES:
            _write_database(board, path)
        else:
            _write_journal(board, path)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{clean(str(path))} cannot be written: {why}") from error


def how_to_load(board: Board, path: Path) -> str:
    """Return the lines of Python that open what was written."""
    name, file = json.dumps(board.spec.name), str(path)
    if path.suffix.lower() in DATABASES:
        storage, imports = repr(f"sqlite:///{file}"), ""
    else:
        storage = f"JournalStorage(JournalFileBackend({file!r}))"
        imports = (
            "from optuna.storages import JournalStorage\n"
            "from optuna.storages.journal import JournalFileBackend\n"
        )
    return f"import optuna\n{imports}study = optuna.load_study(study_name={name}, storage={storage})"


def _write_journal(board: Board, path: Path) -> None:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import BaseJournalBackend

    class Collected(BaseJournalBackend):
        """Keeps what would be appended: a file is written once then, and not once for each trial."""

        def __init__(self) -> None:
            self.logs: list[dict[str, Any]] = []

        def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
            return self.logs[log_number_from:]

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            self.logs += json.loads(json.dumps(logs))  # as they come back from a file

    collected = Collected()
    _fill(JournalStorage(collected), board)
    lines = (json.dumps(log, separators=(",", ":")) for log in collected.logs)
    write_whole(path, "".join(f"{line}\n" for line in lines))


def _write_database(board: Board, path: Path) -> None:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import SQLAlchemyError

    draft = path.with_name(f".draft-{secrets.token_hex(8)}.db")
    try:
        draft.touch(mode=0o600)
        storage = RDBStorage(f"sqlite:///{draft}")
        try:
            _fill(storage, board)
        finally:
            storage.engine.dispose()
        draft.replace(path)
    except SQLAlchemyError as error:
        why = " ".join(str(getattr(error, "orig", None) or error).split())
        raise RunError(f"{clean(str(path))} cannot be written: {clean(why, limit=300)}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()


def _fill(storage: Any, board: Board) -> None:
    found, spec = optuna(), board.spec
    study = found.create_study(study_name=spec.name, storage=storage, direction="maximize")
    study.set_metric_names([METRIC])
    study.set_user_attr(ATTRS, _about(board))
    known = {axis.key: _covering(axis, board.trials) for axis in spec.axes}
    covering = spec.model_copy(update={"axes": tuple(known.values())})
    for trial in board.trials:
        study.add_trial(_frozen(trial, covering))


def _about(board: Board) -> dict[str, Any]:
    spec = board.spec
    return {
        "preset": spec.preset,
        "settings": list(spec.keys),
        "search": spec.search,
        "pruning": spec.pruning,
        "seeds": list(spec.seeds),
        "experiment": spec.experiment.model_dump(mode="json"),
        "validation_images": board.validation_images,
        "test_images": board.test_images,
        "over": board.over,
    }


def _covering(axis: Axis, trials: Iterable[Trial]) -> Axis:
    """Return a setting's values with those of the trials that no search chose: the preset's own."""
    tried = [trial.point[axis.key] for trial in trials if axis.key in trial.point]
    match axis:
        case Choice():
            more: list[Value] = []
            for value in tried:
                if value not in axis.values and value not in more:
                    more.append(value)
            return axis.model_copy(update={"values": (*axis.values, *more)})
        case Range():
            numbers = [number for value in tried if (number := _inside(value, axis)) is not None]
            return axis.model_copy(
                update={"low": min([axis.low, *numbers]), "high": max([axis.high, *numbers])}
            )
        case _:
            assert_never(axis)


def _inside(value: Value, axis: Range) -> float | None:
    """Return a value as a number that a range of that kind can hold; zero is on no logarithmic scale."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    held = (value > 0 or not axis.log) and (float(value).is_integer() or not axis.whole)
    return float(value) if held else None


def _frozen(trial: Trial, spec: SweepSpec) -> Any:
    found = optuna()
    held = {
        axis.key: trial.point[axis.key]
        for axis in spec.axes
        if axis.key in trial.point
        and (isinstance(axis, Choice) or _inside(trial.point[axis.key], axis) is not None)
    }
    known = {key: one for key, one in distributions(spec, held).items() if key in held}
    state = _state(trial)
    made = found.trial.create_trial(
        state=state,
        params={key: value for key, (value, _) in known.items()},
        distributions={key: distribution for key, (_, distribution) in known.items()},
        value=trial.value if state == found.trial.TrialState.COMPLETE else None,
        intermediate_values=dict(enumerate(mean_curve(trial), 1)),
        user_attrs=_attrs(trial),
    )
    began = datetime.fromtimestamp(spec.created) if spec.created else datetime.now()
    if made.datetime_start is not None:
        made.datetime_start = began
    if made.datetime_complete is not None:  # so that its duration is the work on it
        made.datetime_complete = began + timedelta(seconds=sum(run.seconds for run in trial.runs))
    return made


def _state(trial: Trial) -> Any:
    states = optuna().trial.TrialState
    match trial.state:
        case "done":
            return states.COMPLETE if trial.value is not None else states.FAIL
        case "running":
            return states.RUNNING
        case "waiting":
            return states.WAITING
        case "pruned":
            return states.PRUNED
        case "failed":
            return states.FAIL
        case _:
            assert_never(trial.state)


def _attrs(trial: Trial) -> Mapping[str, Any]:
    """Return what Optuna has no place for; runs in the order of their seeds."""
    tests = [run.accuracy for run in trial.done if run.accuracy is not None]
    entropies = [run.cross_entropy for run in trial.done if run.cross_entropy is not None]
    unmeasured = trial.state == "done" and trial.value is None
    return {
        "trial": trial.number,
        "origin": trial.origin,
        "point": plain(trial.point),
        "seeds": [run.seed for run in trial.runs],
        "runs": [run.run for run in trial.runs],
        "hosts": [run.host for run in trial.runs],
        "validation": [run.validation[-1] if run.validation else None for run in trial.runs],
        "test": [run.accuracy for run in trial.runs],
        "mean_test": fmean(tests) if tests else None,
        "mean_cross_entropy": fmean(entropies) if entropies else None,
        "seconds": sum(run.seconds for run in trial.runs),
        "worker": trial.worker,
        "problem": trial.problem or ("its accuracy is not a number" if unmeasured else ""),
    }
