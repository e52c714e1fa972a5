"""What the app learns of a run's worker: that it works, is about to, is gone, or that nobody knows."""

import os
import platform
import time
from collections.abc import Sequence

import psutil
import pytest
from finished_runs import experiment_of, finished_run
from records import DIGITS, INITIAL, NETWORK, STARTED

from tuilab.runs import store
from tuilab.runs.index import read_all
from tuilab.runs.journal.records import AnyRecord, Failed, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.queue import changes
from tuilab.runs.queue import entry as entries
from tuilab.runs.queue.entry import NAME, Entry, Start
from tuilab.runs.run import Run
from tuilab.runs.worker import approval
from tuilab.runs.worker.approval import put_on_approval
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui.queue_source import QueueSource
from tuilab.tui.run_source import RunSource, Word

OURS = Lease(host=platform.node(), boot=boot_id(), pid=os.getpid(), started=psutil.Process().create_time())
DEAD = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)


def interrupted() -> Run:
    run = finished_run(last=None)
    run.lease.write_text(DEAD.text())
    return run


def test_the_lease_of_an_earlier_worker_says_nothing_of_a_run_that_waits_to_go_on() -> None:
    source, run = RunSource(), interrupted()
    assert source.word_of(run.id) == Word("gone", "its worker ended without saying why")
    changes.put(run, Entry(new=False))
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(OURS.text())
    assert changes.take(run)
    assert source.word_of(run.id).state == "works"
    run.lease.write_text(DEAD.model_copy(update={"pid": 2**22 - 2}).text())
    assert source.word_of(run.id) == Word("gone", "its worker ended without saying why")


def test_a_run_that_waits_for_days_is_not_taken_for_one_whose_worker_never_started() -> None:
    run = store.create(experiment_of("bn", {}), preset="bn", beside={NAME: Entry().text()})
    os.utime(run.folder, (1.0, 1.0))
    assert RunSource().word_of(run.id) == Word()
    (run.folder / NAME).unlink()
    os.utime(run.folder, (1.0, 1.0))
    assert RunSource().word_of(run.id) == Word("gone", "its worker never started")


def test_what_became_of_a_run_that_was_queued() -> None:
    queue, run = QueueSource(), interrupted()
    changes.put(run, Entry(new=False))
    assert queue.became(run.id) is None
    run.lease.write_text(OURS.text())
    assert changes.take(run) and queue.became(run.id) == "begun"
    run.lease.write_text(DEAD.text())
    assert queue.became(run.id) == "idle"
    store.discard(run)
    assert queue.became(run.id) == "gone"


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


REFUSED = Failed(reason="the images are damaged", exit_code=3, seconds=1.0)


def loaded(source: RunSource) -> list[str]:
    return [run.id for run in source.load(source.run_ids())[0]]


def test_a_run_that_may_still_be_refused_is_not_there() -> None:
    source, runs = RunSource(), [asked_for(), asked_for(STARTED), asked_for(STARTED, DIGITS, REFUSED)]
    assert loaded(source) == [] and source.undecided(source.run_ids())
    for run in runs:
        store.discard(run)
    assert loaded(source) == [] and not source.undecided(source.run_ids())


def test_a_run_that_is_queued_is_there_once_it_waits_for_others_and_not_while_its_worker_loads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits, begins = asked_for(), asked_for()
    by = Lease.own()
    entries.write(waits, Entry())
    entries.write(begins, Entry(start=Start(by=by, worker=by, device="cpu", time=time.time())))
    assert loaded(RunSource()) == [], "what need not wait leaves the queue at once"
    monkeypatch.setattr(approval, "_AT_ONCE_SECONDS", 0.0)
    assert loaded(RunSource()) == [waits.id]


def test_a_run_that_is_refused_while_it_is_read_is_neither_there_nor_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after, before = asked_for(STARTED), asked_for(STARTED)

    def meanwhile(runs: Sequence[Run]) -> object:
        store.discard(before)
        found = read_all(runs)
        store.discard(after)
        return found

    monkeypatch.setattr("tuilab.tui.run_source.read_all", meanwhile)
    assert RunSource().load([before.id, after.id]) == ([], {})


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
