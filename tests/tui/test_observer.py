"""The observer: what happens to run folders is said once, in order, and nothing else is."""

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from finished_runs import finished_run
from records import DONE, VERSIONS, epoch, learning_batch
from textual.message import Message

from tuilab.errors import RunError
from tuilab.runs.journal.records import Resumed, Started, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui import run_source
from tuilab.tui.messages import Metered, RunGrew, RunLost, RunsListed, RunUnreachable
from tuilab.tui.meters import Reading
from tuilab.tui.observer import Observer
from tuilab.tui.run_source import RunSource
from tuilab.tui.surroundings import Pace

M = TypeVar("M", bound=Message)
FAST = Pace(look=0.01, list=0.08, meter=0.08)
STOPPED = Stopped(epoch=1, reason="asked to stop", seconds=3.0)
RESUMED = Resumed(epoch=1, step=0, checkpoint="epoch-00001")


class Inbox:
    """An observer and what it posted."""

    def __init__(self, source: RunSource | None = None) -> None:
        self.posted: list[Message] = []
        self.source = source or RunSource()
        self.observer = Observer(self.source, self.posted.append, lambda: Reading(1.0, 1, 2), FAST)

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.posted if isinstance(message, kind)]

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.observer.look_at_queue()
            if true():
                return
            time.sleep(0.005)
        raise AssertionError(f"it did not come true: {self.posted}")

    def rest(self) -> None:
        """Let it look some more times."""
        for _ in range(5):
            self.observer.look_at_queue()
            time.sleep(0.01)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.observer.stop()


def live_run(*records: Any) -> tuple[Run, JournalWriter]:
    run = finished_run(last=None, epochs=[])
    writer = JournalWriter(run.journal)
    for record in records:
        writer.append(record)
    return run, writer


def test_of_a_long_past_comes_what_can_be_drawn_and_then_every_entry(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_source, "_MOST_MOMENTS", 50)
    run, writer = live_run(*[learning_batch(1, step, 1000) for step in range(1, 1001)], epoch(1))
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.until(lambda: inbox.of(RunGrew))
    entries = inbox.of(RunGrew)[0].entries
    steps = [entry.record.step for entry in entries if entry.record.kind == "batch"]
    assert 25 <= len(steps) <= 51 and steps[-1] == 1000
    assert [entry.record for entry in entries if entry.record.kind == "epoch"] == [epoch(1)]
    for step in range(1, 4):
        writer.append(learning_batch(2, step, 1000))
    writer.append(DONE)
    writer.close()
    inbox.until(lambda: inbox.of(RunGrew)[-1].entries[-1].record == DONE)
    later = [entry for message in inbox.of(RunGrew)[1:] for entry in message.entries]
    assert [entry.record.kind for entry in later] == ["batch"] * 3 + ["done"]


def test_a_journals_entries_come_once_and_in_order(inbox: Inbox) -> None:
    run, writer = live_run()
    inbox.observer.start()
    inbox.observer.follow(run.id)
    for number in (1, 2, 3):
        writer.append(epoch(number))
        inbox.until(
            lambda n=number: any(
                getattr(e.record, "epoch", 0) == n for g in inbox.of(RunGrew) for e in g.entries
            )
        )
    writer.append(DONE)
    inbox.until(lambda: any(e.record == DONE for g in inbox.of(RunGrew) for e in g.entries))
    inbox.rest()
    entries = [entry for message in inbox.of(RunGrew) for entry in message.entries]
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    assert not inbox.of(RunLost)


def test_a_run_followed_twice_is_read_once(inbox: Inbox) -> None:
    run = finished_run()
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.observer.follow(run.id)
    inbox.until(lambda: inbox.of(RunGrew))
    inbox.observer.follow(run.id)
    inbox.rest()
    assert len(inbox.of(RunGrew)) == 1


def test_a_run_that_is_forgotten_is_read_anew_when_it_is_followed_again(inbox: Inbox) -> None:
    run = finished_run()
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.until(lambda: len(inbox.of(RunGrew)) == 1)
    inbox.observer.forget(run.id)
    inbox.observer.follow(run.id)
    inbox.until(lambda: len(inbox.of(RunGrew)) == 2)
    assert [message.entries[0].seq for message in inbox.of(RunGrew)] == [0, 0]


def test_a_long_journal_comes_in_pieces_so_that_keys_are_answered_between_them(inbox: Inbox) -> None:
    run, _writer = live_run(*(learning_batch(1, step, 5000) for step in range(1, 4501)), DONE)
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunGrew) and inbox.of(RunGrew)[-1].entries[-1].record == DONE)
    pieces = [len(message.entries) for message in inbox.of(RunGrew)]
    assert max(pieces) <= 2000
    assert len(pieces) >= 3
    seqs = [entry.seq for message in inbox.of(RunGrew) for entry in message.entries]
    assert seqs == list(range(len(seqs)))


def test_a_damaged_journal_is_said_once_after_what_stands_before_the_damage(inbox: Inbox) -> None:
    run, _writer = live_run(epoch(1))
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.until(lambda: inbox.of(RunGrew))
    with run.journal.open("ab") as file:
        file.write(b'{"crc":"00000000","seq":6}\n')
    inbox.until(lambda: inbox.of(RunLost))
    inbox.rest()
    [lost] = inbox.of(RunLost)
    assert lost.run_id == run.id
    assert "checksum" in lost.reason


def test_a_folder_that_goes_while_it_is_read_is_said_once(inbox: Inbox, tmp_path: Path) -> None:
    run, _ = live_run(epoch(1))
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.until(lambda: inbox.of(RunGrew))
    run.folder.rename(tmp_path / "elsewhere")  # at once: whoever deletes file by file is seen to do so
    inbox.until(lambda: inbox.of(RunLost))
    inbox.rest()
    assert [(lost.run_id, lost.reason) for lost in inbox.of(RunLost)] == [(run.id, "its folder is gone")]


def test_a_worker_that_is_gone_is_said_after_its_last_word_was_looked_for(inbox: Inbox) -> None:
    run, _writer = live_run()
    lease = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    run.lease.write_text(lease.model_dump_json())
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunLost))
    assert isinstance(inbox.posted[0], RunGrew)
    assert inbox.of(RunLost)[0].reason == "its worker ended without saying why"


def test_a_worker_that_ended_with_a_last_word_is_not_missed(inbox: Inbox) -> None:
    run, _writer = live_run(DONE)
    lease = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    run.lease.write_text(lease.model_dump_json())
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunGrew))
    inbox.rest()
    assert not inbox.of(RunLost)


def test_a_journal_that_cannot_be_read_is_said_once(inbox: Inbox) -> None:
    run = finished_run()
    run.journal.unlink()
    run.journal.mkdir()
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunLost))
    inbox.rest()
    assert [lost.reason for lost in inbox.of(RunLost)] == ["its journal cannot be read: Is a directory"]


def test_the_list_of_runs_is_posted_when_it_is_another_one(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = finished_run()
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunsListed))
    inbox.rest()
    assert [listed.run_ids for listed in inbox.of(RunsListed)] == [(first.id,)]
    second = finished_run()
    inbox.until(lambda: len(inbox.of(RunsListed)) == 2)
    assert inbox.of(RunsListed)[1].run_ids == (first.id, second.id)
    shutil.rmtree(first.folder)
    inbox.until(lambda: len(inbox.of(RunsListed)) == 3)
    assert inbox.of(RunsListed)[2].run_ids == (second.id,)


def test_a_store_that_cannot_be_listed_is_said_once_and_takes_no_run_away() -> None:
    class Broken(RunSource):
        broken = False

        def run_ids(self) -> tuple[str, ...]:
            if self.broken:
                raise RunError("the runs cannot be listed: Input/output error")
            return ("20260101-000000-bn",)

    source = Broken()
    inbox = Inbox(source)
    inbox.observer.start()
    try:
        inbox.until(lambda: inbox.of(RunsListed))
        source.broken = True
        inbox.until(lambda: len(inbox.of(RunsListed)) == 2)
        inbox.rest()
        [_, problem] = inbox.of(RunsListed)
        assert problem.run_ids == ("20260101-000000-bn",)
        assert problem.problem == "the runs cannot be listed: Input/output error"
        source.broken = False
        inbox.until(lambda: len(inbox.of(RunsListed)) == 3)
        assert inbox.of(RunsListed)[2].problem == ""
    finally:
        inbox.observer.stop()


def test_nothing_is_posted_when_nothing_changes(inbox: Inbox) -> None:
    run = finished_run()
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunGrew) and inbox.of(RunsListed))
    before = list(inbox.posted)
    for _ in range(5):
        inbox.rest()
    assert inbox.posted == before, "neither the list nor the journal nor, where nothing trains, meters"


def test_meters_are_read_while_something_trains(inbox: Inbox) -> None:
    run, _writer = live_run(Started(pid=1, host="h", versions=VERSIONS))
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: len(inbox.of(Metered)) >= 2)
    assert inbox.of(Metered)[0].reading == Reading(1.0, 1, 2)


def lease_of(run: Run, **changed: Any) -> None:
    lease = Lease(
        host=platform.node(), boot=boot_id(), pid=os.getpid(), started=psutil.Process().create_time()
    )
    run.lease.write_text(lease.model_copy(update=changed).model_dump_json())


def records(inbox: Inbox) -> list[Any]:
    return [entry.record for message in inbox.of(RunGrew) for entry in message.entries]


def test_a_run_that_goes_on_is_followed_beyond_its_last_record(inbox: Inbox) -> None:
    run, writer = live_run(epoch(1), STOPPED)
    inbox.observer.start()
    inbox.observer.follow(run.id)
    inbox.until(lambda: STOPPED in records(inbox))
    lease_of(run)
    inbox.observer.resume(run.id)
    inbox.rest()
    writer.append(RESUMED)
    writer.append(epoch(2))
    inbox.until(lambda: epoch(2) in records(inbox))
    seqs = [entry.seq for message in inbox.of(RunGrew) for entry in message.entries]
    assert seqs == list(range(len(seqs))), "each entry once"


def test_a_run_that_another_process_lets_go_on_is_noticed_though_nobody_looked_at_it(
    inbox: Inbox,
) -> None:
    run, writer = live_run(epoch(1), STOPPED)
    inbox.observer.expect([run.id])
    inbox.observer.start()
    inbox.until(lambda: run.id in inbox.observer._sizes)
    assert not inbox.of(RunGrew)
    lease_of(run)
    writer.append(RESUMED)
    inbox.until(lambda: RESUMED in records(inbox))
    writer.append(epoch(2))
    inbox.until(lambda: epoch(2) in records(inbox))
    assert not inbox.of(RunLost)


def test_a_damaged_journal_is_read_from_its_beginning_once_its_worker_has_repaired_it(
    inbox: Inbox,
) -> None:
    run, writer = live_run(epoch(1))
    writer.close()
    with run.journal.open("ab") as file:
        file.write(b'{"crc":"00000000","seq":6}\n')
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunLost))
    lease_of(run)
    inbox.observer.resume(run.id)
    inbox.rest()
    assert len(inbox.of(RunLost)) == 1, "the damage is not told again"
    JournalWriter(run.journal).append(RESUMED)
    inbox.until(lambda: RESUMED in records(inbox))
    assert [message.entries[0].seq for message in inbox.of(RunGrew)].count(0) == 2
    assert len(inbox.of(RunLost)) == 1


def test_a_worker_on_a_silent_host_is_told_and_told_again_when_it_is_heard_of(inbox: Inbox) -> None:
    run, writer = live_run(epoch(1))
    lease_of(run, host="another-host")
    long_ago = time.time() - 3600
    os.utime(run.lease, (long_ago, long_ago))
    inbox.observer.follow(run.id)
    inbox.observer.start()
    inbox.until(lambda: inbox.of(RunUnreachable))
    inbox.rest()
    [silent] = inbox.of(RunUnreachable)
    assert "another-host, which has not reported for a while" in silent.reason
    assert not inbox.of(Metered), "the meters are those of this machine"
    os.utime(run.lease)
    inbox.until(lambda: len(inbox.of(RunUnreachable)) == 2)
    assert inbox.of(RunUnreachable)[1].reason == ""
    writer.append(epoch(2))
    inbox.until(lambda: epoch(2) in records(inbox))
    assert not inbox.of(RunLost)
