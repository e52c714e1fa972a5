"""Writing a journal: one writer, the run's worker, which continues behind the last good record."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from tuilab.files.regular import open_regular
from tuilab.runs.journal.lines import Entry, encode
from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.journal.records import AnyRecord


class JournalWriter:
    """Appends records. One writer a journal: the run's worker."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open or create the journal; whatever stands behind its last good record is cut off first.

        Raises:
            OSError: the file cannot be opened, read or cut.
        """
        reader = JournalReader(path, skip=MOMENTS)
        reader.read()
        self._clock = clock
        self._place, self._torn = reader.place, False
        self._fd = open_regular(path, os.O_WRONLY | os.O_CREAT)
        try:
            os.fchmod(self._fd, 0o600)  # whatever the umask
            self.cut_bytes = max(os.fstat(self._fd).st_size - self._place.offset, 0)
            """Bytes of a torn or damaged end that were cut off when it was opened."""
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
        line = encode(Entry(self._place.seq, round(self._clock(), 3), record), self._place.before)
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
        self._place = self._place.behind(line)
        if durable:
            os.fsync(self._fd)

    def _cut(self) -> None:
        """Cut off whatever stands behind the last good record."""
        os.ftruncate(self._fd, self._place.offset)
        os.lseek(self._fd, self._place.offset, os.SEEK_SET)
        self._torn = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
