"""How often the worker speaks: seldom enough to cost nothing, often enough to be watched."""

import contextlib
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tuilab.runs.journal.records import LAST, AnyRecord, Batch, Note, Phase, PhaseName
from tuilab.runs.worker.process import NO_SPACE
from tuilab.sources.progress import Unit


class Throttle:
    """Says when the next report is due."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = float("-inf")

    def due(self) -> bool:
        """Return whether ``seconds`` have passed since it last said yes; the first time it is yes."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class Journal(Protocol):
    """Where records go: a run's journal is one."""

    def append(self, record: AnyRecord, *, durable: bool = False) -> None:
        """Take a record; ``durable``: for good before this returns."""


class Reporter:
    """Writes what happens into the journal: progress now and then, all else at once and for good.

    Attributes:
        worked: the seconds of work so far, which progress is stamped with.
        patient: whether a full disk is waited for: what it does not take is kept in memory, but for
            progress, and written before the next record that it takes. Set once there is something to lose.
    """

    def __init__(self, journal: Journal, worked: Callable[[], float] | None = None) -> None:
        self._journal, self.worked = journal, worked
        self._throttle = Throttle(seconds=0.25)
        self._waiting: deque[AnyRecord] = deque()
        self.patient = False

    def __call__(self, record: AnyRecord) -> None:
        """Write a record; all but progress is on the disk when this returns.

        Raises:
            OSError: the disk is gone, or full and not waited for, or full at the last record.
        """
        if self.worked is not None and isinstance(record, Batch | Phase):
            record = record.model_copy(update={"worked": self.worked()})
        self._waiting.append(record)
        try:
            while self._waiting:
                first = self._waiting[0]
                self._journal.append(first, durable=not isinstance(first, Batch | Phase | Note))
                self._waiting.popleft()
        except OSError as error:
            if not self.patient or error.errno not in NO_SPACE or isinstance(record, LAST):
                raise
            self._wait()

    def _wait(self) -> None:
        """Keep what a full disk did not take, and say once, at its beginning, that there was one."""
        kept = [record for record in self._waiting if not isinstance(record, Batch | Phase)]
        if not any(isinstance(record, Note) and record.text == _FULL for record in kept):
            log_error()
            kept.insert(0, Note(text=_FULL))
        self._waiting = deque(kept)

    def phase(
        self, name: PhaseName, what: str = "", done: int = 0, total: int | None = None, unit: str = ""
    ) -> None:
        """Say that a phase begins or how far it is."""
        self(Phase(name=name, what=what, done=done, total=total, unit=unit))

    def progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        """Take the progress of readers and downloads (``sources.progress.Progress``)."""
        if done == total or self._throttle.due():
            self.phase(phase, what, done, total, unit)


_FULL = (
    "the disk was full for a while: what happened meanwhile was recorded late, and progress was not recorded"
)


def log_error() -> None:
    """Write the error being handled to worker.log, where the disk that holds it takes it."""
    with contextlib.suppress(OSError):
        traceback.print_exc()
