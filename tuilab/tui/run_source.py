"""Where the app's runs come from: the store, asked by the background only."""

import time
from collections.abc import Iterable
from typing import Protocol

from tuilab import paths
from tuilab.runs import store
from tuilab.runs.index import read_all
from tuilab.runs.journal import MOMENTS, JournalReader
from tuilab.runs.lease import liveness
from tuilab.runs.process import WorkerProcess, ask_to_stop
from tuilab.runs.store import Run
from tuilab.tui.run_book import BookedRun

FOLDER_GONE = "its folder is gone"
"""Why a run that says it trains does not: nothing of it is left."""

_LONGEST_START = 60.0
"""Seconds from a run's folder to its worker's first word, at most."""

_MOST_MOMENTS = 20_000
"""Batches and phases that are read at once: more than any terminal has columns to draw them in."""


class RunningWorker(Protocol):
    """A worker that this app started."""

    def stop(self) -> None:
        """Ask it to stop at the next batch boundary."""
        ...

    def ended(self) -> int | None:
        """Return its exit code, or None while it runs."""
        ...


class RunSource:
    """The run folders and the workers. Tests put another behind ``start``."""

    def run_ids(self) -> tuple[str, ...]:
        """Return all ids, oldest first; raises RunError where the folder cannot be read."""
        return tuple(run.id for run in store.list_runs())

    def load(self, run_ids: Iterable[str]) -> tuple[list[BookedRun], dict[str, str]]:
        """Read runs; the second is a sentence for each id whose folder is damaged."""
        found, damaged = read_all([self.run(run_id) for run_id in run_ids])
        return [BookedRun(summary, experiment) for summary, experiment in found], damaged

    def run(self, run_id: str) -> Run:
        """Return a run's folder, which need not exist."""
        return Run(paths.runs() / run_id)

    def reader(self, run_id: str) -> JournalReader:
        """Return a reader at the beginning of a run's journal; of a long past it reads what can be drawn."""
        return JournalReader(self.run(run_id).journal, skip=MOMENTS, most=_MOST_MOMENTS)

    def gone(self, run_id: str) -> str:
        """Return why a run that says it trains does not: its worker or its folder is gone. Empty: it does."""
        run = self.run(run_id)
        if not run.folder.is_dir():
            return FOLDER_GONE
        state = liveness(run.lease)
        if state == "none" and not run.journal.exists():
            # its worker needs a moment to take the lease; one that never did never will
            made = run.folder.stat().st_mtime
            return "its worker never began" if time.time() - made > _LONGEST_START else ""
        return "its worker ended without a last word" if state == "dead" else ""

    def start(self, run: Run) -> RunningWorker:
        """Start a run's worker; raises RunError where the process cannot be started."""
        return WorkerProcess(run)

    def stop(self, run_id: str) -> bool:
        """Ask a worker that another process started to stop; False where it does not run here."""
        return ask_to_stop(self.run(run_id))
