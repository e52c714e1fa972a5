"""What the app learns of a run's worker: that it works, is about to, is gone, or that nobody knows."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
from finished_runs import finished_run

from tuilab.errors import RunError
from tuilab.runs.lease import Lease, boot_id
from tuilab.runs.store import Run
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
    assert source.word_of(run.id) == Word("gone", "its worker ended without a last word")
    source.start(run)
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(OURS.text())
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(DEAD.model_copy(update={"pid": 2**22 - 2}).text())
    assert source.word_of(run.id) == Word("gone", "its worker ended without a last word")


def test_a_worker_that_ends_before_it_takes_the_lease_is_gone_at_once(source: Source) -> None:
    run = interrupted()
    source.start(run)
    source.worker.process.kill()
    source.worker.process.wait()
    word = source.word_of(run.id)
    assert (word.state, word.reason) == ("gone", "its worker ended before it began; its log says why")
    assert source.word_of(run.id).state == "gone"


def test_a_run_that_another_process_trains_is_not_started() -> None:
    run = interrupted()
    run.lease.write_text(
        OURS.model_copy(update={"pid": os.getppid(), "ticks": None})
        .model_copy(update={"started": psutil.Process(os.getppid()).create_time()})
        .text()
    )
    with pytest.raises(RunError, match="is being trained by process"):
        RunSource().start(run)


def test_a_journal_that_is_not_there_has_no_bytes() -> None:
    assert RunSource().journal_size("20260101-000000-bn") == 0
    assert RunSource().journal_size(interrupted().id) > 0
