"""The journal: append-only records, each with a sequence number, a time and a CRC32.

A line is JSON whose first key is the checksum of all that follows it on the line:

    {"crc":"1c291ca3","seq":0,"time":1767225600.25,"record":{"kind":"started",...}}

so a reader checks bytes, not a re-encoding of them. A line without its newline is a record
still being written: a reader waits there. A whole line that a later version wrote and this one
does not understand is counted and passed over. Anything else that does not check is damage: a
reader returns what stands before it, says so, and reads no further, because what follows
can no longer be trusted to be complete.

Most lines of a long run say how far it was at some moment. Who wants what came out of it passes
over those kinds: their checksum and number are checked, their JSON is not decoded.
"""

import contextlib
import json
import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tuilab.runs.records import AnyRecord, adapter

_HEAD = b'{"crc":"'
_HEAD_LENGTH = len(_HEAD) + 8 + 2  # eight hex digits, then '",'


@dataclass(frozen=True)
class Entry:
    """A record with its place and time.

    Attributes:
        seq: 0, 1, 2, ... without a gap.
        time: seconds since 1970, by the writer's clock.
        record: what happened.
    """

    seq: int
    time: float
    record: AnyRecord


@dataclass(frozen=True)
class Damage:
    """Where a journal stops being readable.

    Attributes:
        offset: the byte at which the bad line begins; all before it is good.
        reason: one sentence.
    """

    offset: int
    reason: str


class UnknownRecord(Exception):
    """A whole and undamaged line whose record this version does not understand."""


def encode(entry: Entry) -> bytes:
    """Return one line, newline included."""
    # the record's own serializer: the union's would write NaN and infinities as null
    record = entry.record.model_dump_json()
    rest = f'"seq":{entry.seq},"time":{json.dumps(entry.time)},"record":{record}}}'.encode()
    return b'%s%08x",%s\n' % (_HEAD, zlib.crc32(rest), rest)


def decode(line: bytes, seq: int) -> Entry:
    """Read one line (without its newline) that must hold record number ``seq``.

    Raises:
        ValueError: the sentence says what is wrong with the line.
        UnknownRecord: nothing is wrong with it, but its record is of a later version.
    """
    rest = line[_HEAD_LENGTH:]
    if line[:_HEAD_LENGTH] != b'%s%08x",' % (_HEAD, zlib.crc32(rest)):
        raise ValueError("the checksum does not match")
    try:
        content = json.loads(b"{" + rest)
        found, written, record = content["seq"], content["time"], content["record"]
    except (ValueError, KeyError, RecursionError) as error:
        raise ValueError(
            f"the line is of a form that this version cannot read ({type(error).__name__})"
        ) from error
    if found != seq:
        raise ValueError(f"record {seq} is missing: record {found} stands in its place")
    try:
        return Entry(seq, written, adapter.validate_python(record))
    except ValidationError as error:
        raise UnknownRecord(f"record {seq} is of a later version") from error


class JournalReader:
    """Reads a journal from a cursor: each call of ``read`` costs only what is new."""

    def __init__(self, path: Path, *, skip: frozenset[str] = frozenset()) -> None:
        """Begin at the journal's beginning.

        Args:
            path: the file, which need not exist yet.
            skip: kinds of records that are passed over, e.g. ``batch``: about 20 times as fast, and the
                same damage is seen. A line whose checksum, number and kind are right is taken at its word.
        """
        self._path = path
        self._skip = {b'"record":{"kind":"%s"' % kind.encode(): kind for kind in skip}
        self._kinds = skip
        self._passed: dict[str, tuple[int, bytes]] = {}
        self._offset = 0
        self._seq = 0
        self.damage: Damage | None = None
        """Set once a bad line was met; nothing is read after that."""
        self.unknown = 0
        """Records of a later version, passed over."""

    @property
    def offset(self) -> int:
        """Bytes of good records read so far."""
        return self._offset

    @property
    def seq(self) -> int:
        """The number that the next record must have."""
        return self._seq

    def read(self) -> list[Entry]:
        """Return the records that came since the last call; none where there is no file yet."""
        if self.damage is not None:
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                block = file.read()
        except FileNotFoundError:
            return []
        entries: list[Entry] = []
        # the last piece has no newline: empty, or a record still being written
        lines = block.split(b"\n")[:-1]
        n = self._pass_over(lines, 0)
        while n < len(lines):
            line = lines[n]
            try:
                self._take(line, entries)
            except UnknownRecord:
                self.unknown += 1
            except ValueError as error:
                self.damage = Damage(self._offset, f"the journal is damaged at byte {self._offset}: {error}")
                break
            self._offset += len(line) + 1
            self._seq += 1
            n = self._pass_over(lines, n + 1)
        return entries

    def last_passed(self, kind: str) -> Entry | None:
        """Return the last record of a skipped kind; None where this version understands none there."""
        if kind not in self._passed:
            return None
        seq, line = self._passed[kind]
        try:
            return decode(line, seq)
        except (UnknownRecord, ValueError):
            return None

    def _pass_over(self, lines: list[bytes], start: int) -> int:
        """Return the index of the next line to decode, from ``start`` on.

        Passed over is what is whole, undamaged, next in number and of a skipped kind. Thousands of lines
        go through here, so there is little in the loop.
        """
        kinds, crc32 = self._skip, zlib.crc32
        latest: dict[bytes, int] = {}
        end, first = start, self._seq - start
        while kinds and end < len(lines):
            line = lines[end]
            parts = line.split(b",", 4)  # checksum, number, time, kind, the rest
            if len(parts) < 5 or parts[3] not in kinds:
                break
            head = b'{"crc":"%08x","seq":%d,"time":' % (crc32(line[_HEAD_LENGTH:]), first + end)
            if not line.startswith(head):
                break
            latest[parts[3]] = end
            end += 1
        for kind, n in latest.items():
            self._passed[kinds[kind]] = first + n, lines[n]
        self._offset += sum(map(len, lines[start:end])) + end - start
        self._seq = first + end
        return end

    def _take(self, line: bytes, entries: list[Entry]) -> None:
        entry = decode(line, self._seq)
        if entry.record.kind in self._kinds:  # a skipped kind in other clothes, such as more spaces
            self._passed[entry.record.kind] = self._seq, line
        else:
            entries.append(entry)


class JournalWriter:
    """Appends records. One writer a journal: the run's worker."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open or create the journal; whatever stands behind its last good record is cut off first.

        Raises:
            OSError: the file cannot be opened, read or cut.
        """
        reader = JournalReader(path)
        reader.read()
        self._clock = clock
        self._seq = reader.seq
        self._end, self._torn = reader.offset, False
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            path.chmod(0o600)  # whatever the umask
            self._cut()
        except OSError:
            os.close(self._fd)
            raise

    def append(self, record: AnyRecord, *, durable: bool = False) -> None:
        """Write one record; ``durable`` waits until the disk has it (epochs and changes of state).

        Raises:
            OSError: the disk is full or gone. A half-written line is cut off again, now or, where the
                disk refuses that too, before the next one; a whole line that the disk would not confirm
                stays, because a reader may have seen it.
        """
        line = encode(Entry(self._seq, round(self._clock(), 3), record))
        if self._torn:
            self._cut()
        self._torn = True
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BaseException:  # a signal's exception tears a line as well
            with contextlib.suppress(OSError):
                self._cut()
            raise
        self._torn = False
        self._end += len(line)
        self._seq += 1
        if durable:
            os.fsync(self._fd)

    def _cut(self) -> None:
        """Cut off whatever stands behind the last good record."""
        os.ftruncate(self._fd, self._end)
        os.lseek(self._fd, self._end, os.SEEK_SET)
        self._torn = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
