"""Rows of steps on their way to the disk: a run whose records the disk refuses trains on without them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.telemetry import log_error
from tuilab.runs.journal.records import Note
from tuilab.runs.step_rows import Layout, StepWriter
from tuilab.terminal import clean


class Recording:
    """Writes what one probe records, until the disk refuses."""

    def __init__(self, folder: Path, layout: Layout, report: Callable[[Note], None]) -> None:
        """Prepare.

        Args:
            folder: of the probe, below the run's.
            layout: what stands in a row.
            report: takes what a person should know.
        """
        self._name, self._report = folder.name, report
        self._writer: StepWriter | None = None
        with self._unless_refused():
            self._writer = StepWriter(folder, layout)

    def begin(self, epoch: int, step: int) -> None:
        """As ``StepWriter.begin``."""
        if self._writer is not None:
            with self._unless_refused():
                self._writer.begin(epoch, step)

    def write(self, rows: NDArray[np.float32]) -> None:
        """As ``StepWriter.write``."""
        if self._writer is not None:
            with self._unless_refused():
                self._writer.write(rows)

    def close(self) -> None:
        """As ``StepWriter.close``."""
        if self._writer is not None:
            with self._unless_refused():
                self._writer.close()

    @contextmanager
    def _unless_refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log_error()
            self._writer = None
            why = clean(error.strerror or str(error), limit=200)
            self._report(Note(text=f"{self._name} is not recorded any more: {why}; the training goes on"))
