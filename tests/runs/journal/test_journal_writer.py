"""The journal's writer: what it appends is whole, whatever the disk and the process do."""

import errno
import os
from pathlib import Path

import pytest
from journals import BATCH, EVERY_KIND, LINES, STARTED, epoch, records, write

from tuilab.runs.journal import reader as reader_module
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import Done
from tuilab.runs.journal.writer import JournalWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_a_writer_that_reopens_goes_on_where_the_last_one_ended(path: Path) -> None:
    for number in range(1, 4):
        write(path, epoch(number))
    assert records(path) == [epoch(1), epoch(2), epoch(3)]


def test_times_are_the_writers_clock_in_milliseconds(path: Path) -> None:
    writer = JournalWriter(path, clock=lambda: 1767225600.123456)
    writer.append(STARTED)
    writer.close()
    assert JournalReader(path).read()[0].time == 1767225600.123


def test_durable_means_that_the_disk_was_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "fsync", asked.append)
    writer = JournalWriter(path)
    writer.append(BATCH)
    assert asked == []
    writer.append(epoch(1), durable=True)
    assert len(asked) == 1
    writer.close()


def full_disk(monkeypatch: pytest.MonkeyPatch, *, bytes_left: int) -> None:
    """From now on the disk takes so many bytes more."""
    real, left = os.write, [bytes_left]

    def write_some(fd: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        n = real(fd, bytes(data)[: left[0]])
        left[0] -= n
        return n

    monkeypatch.setattr(os, "write", write_some)


@pytest.mark.parametrize("bytes_left", [0, 1, 10, len(LINES[0]) - 1])
def test_a_full_disk_leaves_the_journal_readable_and_the_next_append_works(
    path: Path, bytes_left: int
) -> None:
    writer = JournalWriter(path)
    writer.append(STARTED)
    with pytest.MonkeyPatch.context() as patch:
        full_disk(patch, bytes_left=bytes_left)
        with pytest.raises(OSError, match="No space"):
            writer.append(epoch(1), durable=True)
        assert records(path) == [STARTED]
        assert path.read_bytes().endswith(b"\n"), "the half-written line is gone"
    writer.append(epoch(1))
    writer.close()
    assert records(path) == [STARTED, epoch(1)]


def test_a_disk_that_refuses_to_cut_as_well_does_not_glue_the_next_record_to_the_torn_one(path: Path) -> None:
    writer = JournalWriter(path)
    writer.append(STARTED)
    with pytest.MonkeyPatch.context() as patch:
        full_disk(patch, bytes_left=10)

        def refuse(fd: int, length: int) -> None:
            raise OSError(errno.EIO, "the disk is gone")

        patch.setattr(os, "ftruncate", refuse)
        with pytest.raises(OSError, match="No space"):
            writer.append(epoch(1))
        assert records(path) == [STARTED]
        with pytest.raises(OSError, match="gone"):
            writer.append(epoch(1))
    writer.append(epoch(2))
    writer.close()
    assert records(path) == [STARTED, epoch(2)]


def test_a_record_that_a_reader_may_have_seen_is_not_taken_back(path: Path) -> None:
    writer, reader = JournalWriter(path), JournalReader(path)

    def not_now(fd: int) -> None:
        seen.extend(reader.read())  # a reader is faster than the disk
        raise OSError(errno.EIO, "not confirmed")

    seen: list[Entry] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", not_now)
        with pytest.raises(OSError, match="not confirmed"):
            writer.append(epoch(1), durable=True)
    writer.append(Done(seconds=1))
    writer.close()
    seen.extend(reader.read())
    assert [entry.record for entry in seen] == [epoch(1), Done(seconds=1)]
    assert reader.damage is None


def test_writes_that_take_a_few_bytes_at_a_time_are_finished(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:7]))
    write(path, *EVERY_KIND)
    assert records(path) == EVERY_KIND


def test_an_exception_in_the_middle_of_a_line_leaves_no_half_of_it(path: Path) -> None:
    writer = JournalWriter(path)
    with pytest.MonkeyPatch.context() as patch:
        real = os.write

        def interrupted(fd: int, data: bytes) -> int:
            real(fd, bytes(data)[:9])
            raise KeyboardInterrupt

        patch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            writer.append(STARTED)
    writer.append(STARTED)
    writer.close()
    assert records(path) == [STARTED]


# ---- what it finds when it opens


def test_it_says_how_much_of_a_torn_or_damaged_end_was_cut_off(path: Path) -> None:
    whole = b"".join(LINES)
    for content, cut in [
        (b"", 0),
        (whole, 0),
        (whole[:-4], len(LINES[2]) - 4),
        (whole + b"\0" * 5000, 5000),
        (LINES[0] + b"x" + LINES[1] + LINES[2], 1 + len(LINES[1]) + len(LINES[2])),
    ]:
        path.write_bytes(content)
        writer = JournalWriter(path)
        assert writer.cut_bytes == cut
        assert path.stat().st_size == len(content) - cut
        writer.close()


def test_a_long_journal_is_opened_without_decoding_its_batches(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, STARTED, *[BATCH] * 50)
    decoded: list[int] = []
    real = reader_module.decode
    monkeypatch.setattr(reader_module, "decode", lambda text, seq: decoded.append(seq) or real(text, seq))
    write(path, epoch(1))
    assert decoded == [0]
    assert records(path) == [STARTED, *[BATCH] * 50, epoch(1)]
