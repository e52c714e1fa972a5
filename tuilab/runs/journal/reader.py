"""Reading a journal: append-only records, each with a sequence number, a time and a checksum.

A line (``lines``) without its newline is a record still being written: a reader waits
there. A whole line that a later version wrote and this one does not understand is counted and
passed over. Anything else that does not check (``chain``) is damage: a reader returns what
stands before it, says so, and reads no further, because what follows can no longer be trusted to
be complete.
"""

import io
import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from tuilab.files.regular import open_regular
from tuilab.runs.journal.chain import Place
from tuilab.runs.journal.kinds import KindFinder
from tuilab.runs.journal.lines import Entry, UnknownRecord, decode
from tuilab.runs.journal.sample import Sample

MOMENTS = frozenset({"batch", "phase"})
"""Kinds of records that say how far a run was at some moment: the last one says all of it."""

_PIECE = 1 << 16
"""Bytes that are read at a time: few, so that they are still in the cache when they are gone over again."""


@dataclass(frozen=True)
class Damage:
    """Where a journal stops being readable.

    Attributes:
        offset: the byte at which the bad line begins; all before it is good.
        reason: one sentence.
    """

    offset: int
    reason: str


class JournalReader:
    """Reads a journal from a cursor: each call of ``read`` costs only what is new."""

    def __init__(self, path: Path, *, skip: frozenset[str] = frozenset(), most: int = 0) -> None:
        """Begin at the journal's beginning.

        Args:
            path: the file, which need not exist yet.
            skip: kinds of records that are passed over, e.g. ``batch``: far faster, and the same damage is
                seen. A line whose bytes are proven is taken at its word as to its kind.
            most: of the skipped kinds, return at most so many in a call of ``read`` after all: every one
                if there are no more, else at least half as many, evenly spaced; and besides these the
                last one before each other record and the last of each kind.
        """
        self._path = path
        self._finder = KindFinder(skip) if skip else None
        self._kinds, self._most = skip, most
        self._passed: dict[str, tuple[int, bytes]] = {}
        self._place = Place()
        self.damage: Damage | None = None
        """Set once a bad line was met; nothing is read after that."""
        self.unknown = 0
        """Records of a later version, passed over."""

    @property
    def place(self) -> Place:
        """The end of the good records read so far."""
        return self._place

    @property
    def offset(self) -> int:
        """Bytes of good records read so far."""
        return self._place.offset

    @property
    def seq(self) -> int:
        """The number that the next record must have."""
        return self._place.seq

    def read(self) -> list[Entry]:
        """Return the records that came since the last call; none if there is no file yet.

        Raises:
            OSError: the file cannot be read; the next call begins where this one did.
        """
        if self.damage is not None:
            return []
        began = self._place, self._passed.copy(), self.unknown
        entries: list[Entry] = []
        sample = Sample(self._most) if self._most else None
        try:
            with os.fdopen(open_regular(self._path), "rb", buffering=0) as file:
                for block in self._blocks(file):
                    self._take(block, entries, sample)
        except FileNotFoundError:
            return []
        except OSError:
            self._place, self._passed, self.unknown = began
            self.damage = None
            raise
        if sample is not None:
            lines = sample.lines() | dict(self._passed.values())
            known = {entry.seq for entry in entries}
            for seq in sorted(lines.keys() - known):
                if seq >= began[0].seq:
                    entries += self._sampled(lines[seq], seq)
            entries.sort(key=lambda entry: entry.seq)
        return entries

    def last_passed(self, kind: str) -> Entry | None:
        """Return the last record of a skipped kind; None if this version understands none there."""
        if kind not in self._passed:
            return None
        seq, line = self._passed[kind]
        try:
            return decode(line, seq)
        except (UnknownRecord, ValueError):
            return None

    def _blocks(self, file: io.FileIO) -> Iterator[bytes]:
        """Yield whole lines from the cursor on, as long as each block moves it and is good."""
        size = _PIECE
        while self.damage is None:
            file.seek(self.offset)
            piece = file.read(size) or b""
            # the last piece has no newline: empty, or a record still being written
            end = piece.rfind(b"\n") + 1
            if end:
                yield piece[:end]
            elif len(piece) < size:
                return
            else:
                size *= 2  # a line longer than a piece

    def _take(self, block: bytes, entries: list[Entry], sample: Sample | None) -> None:
        """Go on over whole lines: prove them, decode those that are not passed over."""
        begun = self._place
        place, why = begun.after(block)
        good = block[: place.offset - begun.offset]
        decoded: dict[int, int] = {}
        for index, begin in self._others(good, place.seq - begun.seq):
            line, seq = good[begin : good.index(b"\n", begin)], begun.seq + index
            try:
                self._keep(decode(line, seq), line, entries, sample)
            except UnknownRecord:
                self.unknown += 1
            except ValueError as error:
                good, why = good[:begin], str(error)
                place, _ = begun.after(good)
                break
            decoded[seq] = begin
        if self._finder is not None:
            self._pass_over(self._finder, good, place.seq, decoded)
        if sample is not None:
            sample.take(good, decoded)
        self._place = place
        if why:
            self.damage = Damage(place.offset, f"the journal is damaged at byte {place.offset}: {why}")

    def _others(self, good: bytes, lines: int) -> Iterator[tuple[int, int]]:
        """Yield index and first byte of the lines to decode."""
        if self._finder is not None:
            yield from self._finder.others(good, lines)
            return
        index = begin = 0
        while begin < len(good):
            yield index, begin
            index, begin = index + 1, good.index(b"\n", begin) + 1

    def _keep(self, entry: Entry, line: bytes, entries: list[Entry], sample: Sample | None) -> None:
        skipped = entry.record.kind in self._kinds  # in other clothes, such as more spaces
        if skipped:
            self._passed[entry.record.kind] = entry.seq, line
        if not skipped or sample is not None:
            entries.append(entry)

    def _pass_over(self, finder: KindFinder, good: bytes, end: int, decoded: Container[int]) -> None:
        """Remember the last line of each skipped kind."""
        for kind in self._kinds:
            for begin in finder.last(good, kind):
                seq = end - good.count(b"\n", begin)
                if seq in decoded:
                    continue
                if kind not in self._passed or self._passed[kind][0] < seq:
                    self._passed[kind] = seq, good[begin : good.index(b"\n", begin)]
                break

    def _sampled(self, line: bytes, seq: int) -> Iterator[Entry]:
        try:
            yield decode(line, seq)
        except (UnknownRecord, ValueError):
            self.unknown += 1
