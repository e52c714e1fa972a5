"""What the app learns of a run's worker: that it works, is about to, is gone, or that nobody knows."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
from finished_runs import DIGITS, INITIAL, NETWORK, VERSIONS, experiment_of, finished_run

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.journal.records import AnyRecord, Failed, Started, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.store import Run
from tuilab.runs.worker.approval import put_on_approval
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.runs.worker.process import WorkerProcess
from tuilab.runs.worker.standby import Standby
from tuilab.tui.run_source import RunningWorker, RunSource, Word

OURS = Lease(host=platform.node(), boot=boot_id(), pid=os.getpid(), started=psutil.Process().create_time())
DEAD = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)


class Slow:
    """A real process that has not taken its run's lease yet."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

    def stop(self) -> None:
        self.process.terminate()

    def ended(self) -> int | None:
        return self.process.poll()


class Source(RunSource):
    """Starts a slow process in a worker's place."""

    worker: Slow

    def launch(self, run: Run) -> RunningWorker:
        self.worker = Slow()
        return self.worker


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source()
    yield source
    if hasattr(source, "worker"):
        source.worker.process.kill()
        source.worker.process.wait()


def interrupted() -> Run:
    run = finished_run(last=None)
    run.lease.write_text(DEAD.text())
    return run


def test_the_lease_of_an_earlier_worker_says_nothing_of_one_that_was_just_started(source: Source) -> None:
    run = interrupted()
    assert source.word_of(run.id) == Word("gone", "its worker ended without saying why")
    source.start(run)
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(OURS.text())
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(DEAD.model_copy(update={"pid": 2**22 - 2}).text())
    assert source.word_of(run.id) == Word("gone", "its worker ended without saying why")


def test_a_worker_that_ends_before_it_takes_the_lease_is_gone_at_once(source: Source) -> None:
    run = interrupted()
    source.start(run)
    source.worker.process.kill()
    source.worker.process.wait()
    word = source.word_of(run.id)
    assert (word.state, word.reason) == ("gone", "its worker ended before it started; its log says why")
    assert source.word_of(run.id).state == "gone"


def test_a_run_that_another_process_trains_is_not_started() -> None:
    run = interrupted()
    run.lease.write_text(
        OURS.model_copy(update={"pid": os.getppid(), "ticks": None})
        .model_copy(update={"started": psutil.Process(os.getppid()).create_time()})
        .text()
    )
    with pytest.raises(RunError, match="is already being trained by process"):
        RunSource().start(run)


def test_a_journal_that_is_not_there_has_no_bytes() -> None:
    assert RunSource().journal_size("20260101-000000-bn") == 0
    assert RunSource().journal_size(interrupted().id) > 0


def asked_for(*records: AnyRecord) -> Run:
    """Make a run as ``tuilab run`` does, whose worker has said something."""
    run = store.create(experiment_of("bn", {"data.source": "digits"}), preset="bn")
    put_on_approval(run)
    if not records:
        return run  # its worker has not taken its lease yet
    run.lease.write_text(OURS.text())
    journal = JournalWriter(run.journal)
    for record in records:
        journal.append(record)
    journal.close()
    return run


STARTED = Started(pid=1, host="h", versions=VERSIONS)
REFUSED = Failed(reason="the images are damaged", exit_code=3, seconds=1.0)


def loaded(source: RunSource) -> list[str]:
    return [run.id for run in source.load(source.run_ids())[0]]


def test_a_run_that_may_still_be_refused_is_not_there() -> None:
    source, runs = RunSource(), [asked_for(), asked_for(STARTED), asked_for(STARTED, DIGITS, REFUSED)]
    assert loaded(source) == [] and source.undecided(source.run_ids())
    for run in runs:
        store.discard(run)
    assert loaded(source) == [] and not source.undecided(source.run_ids())


def test_a_run_is_there_once_it_is_accepted_or_who_asked_for_it_is_gone() -> None:
    source, run = RunSource(), asked_for(STARTED, DIGITS, INITIAL, NETWORK)
    assert loaded(source) == [run.id] and not source.undecided(source.run_ids())
    kept = asked_for(STARTED, REFUSED)
    (kept.folder / "asker.json").write_text(DEAD.text())
    assert loaded(source) == [run.id, kept.id]


@pytest.mark.parametrize(
    "last",
    [
        Failed(reason="it diverged", exit_code=4, seconds=1.0),
        Stopped(epoch=0, reason="asked to stop (SIGTERM)", seconds=1.0),
    ],
)
def test_a_run_that_is_kept_whatever_became_of_it_is_there(last: AnyRecord) -> None:
    run = asked_for(STARTED, last)
    assert loaded(RunSource()) == [run.id]


class Keeper(Standby):
    """Keeps nothing, and says what it was asked for."""

    def __init__(self, worker: WorkerProcess | None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._worker = worker

    def start(self) -> None:
        self.asked.append("start")

    def take(self, run: Run) -> WorkerProcess | None:
        self.asked.append(f"take {run.id}")
        return self._worker

    def close(self) -> None:
        self.asked.append("close")


def test_a_run_is_given_to_the_worker_that_stands_by_and_else_to_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready, new = object.__new__(WorkerProcess), object.__new__(WorkerProcess)
    monkeypatch.setattr("tuilab.tui.run_source.WorkerProcess", lambda run: new)
    run = store.create(experiment_of("bn", {}), preset="bn")
    keeper = Keeper(ready)
    source = RunSource(keeper)
    source.stand_by()
    assert source.launch(run) is ready
    source.close()
    assert keeper.asked == ["start", f"take {run.id}", "close"]
    assert RunSource(Keeper(None)).launch(run) is new
    without = RunSource()
    without.stand_by()
    assert without.launch(run) is new
    without.close()
