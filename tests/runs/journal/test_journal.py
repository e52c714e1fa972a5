"""The journal: what was written is read, damage is told, and no crash costs more than the last line."""

import errno
import json
import math
import os
import stat
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import (
    APART,
    BATCH,
    EVERY_KIND,
    LINES,
    RECORDS,
    SMALL,
    STARTED,
    epoch,
    line,
    records,
    write,
    written,
)

from tuilab.runs.journal import reader as reader_module
from tuilab.runs.journal.lines import encode
from tuilab.runs.journal.reader import Entry, JournalReader, decode
from tuilab.runs.journal.records import LAST, AnyRecord, Done, Evaluated, Note, Phase, adapter
from tuilab.runs.journal.writer import JournalWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


# ---- what was written is read


def test_every_kind_of_record_comes_back_as_it_was(path: Path) -> None:
    write(path, *EVERY_KIND)
    assert records(path) == EVERY_KIND
    assert {type(record) for record in EVERY_KIND} >= set(LAST)
    assert len({record.kind for record in EVERY_KIND}) == 14, "every kind there is"


def test_a_line_is_json_that_other_tools_read(path: Path) -> None:
    write(path, *EVERY_KIND)
    for seq, text in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n")):
        content = json.loads(text)
        assert list(content) == ["crc", "seq", "time", "record"]
        assert content["seq"] == seq
        assert content["record"]["kind"] == EVERY_KIND[seq].kind


def test_the_format_on_disk_is_pinned() -> None:
    """Runs made by earlier versions stay readable."""
    assert encode(Entry(3, 1767225600.25, Note(text="é"))) == (
        '{"crc":"736790c7","seq":3,"time":1767225600.25,"record":{"kind":"note","text":"é"}}\n'.encode()
    )


def test_numbers_that_are_not_finite_survive(path: Path) -> None:
    write(path, Evaluated(test_accuracy=math.nan, test_cross_entropy=math.inf), Done(seconds=-math.inf))
    tested, done = records(path)
    assert isinstance(tested, Evaluated)
    assert isinstance(done, Done)
    assert math.isnan(tested.test_accuracy)
    assert (tested.test_cross_entropy, done.seconds) == (math.inf, -math.inf)
    json.loads(path.read_text().splitlines()[0], parse_constant=pytest.fail)  # strict JSON holds no NaN


def test_journals_of_the_first_days_hold_null_where_a_number_was_not_finite(path: Path) -> None:
    path.write_bytes(line(0, {"kind": "evaluated", "test_accuracy": 0.5, "test_cross_entropy": None}))
    (tested,) = records(path)
    assert isinstance(tested, Evaluated)
    assert math.isnan(tested.test_cross_entropy)


@given(RECORDS, st.integers(0, 10**9), st.floats(0, 1e11))
def test_any_record_comes_back(record: AnyRecord, seq: int, time: float) -> None:
    entry = Entry(seq, time, record)
    text = encode(entry)
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    back = decode(text[:-1], seq)
    assert (back.seq, back.time, type(back.record)) == (seq, time, type(record))
    assert encode(back) == text


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_its_owner_reads_it_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write(path, STARTED)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# ---- the reader


def test_there_is_nothing_to_read_before_there_is_a_file(path: Path) -> None:
    reader = JournalReader(path)
    assert reader.read() == []
    write(path, STARTED)
    assert [entry.record for entry in reader.read()] == [STARTED]


def test_the_cursor_reads_only_what_is_new(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(reader_module, "decode", lambda text, seq: seen.append(seq) or decode(text, seq))
    writer, reader = JournalWriter(path), JournalReader(path)
    for number in range(1, 6):
        writer.append(epoch(number))
        assert [entry.record for entry in reader.read()] == [epoch(number)]
        assert reader.read() == []
        assert (reader.offset, reader.seq) == (path.stat().st_size, number)
    writer.close()
    assert seen == [0, 1, 2, 3, 4], "no line is decoded twice"


def test_the_reader_waits_at_a_torn_tail_and_goes_on_when_it_is_whole(path: Path) -> None:
    reader = JournalReader(path)
    path.write_bytes(LINES[0])
    assert len(reader.read()) == 1
    for end in range(len(LINES[1])):
        path.write_bytes(LINES[0] + LINES[1][:end])
        assert reader.read() == []
        assert reader.damage is None
    path.write_bytes(LINES[0] + LINES[1] + LINES[2][:5])
    assert [entry.record for entry in reader.read()] == [SMALL[1]]
    assert reader.damage is None


def test_the_writer_that_opens_a_damaged_journal_goes_on_behind_the_last_good_record(path: Path) -> None:
    whole = b"".join(LINES)
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        good = len(JournalReader(path).read())
        write(path, BATCH)
        assert records(path) == [*SMALL[:good], BATCH]


def test_nothing_is_read_behind_damage(path: Path) -> None:
    path.write_bytes(LINES[0] + b"x" + LINES[1] + LINES[2])
    reader = JournalReader(path)
    assert len(reader.read()) == 1
    damage = reader.damage
    path.write_bytes(b"".join(LINES))
    assert reader.read() == []
    assert reader.damage == damage


@pytest.mark.parametrize(
    ("lines", "good", "why"),
    [  # a line that is missed breaks the chain; where checksums stand apart, its number is
        ([LINES[0], LINES[2]], 1, "the checksum does not match"),
        ([LINES[0], LINES[0]], 1, "record 1 is missing: record 0 is in its place"),
        ([LINES[0], LINES[1], LINES[1]], 2, "the checksum does not match"),
        ([LINES[1]], 0, "the checksum does not match"),
        ([APART[0], APART[2]], 1, "record 1 is missing: record 2 is in its place"),
        ([APART[0], APART[1], APART[1]], 2, "record 2 is missing: record 1 is in its place"),
        ([APART[1]], 0, "record 0 is missing: record 1 is in its place"),
        ([LINES[0], b"\n"], 1, "the checksum does not match"),
        ([LINES[0], b"\0" * 4096 + b"\n"], 1, "the checksum does not match"),
        ([LINES[0].replace(b'"crc"', b'"CRC"')], 0, "the checksum does not match"),
    ],
)
def test_a_missing_doubled_or_foreign_line_is_damage(
    path: Path, lines: list[bytes], good: int, why: str
) -> None:
    path.write_bytes(b"".join(lines))
    reader = JournalReader(path)
    assert len(reader.read()) == good
    assert reader.damage is not None
    assert reader.damage.reason.endswith(why)


@pytest.mark.parametrize(
    "rest", [b'"seq":0}', b'"seq":0,"time":0}', b"]", b"\xff", b'"seq":' + b"[" * 9999 + b"}"]
)
def test_a_line_of_another_form_is_damage_though_its_checksum_is_right(path: Path, rest: bytes) -> None:
    path.write_bytes(b'{"crc":"%08x",%s\n' % (zlib.crc32(rest), rest))
    reader = JournalReader(path)
    assert reader.read() == []
    assert reader.damage is not None
    assert "the line has a format that this version cannot read" in reader.damage.reason


# ---- records of a later version


@pytest.mark.parametrize("later", [{"kind": "telepathy", "depth": 3}, {"kind": "done"}, {}, 7])
def test_a_record_that_this_version_does_not_know_is_passed_over_and_never_cut_off(
    path: Path, later: object
) -> None:
    path.write_bytes(LINES[0] + line(1, later) + line(2, {"kind": "note", "text": "after it"}))
    reader = JournalReader(path)
    assert [(entry.seq, entry.record) for entry in reader.read()] == [
        (0, STARTED),
        (2, Note(text="after it")),
    ]
    assert (reader.damage, reader.unknown, reader.seq) == (None, 1, 3)
    before = path.read_bytes()
    write(path, Done(seconds=1))
    assert path.read_bytes().startswith(before)
    assert [entry.seq for entry in JournalReader(path).read()] == [0, 2, 3]


def test_settings_of_a_later_version_inside_a_known_record_are_left_out(path: Path) -> None:
    path.write_bytes(line(0, {"kind": "note", "text": "t", "mood": "good"}, host="box"))
    assert records(path) == [Note(text="t")]


# ---- anything at all


@pytest.fixture(scope="module")
def shared_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all inputs that Hypothesis finds."""
    return tmp_path_factory.mktemp("any")


@settings(max_examples=60)
@given(
    st.lists(RECORDS, max_size=5),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 40)), max_size=3),
    RECORDS,
)
def test_whatever_happens_to_the_file_a_good_beginning_is_read_and_the_writer_goes_on(
    shared_path: Path,
    before: list[AnyRecord],
    wounds: list[tuple[int, bytes, int]],
    after: AnyRecord,
) -> None:
    path = shared_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    write(path, *before)
    originals = path.read_bytes().splitlines(keepends=True)
    content = b"".join(originals)
    for place, inserted, removed in wounds:
        place %= len(content) + 1
        content = content[:place] + inserted + content[place + removed :]
    path.write_bytes(content)

    reader = JournalReader(path)
    good = reader.read()
    assert written(good) == originals[: len(good)]
    assert content.startswith(b"".join(originals[: len(good)]))
    rest = content[reader.offset :]
    assert (reader.damage is None) == (b"\n" not in rest)

    write(path, after)
    again = JournalReader(path)
    assert written(again.read())[:-1] == originals[: len(good)]
    assert again.damage is None
    assert again.seq == len(good) + 1


def test_records_are_frozen_and_told_apart_by_kind() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(STARTED, "pid", 8)  # noqa: B010 - pyright would rightly refuse an assignment
    for record in EVERY_KIND:
        assert type(adapter.validate_python({**record.model_dump()})) is type(record)
    with pytest.raises(ValueError):
        Phase(name="sleeping")  # pyright: ignore[reportArgumentType]


def test_a_read_that_breaks_off_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece is read, the second one is not: the next call gives both."""
    write(path, *EVERY_KIND)
    monkeypatch.setattr(reader_module, "_PIECE", 500)
    reader, taken = JournalReader(path), list[int]()
    real = JournalReader._take

    def breaks_off(self: JournalReader, *arguments: Any) -> None:
        real(self, *arguments)
        taken.append(self.seq)
        if len(taken) == 2:
            raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(JournalReader, "_take", breaks_off)
    with pytest.raises(OSError, match="gone"):
        reader.read()
    assert [entry.record for entry in reader.read()] == EVERY_KIND
