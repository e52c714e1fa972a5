"""A sweep from its start to its end, with workers that train in no time."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stand_in import until

from tuilab.errors import MissingError, RunError, UsageError
from tuilab.experiment.sharing import same_training
from tuilab.lab.sweeps import boards, control, coordinator, folders, process
from tuilab.lab.sweeps.coordinator import Coordinator
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.opening import ledger_of
from tuilab.lab.sweeps.starting import create, join, spec_of
from tuilab.lab.sweeps.trial_runs import TAG
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Done, Started
from tuilab.runs.queue import changes
from tuilab.sweeps.board import Board
from tuilab.sweeps.spec import SweepSpec

DIGITS = {"data.source": "digits", "training.epochs": 2, "training.device": "cpu"}
GRID = ["model.dropout=0.1,0.3", "model.l2=0,1e-3"]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch, quick: Path) -> None:
    monkeypatch.setattr(coordinator, "LOOK_SECONDS", 0.02)


def spec(*grids: str, name: str = "s", given: dict[str, Any] = DIGITS, **more: Any) -> SweepSpec:
    return spec_of("bn-l2", [], given, grids=grids or GRID, name=name, **more)


def worked(sweep: SweepFolder) -> Board:
    """Work on a sweep in this process to its end."""
    lines: list[str] = []
    process.work(sweep, lines.append, give_back=False)
    return sweep.board()


def expected(point: dict[str, Any], seed: int = 1) -> float:
    """What the quick trainer says of a point, by its own rule."""
    momentum, l2 = point.get("model.bn_momentum", 0.8), point.get("model.l2", 1e-3)
    return round(0.9 - abs(momentum - 0.8) / 2 - l2 * 10 + seed % 5 / 100, 6)


def assert_trained_once(board: Board) -> None:
    runs = [one.run for trial in board.trials for one in trial.runs]
    assert len(runs) == len(set(runs)) and set(runs) == {run.id for run in store.folders()}
    for run in store.folders():
        kinds = [type(entry.record) for entry in JournalReader(run.journal).read()]
        assert kinds.count(Done) == 1, run.id


def test_a_grid_is_trained_point_by_point_and_the_preset_with_it() -> None:
    board = worked(create(spec()))
    assert board.over and not changes.queue()
    assert [trial.origin for trial in board.trials] == ["search"] * 4 + ["preset"]
    for trial in board.trials:
        assert trial.value == pytest.approx(expected(trial.point))
        (run,) = trial.runs
        assert run.accuracy == pytest.approx(expected(trial.point) - 0.01) and len(run.validation) == 2
    assert board.validation_images == 100 and board.test_images == 100
    assert board.ranked[0].point["model.l2"] == 0.0
    assert_trained_once(board)


def test_a_preset_within_the_grid_is_no_trial_of_its_own() -> None:
    board = worked(create(spec("model.l2=0,1e-3")))
    assert len(board.trials) == 2 and board.preset_trial == board.trials[1]


@pytest.mark.slow
def test_each_point_is_trained_with_each_seed() -> None:
    board = worked(create(spec("model.l2=0,1e-3", seeds=3)))
    for trial in board.trials:
        assert [run.seed for run in trial.runs] == [1, 2, 3]
        values = [expected(trial.point, seed) for seed in (1, 2, 3)]
        assert [run.validation[-1] for run in trial.runs] == pytest.approx(values)
        assert trial.value == pytest.approx(sum(values) / 3)
    assert_trained_once(board)


def test_its_runs_are_ordinary_ones_that_say_what_they_belong_to() -> None:
    board = worked(create(spec("model.l2=0,1e-3")))
    run = store.find(board.trials[0].runs[0].run)
    assert run.manifest().name == "s 0" and run.manifest().preset == "bn-l2"
    assert (run.folder / TAG).is_file()
    assert run.experiment().training.keep_checkpoints == "latest"


def test_trials_that_differ_in_momentum_alone_share_one_training() -> None:
    board = worked(create(spec("model.bn_momentum=0.6,0.8", "model.l2=0,1e-3", seeds=2)))
    by_id = {one.run: one for trial in board.trials for one in trial.runs}
    leaders = [one for one in by_id.values() if not one.shares]
    assert len(by_id) == 8 and len(leaders) == 4
    for one in by_id.values():
        experiment, manifest = store.find(one.run).experiment(), store.find(one.run).manifest()
        assert (manifest.shares or "") == one.shares
        if one.shares:
            assert same_training(experiment, store.find(one.shares).experiment())
            assert experiment.training.seed == by_id[one.shares].seed and not experiment.training.probes
        else:
            assert experiment.training.probes == ("batch-statistics",)
            assert experiment.training.keep_checkpoints == "all"
    assert [trial.value for trial in board.trials] == pytest.approx(
        [(expected(t.point, 1) + expected(t.point, 2)) / 2 for t in board.trials]
    )
    assert_trained_once(board)


def test_a_trial_that_fails_keeps_no_other_from_being_trained() -> None:
    board = worked(create(spec("model.dropout=0.5,0.1", "model.l2=0,1e-3")))
    states = {
        (trial.point["model.dropout"], trial.state) for trial in board.trials if trial.origin == "search"
    }
    assert states == {(0.5, "failed"), (0.1, "done")}
    failed = next(trial for trial in board.trials if trial.state == "failed")
    assert "the loss is not a number" in failed.problem and board.over


@pytest.mark.slow
def test_a_failed_trial_can_be_tried_again() -> None:
    sweep = create(spec("model.dropout=0.5,0.1"))
    worked(sweep)
    (failed,) = [trial for trial in sweep.board().trials if trial.state == "failed"]
    with pytest.raises(UsageError, match="has no trial 99"):
        control.requeue("s", 99)
    with pytest.raises(UsageError, match="is done; only one that has failed"):
        control.requeue("s", next(t.number for t in sweep.board().trials if t.state == "done"))
    control.requeue("s", failed.number)
    until(lambda: sweep.worker() is None and sweep.board().over)
    (again,) = [trial for trial in sweep.board().trials if trial.number == failed.number]
    assert again.state == "failed" and again.runs[0].run == failed.runs[0].run
    kinds = [type(e.record) for e in JournalReader(store.find(again.runs[0].run).journal).read()]
    assert kinds.count(Started) == 2


@pytest.mark.slow
def test_random_points_are_the_same_each_time_and_none_twice() -> None:
    made = [worked(create(spec(name=name, search="random", trials=3, seeds=1))).trials for name in ("a", "b")]
    points = [[trial.point for trial in trials if trial.origin == "search"] for trials in made]
    assert points[0] == points[1] and len({str(point) for point in points[0]}) == 3


def test_tpe_tries_as_many_points_as_it_is_told() -> None:
    found = spec_of("bn-l2", [], DIGITS, grids=[], ranges=["model.l2=1e-5..1e-2:log"], trials=4, name="s")
    assert found.search == "tpe"
    board = worked(create(found))
    tried = [trial for trial in board.trials if trial.origin == "search"]
    assert len(tried) == 4 and all(1e-5 <= float(str(t.point["model.l2"])) <= 1e-2 for t in tried)
    assert board.over and board.preset_trial is not None
    assert_trained_once(board)


@pytest.mark.slow
def test_pruning_ends_what_is_behind_and_trains_the_other_seeds_of_what_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUICK_SECONDS", "0.15")
    values = "model.l2=0,1e-4,2e-4,3e-4,3e-2,4e-2,5e-2"
    given = {**DIGITS, "training.epochs": 6}
    board = worked(create(spec(values, pruning="median", seeds=2, given=given)))
    by_l2 = {trial.point["model.l2"]: trial for trial in board.trials if trial.origin == "search"}
    pruned = [l2 for l2, trial in by_l2.items() if trial.state == "pruned"]
    assert pruned and set(pruned) <= {3e-2, 4e-2, 5e-2}
    for l2, trial in by_l2.items():
        begun = [run for run in trial.runs if run.run]
        if l2 in pruned:
            assert len(begun) == 1 and 1 <= len(begun[0].validation) < 6
        else:
            assert trial.state == "done" and len(begun) == 2
    assert board.over


@pytest.mark.slow
def test_a_stopped_sweep_starts_nothing_more_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUICK_SECONDS", "0.4")
    sweep = control.start(spec())
    until(lambda: any(trial.state == "done" for trial in sweep.board().trials))
    assert control.stop("s", wait=60)
    stopped = sweep.board()
    assert stopped.stopped and not stopped.over and sweep.worker() is None
    done = [trial for trial in stopped.trials if trial.state == "done"]
    assert 1 <= len(done) < 5
    monkeypatch.setenv("QUICK_SECONDS", "0")
    control.resume("s")
    until(lambda: sweep.worker() is None and sweep.board().over)
    board = sweep.board()
    assert [trial.value for trial in board.trials] == pytest.approx([expected(t.point) for t in board.trials])
    assert_trained_once(board)
    with pytest.raises(UsageError, match="is over"):
        control.resume("s")


@pytest.mark.slow
def test_a_killed_coordinator_loses_nothing_and_the_next_one_makes_nothing_twice() -> None:
    sweep = control.start(spec(seeds=2))
    for _ in range(6):
        until(lambda: sweep.worker() is not None or sweep.board().over)
        time.sleep(0.5)
        lease = sweep.worker()
        if lease is not None:
            os.kill(lease.pid, signal.SIGKILL)
            until(lambda: sweep.worker() is None)
        if not sweep.board().over:
            control.resume("s")
    until(lambda: sweep.worker() is None and sweep.board().over)
    board = sweep.board()
    assert len(board.trials) == 5
    assert [trial.value for trial in board.trials] == pytest.approx(
        [(expected(t.point, 1) + expected(t.point, 2)) / 2 for t in board.trials]
    )
    assert_trained_once(board)


@pytest.mark.parametrize("moment", ["claimed", "queued", "noted"])
def test_one_killed_between_claim_and_note_is_taken_up(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    def die(*args: object, **more: object) -> None:
        raise Killed

    sweep = create(spec("model.l2=0,1e-3"))
    ledger, link = ledger_of(sweep), sweep.link()
    first = Coordinator(sweep, ledger, link)
    with monkeypatch.context() as patched:
        if moment == "claimed":
            patched.setattr(first._runs, "begin", die)
        elif moment == "queued":
            patched.setattr(ledger, "note_runs", die)
        else:
            patched.setattr(first._writer, "write", die)
        with pytest.raises(Killed):
            while True:
                first.look()
                time.sleep(0.02)
    board = worked(sweep)
    assert [trial.value for trial in board.trials] == pytest.approx([expected(t.point) for t in board.trials])
    assert_trained_once(board)


def test_a_second_one_on_the_same_store_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICK_SECONDS", "5")
    sweep = control.start(spec())
    until(store.folders)
    with pytest.raises(RunError, match="works on the sweep s in this store already"):
        process.work(sweep, lambda text: None, give_back=False)
    with pytest.raises(RunError, match="is at work"):
        control.delete("s")
    assert control.stop("s")
    control.delete("s")
    assert boards.sweeps() == [] and store.folders(), "its runs stay"


@pytest.mark.slow
def test_the_best_and_the_preset_are_confirmed_on_fresh_seeds() -> None:
    sweep = create(spec("model.l2=0,1e-3"))
    with pytest.raises(UsageError, match="no trial of the sweep s is done"):
        control.confirm("s")
    worked(sweep)
    assert control.confirm("s") == (2, 3, 4)
    assert len(sweep.board().trials) == 4, "whoever looks at once sees that it goes on"
    until(lambda: sweep.worker() is None and sweep.board().over)
    board = sweep.board()
    best, own = board.confirmations({"model.l2": 0.0}), board.confirmations({"model.l2": 1e-3})
    assert [run.seed for run in best[0].runs] == [2, 3, 4] and len(own) == 1
    assert best[0].value == pytest.approx(sum(expected({"model.l2": 0.0}, s) for s in (2, 3, 4)) / 3)
    assert control.confirm("s", 1) == (5,)
    until(lambda: sweep.worker() is None and sweep.board().over)
    assert len(board.ranked) == 2, "what confirms is not ranked"


def test_a_machine_with_other_images_takes_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = str(tmp_path / "shared.log")
    worked_here = create(spec("model.l2=0,1e-3"), shared)
    ledger = ledger_of(worked_here)
    ledger.facts = {"dataset": "another", "weights": "", "validation_images": 1, "test_images": 1}
    with pytest.raises(UsageError, match="images of this machine are not those of the sweep s"):
        process.work(worked_here, lambda text: None, give_back=True)
    assert {slip.state for slip in ledger.slips()} == {"waiting"}


def test_a_machine_without_the_images_says_so_and_takes_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared.log"
    create(spec("model.l2=0,1e-3"), str(shared))
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "box"))
    joined = join(str(shared), "s", data=str(tmp_path / "nowhere.npz"))
    with pytest.raises((MissingError, UsageError), match="nowhere"):
        process.work(joined, lambda text: None, give_back=True)
    assert {slip.state for slip in ledger_of(joined).slips()} == {"waiting"}


def test_a_silent_worker_is_noticed_and_its_trials_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared.log"
    sweep = create(spec("model.l2=0,1e-3"), str(shared))
    ledger = ledger_of(sweep)
    assert ledger.claim(ledger.slips()[0], "gone:1")
    monkeypatch.setattr(coordinator, "STALE_SECONDS", 0.5)
    board = worked(sweep)
    assert [trial.state for trial in board.trials] == ["done", "done"] and board.over
    assert_trained_once(board)


def test_a_worker_that_is_asked_to_end_gives_its_trials_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUICK_SECONDS", "0.5")
    sweep = create(spec("model.l2=0,1e-3"), str(tmp_path / "shared.log"))
    ledger = ledger_of(sweep)
    one = Coordinator(sweep, ledger, sweep.link())

    def until_it_trains() -> bool:
        one.look()
        return any(run.state == "running" for runs in one._mine.values() for run in runs)

    until(until_it_trains)
    one.give_all_back()
    assert {slip.state for slip in ledger.slips()} == {"waiting"}
    until(lambda: not changes.queue())


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: spec("model.l3=1"), "there is no setting 'model.l3'"),
        (lambda: spec("model.l2=-1,0"), "model.l2 = -1 is not allowed"),
        (lambda: spec("model.l2="), "there is no value behind the ="),
        (lambda: spec_of("bn", [], DIGITS, grids=[]), "a sweep needs a setting that varies"),
        (lambda: spec("model.l2=1", "model.l2=2"), "model.l2 is given twice"),
        (
            lambda: spec(*(f"{key}={','.join(str(n / 1000) for n in range(1, 101))}" for key in HUNDREDS)),
            "a grid of 1,000,000 points is not allowed: it must be at most 10,000",
        ),
        (lambda: spec(search="random", trials=0), "--trials 0 is not allowed"),
        (lambda: spec(search="random"), "--search random needs --trials N"),
        (lambda: spec(trials=3), "--trials is not allowed with a grid"),
        (lambda: spec(seeds=0), "--seeds 0 is not allowed"),
        (
            lambda: spec(pruning="median", given={**DIGITS, "training.epochs": 1}),
            "pruning needs at least 2 epochs",
        ),
        (
            lambda: spec("training.epochs=1,2", pruning="median"),
            "pruning is not allowed where training.epochs",
        ),
        (lambda: spec("training.seed=1,2"), "a sweep cannot vary training.seed"),
        (lambda: spec("data.pixels=unit,standardize"), "a sweep cannot vary data.pixels"),
        (
            lambda: spec_of("bn", [], DIGITS, grids=[], ranges=["model.l2=0..1"], search="grid"),
            "--range model.l2 has no grid",
        ),
        (lambda: spec_of("nothing", [], {}, grids=GRID), "there is no preset 'nothing'"),
        (lambda: spec(name="Not a name"), "cannot name a sweep"),
        (lambda: spec("model.pool=3,32"), "leaves no image"),
    ],
)
def test_bad_input_is_a_sentence_before_anything_is_made(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        make()
    assert sentence in error.value.sentence
    assert not store.folders() and not folders.names()


HUNDREDS = ("model.l2", "model.l1", "model.dropout")
