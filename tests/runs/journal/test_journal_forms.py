"""Both forms of a journal: checksums in a chain, and apart as in the first days."""

import json
import zlib
from pathlib import Path

import pytest
from journals import APART, BATCH, LINES, SMALL, STARTED, epoch, line, records, write

from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.journal.records import Done

HEAD = len('{"crc":"00000000",')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_a_checksum_is_that_of_all_bytes_before_it_and_of_its_line(path: Path) -> None:
    write(path, *SMALL, BATCH)
    before = b""
    for text in path.read_bytes().splitlines(keepends=True):
        rest = text[HEAD:-1]
        assert json.loads(text)["crc"] == f"{zlib.crc32(before + rest):08x}"
        before += text


def test_a_journal_of_the_first_days_is_read_and_goes_on_in_its_own_form(path: Path) -> None:
    path.write_bytes(b"".join(APART))
    assert records(path) == SMALL
    write(path, BATCH)
    write(path, epoch(1))
    assert records(path) == [*SMALL, BATCH, epoch(1)]
    assert path.read_bytes().startswith(b"".join(APART))
    for text in path.read_bytes().splitlines():
        assert json.loads(text)["crc"] == f"{zlib.crc32(text[HEAD:]):08x}"


def test_the_first_line_is_the_same_in_both_forms_and_a_writer_goes_on_with_a_chain(path: Path) -> None:
    assert APART[0] == LINES[0]
    path.write_bytes(APART[0])
    write(path, *SMALL[1:])
    assert path.read_bytes().splitlines()[0] + b"\n" == LINES[0]
    second = path.read_bytes().splitlines(keepends=True)[1]
    assert json.loads(second)["crc"] == f"{zlib.crc32(LINES[0] + second[HEAD:-1]):08x}"


def test_a_journal_is_of_one_form_throughout(path: Path) -> None:
    for mixed in ([*LINES[:2], APART[2]], [*APART[:2], LINES[2]]):
        path.write_bytes(b"".join(mixed))
        for skip in (frozenset[str](), MOMENTS):
            reader = JournalReader(path, skip=skip)
            assert [entry.record for entry in reader.read()] == SMALL[:2]
            assert reader.damage is not None
            assert reader.damage.reason.endswith("the checksum does not match")


def test_a_chain_of_lines_in_other_clothes_is_read(path: Path) -> None:
    """Other spaces, as ``json.dumps`` writes them, in every second line."""
    write(path, STARTED, BATCH)
    text = path.read_bytes()
    text += line(2, BATCH.model_copy(update={"step": 11}).model_dump(), text)
    text += line(3, {"kind": "done", "seconds": 1.0}, text)
    path.write_bytes(text)
    write(path, BATCH, Done(seconds=2))
    reader = JournalReader(path, skip=MOMENTS)
    assert [entry.record for entry in reader.read()] == [STARTED, Done(seconds=1), Done(seconds=2)]
    assert reader.damage is None
    full = JournalReader(path)
    assert [entry.seq for entry in full.read()] == list(range(6))
    sampled = JournalReader(path, skip=MOMENTS, most=9)
    assert [entry.seq for entry in sampled.read()] == list(range(6))
