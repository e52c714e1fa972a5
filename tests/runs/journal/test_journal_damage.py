"""Damage anywhere: every reading returns what stands before it and says where it begins.

The readings: everything, without batches and phases, an even sample of these; in large pieces and
in small ones; of journals whose checksums are a chain, and of the first days' ones.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journals import BATCH, EVERY_KIND, RECORDS, STARTED, first_days, records, timed, write, written

from tuilab.runs.journal import reader as reader_module
from tuilab.runs.journal.reader import MOMENTS, Entry, JournalReader
from tuilab.runs.journal.records import AnyRecord, Done, Note, Phase

CONTENT: list[AnyRecord] = [
    Note(text="é\n"),
    BATCH,
    BATCH,
    Done(seconds=1.5),
    Phase(name="training"),
    STARTED,
]
Form = Callable[[list[Entry]], list[bytes]]
FORMS = pytest.mark.parametrize("form", [written, first_days])
PIECES = (1, 250, 1 << 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def read_each_way(path: Path) -> JournalReader:
    """Read everything; make sure that the other readings see the same of it."""
    full, skipping = JournalReader(path), JournalReader(path, skip=MOMENTS)
    whole, thinned = JournalReader(path, skip=MOMENTS, most=99), JournalReader(path, skip=MOMENTS, most=1)
    entries = full.read()
    good = timed(*CONTENT)[: full.seq]
    assert entries == good
    assert whole.read() == good, "every one where there are no more than asked for"
    kept = [entry for entry in good if entry.record.kind not in MOMENTS]
    assert skipping.read() == kept
    some = thinned.read()
    assert [entry for entry in some if entry.record.kind not in MOMENTS] == kept
    assert [entry for entry in good if entry in some] == some
    for kind in MOMENTS:
        last = [entry for entry in good if entry.record.kind == kind][-1:]
        assert [skipping.last_passed(kind)] == (last or [None])
        assert all(entry in some for entry in last)
    for reader in (skipping, whole, thinned):
        assert (reader.damage, reader.place) == (full.damage, full.place)
    return full


@FORMS
def test_cut_at_every_byte_the_whole_records_before_are_read_and_the_writer_goes_on(
    path: Path, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = form(timed(*CONTENT))
    ends = list(itertools.accumulate(len(text) for text in lines))
    whole = b"".join(lines)
    for cut in range(len(whole) + 1):
        monkeypatch.setattr(reader_module, "_PIECE", PIECES[cut % 3])
        path.write_bytes(whole[:cut])
        reader = read_each_way(path)
        good = sum(end <= cut for end in ends)
        assert (reader.seq, reader.damage) == (good, None), "a torn tail is no damage"
        if cut % 11 == 0:
            write(path, BATCH, Done(seconds=9))
            assert records(path) == [*CONTENT[:good], BATCH, Done(seconds=9)]


@FORMS
def test_with_any_byte_flipped_the_records_before_are_read_and_the_damage_is_told(
    path: Path, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = form(timed(*CONTENT))
    begins = list(itertools.accumulate((len(text) for text in lines), initial=0))
    whole = b"".join(lines)
    for place in range(len(whole)):
        good = sum(begin <= place for begin in begins) - 1
        for n, flip in enumerate((1 << place % 8, whole[place] ^ 0x0A)):  # the second one makes a newline
            monkeypatch.setattr(reader_module, "_PIECE", PIECES[(place + n) % 3])
            flipped = bytearray(whole)
            flipped[place] ^= flip
            path.write_bytes(flipped)
            reader = read_each_way(path)
            if flipped == whole:
                continue
            assert (reader.seq, reader.offset) == (good, begins[good])
            if place == len(whole) - 1:
                assert reader.damage is None, "without its newline a line is still being written"
            else:
                assert reader.damage is not None
                assert reader.damage.offset == begins[good]
                assert "\n" not in reader.damage.reason
                assert f"damaged at byte {begins[good]}: " in reader.damage.reason


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(st.sampled_from(EVERY_KIND) | RECORDS, max_size=14),
    form=st.sampled_from([written, first_days]),
    skip=st.sampled_from([frozenset(), MOMENTS]),
    piece=st.sampled_from([7, 100, 1 << 16]),
    data=st.data(),
)
def test_a_cursor_that_comes_again_and_again_sees_what_one_that_comes_once_sees(
    path: Path, content: list[AnyRecord], form: Form, skip: frozenset[str], piece: int, data: st.DataObject
) -> None:
    """The journal grows by any number of bytes between two looks; perhaps with a byte changed."""
    text = b"".join(form(timed(*content)))
    if text and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(text) - 1))
        text = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]
    splits = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    often, once = JournalReader(path, skip=skip), JournalReader(path, skip=skip)
    sampled, seen = JournalReader(path, skip=MOMENTS, most=99), list[Entry]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "_PIECE", piece)
        gathered: list[Entry] = []
        for split in [*splits, len(text)]:
            path.write_bytes(text[:split])
            gathered += often.read()
            seen += sampled.read()
        assert written(gathered) == written(once.read())
        assert written(seen) == written(JournalReader(path).read())
    for reader in (once, sampled):
        assert (often.damage, often.place, often.unknown) == (reader.damage, reader.place, reader.unknown)
    for kind in skip:
        last, again = often.last_passed(kind), once.last_passed(kind)
        assert written([last] if last else []) == written([again] if again else [])
