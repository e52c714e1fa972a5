"""How often the worker speaks, by a clock that the test moves."""

import errno
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import records

from tuilab.engine import telemetry
from tuilab.engine.telemetry import Reporter, Throttle
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import AnyRecord, Batch, Done, Evaluated, Note, Phase, Record
from tuilab.runs.journal.writer import JournalWriter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_throttle_says_yes_at_first_and_then_once_an_interval() -> None:
    clock = Clock()
    throttle = Throttle(0.25, clock)
    said = []
    for _ in range(100):  # one second in steps of 10 ms
        said.append(throttle.due())
        clock.now += 0.01
    assert said[0] and 4 <= sum(said) <= 5
    times = [n for n, yes in enumerate(said) if yes]
    assert min(b - a for a, b in pairwise(times)) >= 25


def test_a_throttle_that_was_not_asked_for_long_does_not_catch_up() -> None:
    clock = Clock()
    throttle = Throttle(0.25, clock)
    assert throttle.due()
    clock.now += 60
    assert throttle.due() and not throttle.due()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each fsync."""
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    return calls


def batch(step: int) -> Batch:
    return records.batch(1, step, 9)


@pytest.mark.parametrize(
    ("record", "durable"),
    [
        (batch(1), False),
        (Phase(name="training"), False),
        (Note(text="by the way"), False),
        (records.epoch(1), True),
        (Evaluated(test_accuracy=1, test_cross_entropy=0), True),
        (Done(seconds=1), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Record) else "",
)
def test_progress_is_written_at_once_and_all_else_is_on_the_disk_as_well(
    record: Any, durable: bool, tmp_path: Path, synced: list[int]
) -> None:
    journal = tmp_path / "journal.jsonl"
    Reporter(JournalWriter(journal))(record)
    assert [entry.record for entry in JournalReader(journal).read()] == [record]
    assert len(synced) == (1 if durable else 0)


def test_progress_is_throttled_but_its_end_is_always_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(telemetry, "Throttle", lambda seconds: Throttle(seconds, clock))
    journal = tmp_path / "journal.jsonl"
    report = Reporter(JournalWriter(journal))
    for done in range(101):
        report.progress("loading", "images", done, 100, "images")
        clock.now += 0.001
    report.progress("downloading", "an archive of unknown size", 5, None, "bytes")
    records = [entry.record for entry in JournalReader(journal).read()]
    assert records == [
        Phase(name="loading", what="images", done=0, total=100, unit="images"),
        Phase(name="loading", what="images", done=100, total=100, unit="images"),
    ]


class FullDisk:
    """A journal whose disk takes only so many more records."""

    def __init__(self, room: int) -> None:
        self.room, self.written = room, list[AnyRecord]()

    def append(self, record: AnyRecord, *, durable: bool = False) -> None:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= 1
        self.written.append(record)


def patient(room: int) -> tuple[Reporter, FullDisk]:
    disk = FullDisk(room)
    journal: Any = disk
    report = Reporter(journal)
    report.patient = True
    return report, disk


def test_a_full_disk_is_waited_for_and_all_but_progress_is_told_in_order() -> None:
    report, disk = patient(room=1)
    epochs = [records.epoch(n) for n in range(1, 5)]
    report(epochs[0])
    report(epochs[1])
    report.phase("training")
    report(epochs[2])
    assert disk.written == epochs[:1]
    disk.room = 100
    report(epochs[3])
    first, note, *rest = disk.written
    assert [first, *rest] == epochs
    assert isinstance(note, Note) and note.text.startswith("the disk was full for a while")


def test_the_last_word_does_not_wait() -> None:
    report, _ = patient(room=0)
    report(records.epoch(1))
    with pytest.raises(OSError, match="No space"):
        report(Done(seconds=1.0))


def test_before_there_is_something_to_lose_a_full_disk_ends_the_run() -> None:
    report, _ = patient(room=0)
    report.patient = False
    with pytest.raises(OSError, match="No space"):
        report(records.epoch(1))


def test_a_disk_that_is_gone_is_not_waited_for() -> None:
    report, disk = patient(room=0)

    def gone(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    disk.append = gone  # type: ignore[method-assign]
    with pytest.raises(OSError, match="Input/output"):
        report(records.epoch(1))


def test_progress_is_stamped_with_the_seconds_of_work(tmp_path: Path) -> None:
    path, worked = tmp_path / "journal.jsonl", iter((1.5, 2.5))
    report = Reporter(JournalWriter(path), lambda: next(worked))
    report(batch(1))
    report(records.epoch(1))
    report.phase("training")
    written = [entry.record for entry in JournalReader(path).read()]
    assert [getattr(record, "worked", None) for record in written] == [1.5, None, 2.5]
