"""The store's queue, from the app's side: asked and changed by the background and the observer only."""

from collections.abc import Sequence
from typing import Literal

from tuilab.files import paths
from tuilab.lab.queue import clients, holding, presence
from tuilab.lab.queue.clients import Planned
from tuilab.lab.queue.locking import ensure_scheduler
from tuilab.lab.queue.looking import Looker
from tuilab.lab.queue.standing import Standing, standings
from tuilab.lab.queue.taking_out import TakenOut, put_back, take_out
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness
from tuilab.tui.run_book import BookedRun

Left = Literal["begun", "gone", "idle"]
"""What became of a run that waited: a worker took it, its folder is gone, or it waits no more."""


class QueueSource:
    """What the app asks of the queue. Tests put another in its place that starts no processes."""

    def __init__(self) -> None:
        self._looker = Looker()

    def open(self) -> None:
        """Note that an app is open, so that a scheduler works and has a worker ready; raises RunError."""
        presence.enter()

    def close(self) -> None:
        """Take that note back."""
        presence.leave()

    def wake(self) -> None:
        """Make sure that a scheduler works; raises RunError if none can be started."""
        ensure_scheduler()

    def bell(self) -> int:
        """Return another number whenever something changed in the queue; costs next to nothing."""
        try:
            return changes.bell().stat().st_mtime_ns
        except OSError:
            return 0

    def standings(self) -> tuple[Standing, ...]:
        """Return how it stands with every run that waits, in order; raises RunError."""
        return tuple(standings(self._looker.look()))

    def became(self, run_id: str) -> Left | None:
        """Return what became of a run that waited; None if it waits still."""
        run = self._run(run_id)
        if is_queued(run):
            return None
        if not run.folder.is_dir():
            return "gone"
        # a worker takes the lease before it takes the run out of the queue
        return "begun" if liveness(run.lease) in ("alive", "unreachable") else "idle"

    def enqueue(self, planned: Sequence[Planned]) -> list[BookedRun]:
        """Make the folders of runs at the queue's end, parents first: all or none; raises TuilabError."""
        return [BookedRun(summarize(run), run.experiment()) for run in clients.enqueue(planned)]

    def enqueue_again(self, run_id: str) -> list[BookedRun]:
        """Queue a run that ended early, and what an earlier version noted to be trained after it.

        Raises:
            TuilabError: another process works on it, or it cannot be queued.
        """
        run = self._run(run_id)
        later = clients.take_along(run)
        clients.enqueue_again(run)
        return [BookedRun(summarize(one), one.experiment()) for one in (run, *later)]

    def take_out(self, run_id: str) -> TakenOut:
        """Take a run out, with those that would start from it; raises TuilabError."""
        return take_out(self._run(run_id))

    def put_back(self, taken: TakenOut) -> list[BookedRun]:
        """Queue at the end what was taken out; raises TuilabError."""
        return [BookedRun(summarize(run), run.experiment()) for run in put_back(taken)]

    def shift(self, run_id: str, step: int) -> int:
        """Move a run by so many places, up to the ends; return how many it moved. Raises TuilabError."""
        run = self._run(run_id)
        before = next((n for n, one in enumerate(changes.queue(), start=1) if one.id == run_id), None)
        if before is None:
            raise changes.not_queued(run)
        return changes.move(run, max(before + step, 1)) - before

    def hold(self, run_id: str) -> None:
        """Keep a run from starting until it is released; raises UsageError."""
        clients.hold(self._run(run_id))

    def hold_all(self) -> None:
        """Keep all that waits from starting; raises RunError."""
        holding.hold_all()

    def release(self, run_id: str) -> None:
        """Let a run that is held, or could not be started, start when its turn comes; raises UsageError."""
        clients.release(self._run(run_id))

    def _run(self, run_id: str) -> Run:
        return Run(paths.runs() / run_id)
