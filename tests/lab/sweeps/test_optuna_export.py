"""A sweep as a study of Optuna's own: Optuna itself opens it, and finds every trial as it was."""

import sys
from pathlib import Path
from statistics import fmean
from typing import Any

import boards
import pytest

from tuilab.errors import MissingError, RunError, UsageError
from tuilab.lab.sweeps.optuna_export import how_to_load, write_study
from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.spec import Choice, Range

optuna = pytest.importorskip("optuna")
STATES = {
    "done": "COMPLETE",
    "running": "RUNNING",
    "waiting": "WAITING",
    "pruned": "PRUNED",
    "failed": "FAIL",
}


def loaded(board: Board, path: Path) -> Any:
    """Return the study as the lines say that it is opened."""
    write_study(board, path)
    names: dict[str, Any] = {}
    exec(how_to_load(board, path), names)
    return names["study"]


@pytest.mark.parametrize("make", [boards.half_done, boards.confirmed, boards.pruned])
def test_optuna_finds_all_trials_with_values_epochs_states_and_what_else_is_known(
    tmp_path: Path, make: Any
) -> None:
    board = make()
    study = loaded(board, tmp_path / "study.log")
    assert study.study_name == board.spec.name and study.direction.name == "MAXIMIZE"
    assert len(study.trials) == len(board.trials)
    for found, trial in zip(study.trials, board.trials, strict=True):
        assert found.params == trial.point and found.state.name == STATES[trial.state]
        assert found.value == trial.value if trial.value is not None else found.values is None
        assert found.user_attrs["trial"] == trial.number and found.user_attrs["origin"] == trial.origin
        assert found.user_attrs["seeds"] == [run.seed for run in trial.runs]
        assert found.user_attrs["runs"] == [run.run for run in trial.runs]
    done = board.ranked[0]
    by_epoch = [fmean(values) for values in zip(*(run.validation for run in done.runs), strict=True)]
    assert study.trials[done.number].intermediate_values == dict(enumerate(by_epoch, 1))
    assert study.user_attrs["tuilab"]["settings"] == list(board.spec.keys)


def test_the_best_trial_and_its_importances_are_optunas_own(tmp_path: Path) -> None:
    board = boards.finished()
    study = loaded(board, tmp_path / "study.log")
    assert study.best_params == board.ranked[0].point and study.best_value == board.ranked[0].value
    assert set(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])[0].params) == set(board.spec.keys)


def test_a_database_holds_the_same(tmp_path: Path) -> None:
    board = boards.half_done()
    study = loaded(board, tmp_path / "study.db")
    assert [(t.params, t.state.name) for t in study.trials] == [
        (t.point, STATES[t.state]) for t in board.trials
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["study.db"]
    assert (tmp_path / "study.db").stat().st_mode & 0o777 == 0o600


def trial_of(number: int, **point: Any) -> Trial:
    known = boards.finished().ranked[0]
    return known.model_copy(update={"number": number, "point": {boards.L2: point["l2"]}})


def test_values_that_no_search_chose_and_lists_have_a_place_as_well(tmp_path: Path) -> None:
    choice = Choice(key=boards.L2, values=((8, 16), (16, 32)))
    spec = boards.sweep((choice,), points=2)
    trials = (trial_of(0, l2=(8, 16)), trial_of(3, l2=(64,)))
    study = loaded(Board(spec=spec, trials=trials), tmp_path / "lists.log")
    assert [t.params[boards.L2] for t in study.trials] == ["[8, 16]", "[64]"]
    assert [t.user_attrs["trial"] for t in study.trials] == [0, 3], "numbers of trials given back are missing"
    wide = boards.sweep((Range(key=boards.L2, low=1e-4, high=1e-2, log=True),), search="tpe", points=2)
    trials = (trial_of(0, l2=1e-3), trial_of(1, l2=0.5), trial_of(2, l2=0.0))
    study = loaded(Board(spec=wide, trials=trials), tmp_path / "range.log")
    assert [t.params for t in study.trials] == [{boards.L2: 1e-3}, {boards.L2: 0.5}, {}]
    assert study.trials[2].user_attrs["point"] == {boards.L2: 0.0}, "zero is on no logarithmic scale"


def test_accuracies_that_are_no_numbers_make_a_failed_trial(tmp_path: Path) -> None:
    board = boards.finished()
    runs = tuple(run.model_copy(update={"validation": (0.5, float("nan"))}) for run in board.trials[0].runs)
    broken = board.trials[0].model_copy(update={"runs": runs})
    study = loaded(board.model_copy(update={"trials": (broken, *board.trials[1:])}), tmp_path / "nan.log")
    assert study.trials[0].state.name == "FAIL"
    assert study.trials[0].user_attrs["problem"] == "its accuracy is not a number"


def test_a_file_that_is_there_stays_and_a_folder_that_is_not_is_named(tmp_path: Path) -> None:
    board = boards.finished()
    there = tmp_path / "there.log"
    there.write_text("mine")
    with pytest.raises(UsageError, match=r"there\.log is there already"):
        write_study(board, there)
    assert there.read_text() == "mine"
    for name in ("study.log", "study.db"):
        with pytest.raises(RunError, match="cannot be written: No such file"):
            write_study(board, tmp_path / "none" / name)


def test_without_the_extra_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingError, match="sweeps need Optuna, which is not installed") as caught:
        write_study(boards.finished(), tmp_path / "study.log")
    assert caught.value.remedies == ("pip install 'tuilab[sweep]'",) and not list(tmp_path.iterdir())
