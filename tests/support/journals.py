"""Records of every kind, made up and any; and entries that can be compared though they hold NaN."""

import itertools
import json
import zlib
from pathlib import Path

import records as made_up
from hypothesis import strategies as st
from records import batch

from tuilab.runs.journal.lines import encode
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import (
    AnyRecord,
    Checkpoint,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Failed,
    LayerRecord,
    NetworkRecord,
    Note,
    Phase,
    Started,
    Stopped,
    WeightsRecord,
)
from tuilab.runs.journal.writer import JournalWriter

STARTED = Started(pid=7, host="box", versions={"python": "3.12.1"})
NUMBERS = {"accuracy": 0.25, "cross_entropy": 2.0, "penalty": 0.125, "gradient_norm": 1.5}
BATCH = batch(1, 10, 625, **NUMBERS, images_per_second=5100.0, seconds_left=42.0)
EVALUATED = Evaluated(test_accuracy=0.587, test_cross_entropy=1.25)
DATASET = DatasetRecord(
    name="CIFAR-10",
    source="official download",
    digest="ab" * 32,
    classes=["cat", "d\x1bg", "être"],
    training_images=40_000,
    validation_images=10_000,
    test_images=10_000,
)
DEVICE = DeviceRecord(device="gpu:0", name="A card", precision="float32", reason="the freest")
WEIGHTS = WeightsRecord(name="imagenet", source="keras", digest="cd" * 32, attribution="K. S. and A. Z.")
NETWORK = NetworkRecord(
    trained_tensors=10,
    trained_base_tensors=4,
    trained_parameters=4_853_514,
    total_parameters=14_848_586,
    layers=[LayerRecord(name="flatten", type="Flatten", output=[512], parameters=0, trained=0)],
)


def epoch(number: int, accuracy: float = 0.5) -> Epoch:
    """An epoch of which only the number and the accuracy matter."""
    usual = {"cross_entropy": 1.0, "gradient_norm": 1.0, "val_cross_entropy": 1.5, "learning_rate": 1e-4}
    return made_up.epoch(number, accuracy=accuracy, seconds=2.9, **usual)


def checkpoint(number: int, name: str) -> Checkpoint:
    """A checkpoint of an epoch."""
    return Checkpoint(epoch=number, name=name, digest="ef" * 32)


EVERY_KIND: list[AnyRecord] = [
    STARTED,
    Phase(name="downloading", what="images", done=1, total=None, unit="bytes"),
    Note(text='été\n\u2028 \\ " \x00 字'),
    DEVICE,
    DATASET,
    WEIGHTS,
    NETWORK,
    BATCH,
    epoch(1),
    EVALUATED,
    checkpoint(1, "final"),
    Done(seconds=1.5),
    Stopped(epoch=3, reason="asked", seconds=2.0),
    Failed(reason="no", remedies=["this", "that"], exit_code=3, seconds=0.1),
]

RECORDS: st.SearchStrategy[AnyRecord] = st.one_of(
    *(st.builds(type(record)) for record in EVERY_KIND),
    st.builds(Phase, what=st.text(), done=st.integers(), total=st.none() | st.integers(), unit=st.text()),
)
"""Any record: NaN and infinities, any text, any whole number."""


def line(seq: int, record: object, before: bytes = b"", **more: object) -> bytes:
    """A line with a right checksum, made without the journal's own code.

    With the bytes ``before`` it, it is one of today's; without them, one of the first days.
    """
    rest = json.dumps({"seq": seq, "time": 0.0, "record": record, **more})[1:].encode()
    return b'{"crc":"%08x",%s\n' % (zlib.crc32(before + rest), rest)


def written(entries: list[Entry]) -> list[bytes]:
    """Entries as a journal's lines, which compare equal where NaN does not."""
    lines: list[bytes] = []
    total = 0
    for entry in entries:
        lines.append(encode(entry, total))
        total = zlib.crc32(lines[-1], total)
    return lines


def first_days(entries: list[Entry]) -> list[bytes]:
    """Entries as lines of the first days' journals: each checksum is of its own line alone."""
    return [encode(entry) for entry in entries]


def timed(*records: AnyRecord) -> list[Entry]:
    """Records as the entries that ``write`` makes of them."""
    return [Entry(seq, 1767225600.25 + seq, record) for seq, record in enumerate(records)]


SMALL: list[AnyRecord] = [STARTED, Note(text="é\n"), Done(seconds=1.5)]
LINES = written(timed(*SMALL))
APART = first_days(timed(*SMALL))


def write(path: Path, *records: AnyRecord) -> None:
    writer = JournalWriter(path, clock=itertools.count(1767225600.25).__next__)
    for record in records:
        writer.append(record)
    writer.close()


def records(path: Path) -> list[AnyRecord]:
    reader = JournalReader(path)
    entries = reader.read()
    assert reader.damage is None
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    return [entry.record for entry in entries]
