"""How often the worker speaks: seldom enough to cost nothing, often enough to be watched."""

import time
from collections.abc import Callable

from tuilab.runs.journal import JournalWriter
from tuilab.runs.records import AnyRecord, Batch, Note, Phase, PhaseName
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


class Reporter:
    """Writes what happens into the journal: progress now and then, all else at once and for good."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal
        self._throttle = Throttle(seconds=0.25)

    def __call__(self, record: AnyRecord) -> None:
        """Write a record; all but progress is on the disk when this returns."""
        self._journal.append(record, durable=not isinstance(record, Batch | Phase | Note))

    def phase(
        self, name: PhaseName, what: str = "", done: int = 0, total: int | None = None, unit: str = ""
    ) -> None:
        """Say that a phase begins or how far it is."""
        self(Phase(name=name, what=what, done=done, total=total, unit=unit))

    def progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        """Take the progress of readers and downloads (``sources.progress.Progress``)."""
        if done == total or self._throttle.due():
            self.phase(phase, what, done, total, unit)
