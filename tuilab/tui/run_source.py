"""Where the app's runs come from: the store, asked by the background only."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, assert_never

from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.index import read_all
from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.worker.approval import on_approval
from tuilab.runs.worker.lease import look, why_unreachable
from tuilab.runs.worker.process import ask_to_stop
from tuilab.tui.look_source import LookSource
from tuilab.tui.queue_source import QueueSource
from tuilab.tui.run_book import BookedRun
from tuilab.tui.sweep_source import SweepSource

FOLDER_GONE = "its folder is gone"
"""Why a run that says it trains does not: nothing of it is left."""

_LONGEST_START = 60.0
"""Seconds from a run's folder to its worker's first word, at most."""

_MOST_MOMENTS = 20_000
"""Batches and phases that are read at once: more than any terminal has columns to draw them in."""


@dataclass(frozen=True)
class Word:
    """What is known of the worker of a run that has no last record.

    Attributes:
        state: ``works``, or is about to; ``gone``; ``unreachable``: it is on another host, which is silent.
        reason: why it does not work, or why that is not known.
    """

    state: Literal["works", "gone", "unreachable"] = "works"
    reason: str = ""


class RunSource:
    """The run folders, what is known of their workers, the queue, the sweeps, and looks into runs."""

    def __init__(self, queue: QueueSource | None = None, sweeps: SweepSource | None = None) -> None:
        """Begin.

        Args:
            queue: the queue of the store; None: the one that schedulers start workers from.
            sweeps: the sweeps of the store; None: those that coordinators work on.
        """
        self.queue = queue or QueueSource()
        self.sweeps = sweeps or SweepSource()
        self.looks = LookSource()
        self._on_approval: frozenset[str] = frozenset()

    def run_ids(self) -> tuple[str, ...]:
        """Return all ids, oldest first; raises RunError if the folder cannot be read."""
        return tuple(run.id for run in store.list_runs())

    def load(self, run_ids: Iterable[str]) -> tuple[list[BookedRun], dict[str, str]]:
        """Read runs; the second is a sentence for each id whose folder is there and damaged.

        Runs on approval are left out: ``undecided`` says that they are to be asked for again.
        """
        ids = list(run_ids)
        found, damaged = read_all([self.run(run_id) for run_id in ids])
        damaged = {run_id: why for run_id, why in damaged.items() if self.run(run_id).folder.is_dir()}
        waiting = frozenset(summary.run.id for summary, _ in found if on_approval(summary))
        self._on_approval = self._on_approval.difference(ids) | waiting
        booked = [BookedRun(summary, experiment) for summary, experiment in found]
        return [run for run in booked if run.id not in waiting], damaged

    def undecided(self, run_ids: Iterable[str]) -> bool:
        """Return whether one of these runs was left out when it was read last, and may be accepted by now."""
        return not self._on_approval.isdisjoint(run_ids)

    def run(self, run_id: str) -> Run:
        """Return a run's folder, which need not exist."""
        return Run(paths.runs() / run_id)

    def reader(self, run_id: str) -> JournalReader:
        """Return a reader at the beginning of a run's journal; of a long past it reads what can be drawn."""
        return JournalReader(self.run(run_id).journal, skip=MOMENTS, most=_MOST_MOMENTS)

    def journal_size(self, run_id: str) -> int:
        """Return the bytes of a run's journal; 0 if there is none."""
        try:
            return self.run(run_id).journal.stat().st_size
        except OSError:
            return 0

    def word_of(self, run_id: str) -> Word:
        """Return whether a run that says it trains does."""
        run = self.run(run_id)
        if not run.folder.is_dir():
            return Word("gone", FOLDER_GONE)
        queued = is_queued(run)  # before the lease: a worker takes that first
        lease, state = look(run.lease)
        if queued and state in ("none", "dead"):
            return Word()  # it waits in the queue: the queue says how it stands
        match state:
            case "alive":
                return Word()
            case "none":
                # its worker needs a moment to take the lease; one that never did never will
                if run.journal.exists() or time.time() - run.folder.stat().st_mtime <= _LONGEST_START:
                    return Word()
                return Word("gone", "its worker never started")
            case "dead":
                return Word("gone", "its worker ended without saying why")
            case "unreachable":
                assert lease is not None
                return Word("unreachable", why_unreachable(lease))
            case _:
                assert_never(state)

    def stop(self, run_id: str) -> bool:
        """Ask a run's worker to stop, wherever it works; False if none can be reached."""
        return ask_to_stop(self.run(run_id))
