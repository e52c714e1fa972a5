"""Following a run that somebody else started, to its last record or to the reason why there is none."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from finished_runs import experiment_of
from records import STARTED

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import AnyRecord, Done, Note, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.worker.following import follow
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease
from tuilab.runs.worker.lease_holder import take_lease

STOPPED = Stopped(epoch=1, reason="asked to", seconds=1.0)
WORKER = """\
import sys
from pathlib import Path
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.journal.records import Done, Note, Started
from tuilab.runs.run import Run
run = Run(Path(sys.argv[1]))
held = take_lease(run.lease)
writer = JournalWriter(run.journal)
writer.append(Started(pid=1, host="b", versions={}))
print("ready", flush=True)
for line in sys.stdin:
    writer.append(Done(seconds=2) if line == "done\\n" else Note(text=line.strip()))
    if line == "done\\n":
        held.release()
"""


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


@pytest.fixture
def worker(run: Run) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start a worker elsewhere: it writes what it is told to."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, str(run.folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def write(run: Run, *records: AnyRecord) -> None:
    writer = JournalWriter(run.journal)
    for record in records:
        writer.append(record)
    writer.close()


def give_back(run: Run) -> None:
    take_lease(run.lease).release()


def kinds(run: Run) -> list[str]:
    return [entry.record.kind for entry in follow(run)]


def test_a_run_that_is_over_is_told_from_its_beginning(run: Run) -> None:
    give_back(run)
    write(run, STARTED, Note(text="a"), Done(seconds=1))
    assert kinds(run) == ["started", "note", "done"]


def test_a_reader_that_has_read_goes_on_from_its_place(run: Run) -> None:
    give_back(run)
    write(run, STARTED, Note(text="a"))
    reader = JournalReader(run.journal)
    assert len(reader.read()) == 2
    write(run, Done(seconds=1))
    assert [entry.record.kind for entry in follow(run, reader=reader)] == ["done"]


def test_a_run_copied_from_elsewhere_needs_no_lease(run: Run) -> None:
    write(run, STARTED, Done(seconds=1))
    assert kinds(run) == ["started", "done"]


def test_a_worker_at_work_is_followed_through_earlier_last_words_to_its_own(run: Run, worker) -> None:
    """A run that was stopped and continues: "stopped" stands in the middle of its journal."""
    write(run, STARTED, STOPPED)
    process, seen, looks = worker(), [], []
    for entry in follow(run, lambda: looks.append(1)):
        seen.append(entry.record.kind)
        if seen == ["started", "stopped", "started"]:
            tell(process, "a note")
        if seen[-1] == "note":
            tell(process, "done")
    assert seen == ["started", "stopped", "started", "note", "done"]
    assert looks


def test_a_worker_that_is_killed_leaves_a_sentence_that_says_how_to_go_on(run: Run, worker) -> None:
    process, seen = worker(), []
    with pytest.raises(RunError) as caught:
        for entry in follow(run):
            seen.append(entry.record.kind)
            process.kill()
    assert seen == ["started"]
    assert caught.value.sentence == f"{run.id} was interrupted: its worker ended without saying why"
    assert caught.value.remedies == (
        f"tuilab resume {run.id} continues from its last checkpoint",
        f"its output is in {run.log}",
    )


def test_a_worker_killed_after_going_on_was_interrupted_though_it_was_stopped_before(
    run: Run, worker
) -> None:
    write(run, STARTED, STOPPED)
    worker().kill()
    with pytest.raises(RunError, match="was interrupted"):
        kinds(run)


def test_a_workers_last_words_are_told_to_whoever_follows_it(run: Run, worker) -> None:
    process = worker()
    with run.log.open("a") as log:
        log.write(f"noise\n\ntuilab[{process.pid}]: the disk is read-only\n  - mount it writable\n")
    process.kill()
    process.wait()
    with pytest.raises(RunError) as caught:
        kinds(run)
    assert caught.value.sentence == f"{run.id} was interrupted: the disk is read-only"
    assert caught.value.remedies[0] == "mount it writable"


@pytest.mark.parametrize("over", [True, False])
def test_a_worker_that_is_unreachable_is_told_unless_it_had_its_last_word(run: Run, over: bool) -> None:
    lease = Lease.own().model_copy(update={"host": platform.node() + "-else"})
    run.lease.write_text(lease.text())
    then = run.lease.stat().st_mtime - FRESH_SECONDS - 9
    os.utime(run.lease, (then, then))
    write(run, STARTED, *([STOPPED] if over else []))
    if over:
        assert kinds(run) == ["started", "stopped"]
        return
    with pytest.raises(RunError) as caught:
        kinds(run)
    assert caught.value.sentence == (
        f"{run.id} cannot be followed: its worker runs on {lease.host}, which has not reported for a while"
    )
    assert caught.value.remedies == (
        f"once that worker is gone for good: tuilab resume {run.id} --take-over",
    )


def test_a_worker_that_never_begins_is_not_waited_for_for_ever(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuilab.runs.worker.following.START_SECONDS", 0.1)
    with pytest.raises(RunError, match=f"no worker is training {run.id}; tuilab resume {run.id} starts one"):
        kinds(run)


def test_a_damaged_journal_is_told(run: Run) -> None:
    give_back(run)
    write(run, STARTED)
    with run.journal.open("ab") as file:
        file.write(b"rubbish\n")
    with pytest.raises(RunError, match=r"damaged at byte \d+: .*journal\.jsonl"):
        kinds(run)


def test_a_run_that_is_removed_while_it_is_followed_is_said_to_be(run: Run) -> None:
    held = take_lease(run.lease)
    JournalWriter(run.journal).append(STARTED)
    entries = follow(run)
    assert next(entries).record == STARTED
    shutil.rmtree(run.folder)
    with pytest.raises(RunError) as caught:
        next(entries)
    assert caught.value.sentence == f"{run.folder} was removed while it was being trained"
    assert caught.value.exit_code == 4
    held.release()
