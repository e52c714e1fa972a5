"""Of a long journal, an even sample is enough to draw; what happened is never left out."""

import itertools
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journals import BATCH, STARTED, epoch, timed, write, written

from tuilab.runs.journal import reader as reader_module
from tuilab.runs.journal.reader import MOMENTS, Entry, JournalReader
from tuilab.runs.journal.records import AnyRecord, Done, Note, Phase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def batches(n: int) -> list[AnyRecord]:
    return [BATCH.model_copy(update={"step": step}) for step in range(1, n + 1)]


def test_so_many_are_returned_evenly_spaced(path: Path) -> None:
    path.write_bytes(b"".join(written(timed(STARTED, *batches(5000), epoch(1)))))
    entries = JournalReader(path, skip=MOMENTS, most=100).read()
    assert [entry.record.kind for entry in entries if entry.record.kind != "batch"] == ["started", "epoch"]
    sampled = [entry.seq for entry in entries if entry.record.kind == "batch"]
    assert 50 <= len(sampled) <= 101, "the last one before the epoch is one more"
    gaps = [b - a for a, b in itertools.pairwise(sampled)]
    assert max(gaps) < 2.5 * 5000 / len(sampled)
    assert sampled[-1] == 5000


def test_only_what_is_returned_is_decoded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"".join(written(timed(STARTED, *batches(2000), epoch(1)))))
    decoded: list[int] = []
    real = reader_module.decode
    monkeypatch.setattr(reader_module, "decode", lambda text, seq: decoded.append(seq) or real(text, seq))
    entries = JournalReader(path, skip=MOMENTS, most=20).read()
    assert sorted(decoded) == [entry.seq for entry in entries]
    assert len(entries) <= 23


def test_what_comes_while_it_is_watched_comes_whole(path: Path) -> None:
    reader = JournalReader(path, skip=MOMENTS, most=10)
    write(path, STARTED, *batches(50))
    reader.read()
    for n in range(3):
        write(path, *batches(8), Note(text=str(n)))
        assert len(reader.read()) == 9
    assert reader.read() == []


def test_a_sampled_record_of_a_later_version_is_counted_and_left_out(path: Path) -> None:
    write(path, STARTED, *batches(2))
    for seq, record in [(3, {"kind": "batch", "depth": 3}), (4, {"kind": "done", "seconds": 1.0})]:
        before = path.read_bytes()
        rest = b'"seq":%d,"time":0,"record":%s}' % (seq, json.dumps(record, separators=(",", ":")).encode())
        path.write_bytes(before + b'{"crc":"%08x",%s\n' % (zlib.crc32(before + rest), rest))
    reader = JournalReader(path, skip=MOMENTS, most=10)
    assert [entry.seq for entry in reader.read()] == [0, 1, 2, 4]
    assert reader.unknown == 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(
        st.sampled_from(
            [BATCH, BATCH, Phase(name="training"), epoch(1), Done(seconds=1), Note(text="n" * 999)]
        ),
        max_size=60,
    ),
    most=st.integers(1, 70),
    piece=st.sampled_from([50, 700, 1 << 16]),
)
def test_a_sample_is_small_and_holds_all_that_happened(
    path: Path, content: list[AnyRecord], most: int, piece: int
) -> None:
    entries = timed(*content)
    path.write_bytes(b"".join(written(entries)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "_PIECE", piece)
        sampled = JournalReader(path, skip=MOMENTS, most=most).read()

    def moment(entry: Entry) -> bool:
        return entry.record.kind in MOMENTS

    must = [entry for entry in entries if not moment(entry)]
    must += [a for a, b in itertools.pairwise(entries) if moment(a) and not moment(b)]
    for kind in MOMENTS:
        must += [entry for entry in entries if entry.record.kind == kind][-1:]
    seqs = [entry.seq for entry in sampled]
    assert sampled == [entries[seq] for seq in seqs]
    assert seqs == sorted(set(seqs))
    assert set(seqs) >= {entry.seq for entry in must}
    moments = sum(map(moment, entries))
    if moments <= most:
        assert sampled == entries
    else:
        assert most / 2 <= sum(map(moment, sampled)) <= most + len(must)
