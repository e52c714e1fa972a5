"""Passing over kinds of records: nothing else changes, and damage is seen as well as before."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journals import BATCH, EVERY_KIND, RECORDS, STARTED, epoch, first_days, line, write, written

from tuilab.runs.journal import reader as reader_module
from tuilab.runs.journal.lines import encode
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import AnyRecord, Done, Note, Phase

MOMENTS = frozenset({"batch", "phase"})
KINDS = sorted(record.kind for record in EVERY_KIND)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def batch(step: int) -> AnyRecord:
    return BATCH.model_copy(update={"step": step})


def test_skipped_kinds_are_passed_over_and_the_last_of_each_is_kept(path: Path) -> None:
    phase = Phase(name="training", done=1, total=2, unit="epochs")
    write(path, STARTED, batch(1), batch(2), epoch(1), phase, batch(3), epoch(2))
    reader = JournalReader(path, skip=MOMENTS)
    assert [(entry.seq, entry.record) for entry in reader.read()] == [
        (0, STARTED),
        (3, epoch(1)),
        (6, epoch(2)),
    ]
    last = reader.last_passed("batch")
    assert last is not None
    assert (last.seq, last.record) == (5, batch(3))
    last = reader.last_passed("phase")
    assert last is not None
    assert (last.seq, last.record) == (4, phase)
    assert reader.last_passed("epoch") is None
    assert (reader.seq, reader.offset, reader.damage) == (7, path.stat().st_size, None)


def test_the_cursor_goes_on_behind_what_was_passed_over(path: Path) -> None:
    reader = JournalReader(path, skip=MOMENTS)
    write(path, STARTED, batch(1), batch(2))
    assert len(reader.read()) == 1
    write(path, batch(3), epoch(1))
    assert [entry.seq for entry in reader.read()] == [4]
    write(path, batch(4))
    assert reader.read() == []
    last = reader.last_passed("batch")
    assert last is not None
    assert last.record == batch(4)


def test_the_json_of_skipped_lines_is_not_decoded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, STARTED, *[batch(n) for n in range(50)], epoch(1))
    decoded: list[int] = []
    real = reader_module.decode

    def watched(content: bytes, seq: int) -> Entry:
        decoded.append(seq)
        return real(content, seq)

    monkeypatch.setattr(reader_module, "decode", watched)
    JournalReader(path, skip=MOMENTS).read()
    assert decoded == [0, 51]


def test_a_skipped_kind_in_other_clothes_is_passed_over_too(path: Path) -> None:
    """The journal's form allows other spaces and later keys; only the checksum is of bytes."""
    path.write_bytes(line(0, BATCH.model_dump()) + line(1, {"kind": "done", "seconds": 1.0}))
    reader = JournalReader(path, skip=MOMENTS)
    assert [entry.record for entry in reader.read()] == [Done(seconds=1.0)]
    last = reader.last_passed("batch")
    assert last is not None
    assert last.record == BATCH


def test_a_text_that_looks_like_a_skipped_kind_is_read(path: Path) -> None:
    note = Note(text='","record":{"kind":"batch","x":1}')
    write(path, note, note)
    assert [entry.record for entry in JournalReader(path, skip=MOMENTS).read()] == [note, note]


@pytest.mark.parametrize("wrong", ["number", "order"])
def test_a_missing_skipped_line_is_damage(path: Path, wrong: str) -> None:
    lines = [encode(Entry(n, 0.0, batch(n))) for n in range(4)]
    path.write_bytes(lines[0] + (lines[2] + lines[3] if wrong == "number" else lines[2] + lines[1]))
    reader = JournalReader(path, skip=MOMENTS)
    assert reader.read() == []
    assert reader.damage is not None
    assert reader.damage.offset == len(lines[0])
    assert reader.damage.reason.endswith("record 1 is missing: record 2 is in its place")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(EVERY_KIND) | RECORDS, max_size=12),
    st.frozensets(st.sampled_from(KINDS)),
    st.data(),
)
def test_reading_is_the_same_but_for_the_skipped_kinds(
    path: Path, content: list[AnyRecord], skip: frozenset[str], data: st.DataObject
) -> None:
    """Whole, cut anywhere, with a byte changed, with a line doubled or lost."""
    form = data.draw(st.sampled_from([written, first_days]))
    lines = form([Entry(n, 1000.5 + n, record) for n, record in enumerate(content)])
    what = data.draw(st.sampled_from(["whole", "cut", "flip", "lose", "double"]))
    if lines and what in {"lose", "double"}:
        n = data.draw(st.integers(0, len(lines) - 1))
        lines[n] = b"" if what == "lose" else lines[n] * 2
    text = b"".join(lines)
    if text and what in {"cut", "flip"}:
        place = data.draw(st.integers(0, len(text) - 1))
        flipped = bytes([text[place] ^ data.draw(st.integers(1, 255))])
        text = text[:place] + (flipped + text[place + 1 :] if what == "flip" else b"")
    path.write_bytes(text)
    full, fast = JournalReader(path), JournalReader(path, skip=skip)
    everything = full.read()
    kept = [entry for entry in everything if entry.record.kind not in skip]
    assert written(fast.read()) == written(kept)
    assert (fast.damage, fast.offset, fast.seq, fast.unknown) == (
        full.damage,
        full.offset,
        full.seq,
        full.unknown,
    )
    for kind in skip:
        latest = [entry for entry in everything if entry.record.kind == kind][-1:]
        found = fast.last_passed(kind)
        assert written([found] if found else []) == written(latest)
