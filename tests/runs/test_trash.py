"""Deleting a run moves it aside; it can be restored until the trash is emptied."""

import os
import platform
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tuilab.errors import RunError, UsageError
from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.files import paths
from tuilab.runs.journal.records import Done
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.store import create, find, list_runs
from tuilab.runs.trash import Trashed, empty_trash, restore, trash
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease, boot_id

EXPERIMENT = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd", momentum=0.9))


@pytest.fixture
def run() -> Run:
    run = create(EXPERIMENT, preset="bn", name="mine")
    (run.checkpoints / "final").mkdir()
    (run.checkpoints / "final" / "network.weights.h5").write_bytes(b"weights")
    return run


def lease_of(run: Run, pid: int, host: str = platform.node()) -> None:
    started = psutil.Process(pid).create_time() if psutil.pid_exists(pid) else 0.0
    run.lease.write_text(Lease(host=host, boot=boot_id(), pid=pid, started=started).model_dump_json())


def age(trashed: Trashed, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(trashed.folder, (then, then))


def test_a_deleted_run_is_no_longer_listed_and_can_be_brought_back(run: Run) -> None:
    other = create(EXPERIMENT, preset="baseline")
    files = sorted(path.relative_to(run.folder) for path in run.folder.rglob("*"))
    trashed = trash(run)
    assert list_runs() == [other]
    with pytest.raises(UsageError):
        find(run.id)
    assert restore(trashed) == run
    assert run in list_runs()
    assert sorted(path.relative_to(run.folder) for path in run.folder.rglob("*")) == files
    assert run.manifest().name == "mine"
    assert stat.S_IMODE(run.folder.stat().st_mode) == 0o700


def test_the_same_run_can_be_deleted_and_brought_back_again(run: Run) -> None:
    for _ in range(3):
        restore(trash(run))
    assert list_runs() == [run]


def test_a_run_that_trains_is_not_deleted(run: Run) -> None:
    lease_of(run, os.getpid())
    with pytest.raises(UsageError) as caught:
        trash(run)
    assert caught.value.sentence == f"{run.id} is training; stop it first"
    assert list_runs() == [run]


def test_a_run_whose_worker_is_gone_is_deleted(run: Run) -> None:
    run.lease.write_text(Lease(host=platform.node(), boot=boot_id(), pid=1, started=0).model_dump_json())
    trash(run)
    assert list_runs() == []


@pytest.mark.parametrize("last_word", [True, False])
def test_a_run_whose_worker_is_unreachable_is_deleted_only_after_its_last_word(
    run: Run, last_word: bool
) -> None:
    host = platform.node() + "-else"
    lease_of(run, os.getpid(), host)
    with pytest.raises(UsageError, match="is training; stop it first"):
        trash(run)
    then = run.lease.stat().st_mtime - FRESH_SECONDS - 9
    os.utime(run.lease, (then, then))
    if last_word:
        JournalWriter(run.journal).append(Done(seconds=1))
        trash(run)
        assert list_runs() == []
        return
    with pytest.raises(UsageError) as caught:
        trash(run)
    assert caught.value.sentence == (
        f"{run.id} may still be training on {host}, which has not reported for a while; once that "
        f"worker is gone for good, take the run over with tuilab resume {run.id} --take-over"
    )
    assert list_runs() == [run]


def test_a_run_that_is_gone_is_told(run: Run) -> None:
    trashed = trash(run)
    with pytest.raises(UsageError, match="no longer exists"):
        trash(run)
    assert empty_trash(-60) == 1
    with pytest.raises(UsageError, match="it was deleted for good"):
        restore(trashed)


def test_a_run_is_never_brought_back_over_another(run: Run) -> None:
    trashed = trash(run)
    run.folder.mkdir()
    with pytest.raises(UsageError, match="a folder with that name already exists"):
        restore(trashed)
    assert trashed.folder.is_dir()


def test_emptying_takes_only_what_was_deleted_long_enough_ago(run: Run) -> None:
    week_old, kept = trash(create(EXPERIMENT, preset="bn")), trash(create(EXPERIMENT, preset="bn"))
    age(week_old, 8 * 86400)
    age(kept, 6 * 86400)
    drafts = paths.runs() / ".draft-0123456789abcdef"
    drafts.mkdir()
    assert empty_trash(7 * 86400) == 1
    assert not week_old.folder.exists()
    assert kept.folder.is_dir()
    assert drafts.is_dir()
    assert list_runs() == [run]


def test_the_age_of_a_deleted_run_counts_from_its_deletion(run: Run) -> None:
    os.utime(run.folder, (0, 0))
    trash(run)
    assert empty_trash(3600) == 0


def test_a_link_in_the_trash_is_left_alone(run: Run) -> None:
    link = paths.runs() / ".trash-20260102-123015-bn-01234567"
    link.symlink_to(run.folder)
    assert empty_trash(-60) == 0
    assert run.folder.is_dir()


def test_without_runs_there_is_no_trash() -> None:
    assert empty_trash(0) == 0
    assert not paths.home().exists()


def test_what_cannot_be_deleted_is_told_and_the_rest_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = trash(run), trash(create(EXPERIMENT, preset="bn"))
    import shutil

    real = shutil.rmtree

    def refuse(folder: object, **more: object) -> None:
        if folder == bad.folder:
            raise PermissionError(13, "Permission denied")
        real(folder)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr("tuilab.runs.trash.shutil.rmtree", refuse)
    with pytest.raises(
        RunError, match=r"1 deleted run could not be deleted from the disk: .*Permission denied"
    ):
        empty_trash(-60)
    assert not good.folder.exists()


def test_drafts_that_a_killed_process_left_are_taken_away_a_day_after(run: Run) -> None:
    code = (
        "import os, signal; from finished_runs import experiment_of; from tuilab.runs import store\n"
        "store.to_toml = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.create(experiment_of('bn', {}), preset='bn')"
    )
    tests = Path(__file__).parents[1] / "support"
    environment = {**os.environ, "PYTHONPATH": f"{tests}:{tests.parents[1]}"}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = paths.runs().glob(".draft-*")
    file = paths.runs() / ".draft-0123456789abcdef"
    file.write_text("half an index")
    foreign = paths.runs() / ".draft-of-mine"
    foreign.mkdir()
    assert empty_trash(0) == 0 and left.is_dir() and file.exists(), "a fresh one may be in the making"
    for path in (left, file, foreign):
        then = time.time() - 25 * 3600
        os.utime(path, (then, then))
    assert empty_trash(0) == 0
    assert not left.exists() and not file.exists() and foreign.is_dir()
    assert list_runs() == [run]
