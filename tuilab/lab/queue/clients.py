"""What front ends ask of the queue: put runs in, start one at once, take along what older versions noted."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from tuilab.errors import RunError
from tuilab.experiment.experiment import Experiment
from tuilab.lab import successors
from tuilab.lab.queue import workers
from tuilab.lab.queue.holding import released
from tuilab.lab.queue.locking import ensure_scheduler, scheduler_here, scheduling
from tuilab.lab.queue.looking import Looker
from tuilab.lab.queue.standing import Standing, standings
from tuilab.runs import store
from tuilab.runs.queue import changes
from tuilab.runs.queue import entry as entries
from tuilab.runs.queue.entry import NAME, Entry, asked_here
from tuilab.runs.queue.order import descendants
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import liveness, refuse_taken
from tuilab.runs.worker.process import WorkerProcess

_BEGIN_SECONDS, _POLL_SECONDS = 10.0, 0.03
"""How long a scheduler may take until it is at work, at most, and from one look to the next."""


class Planned(Protocol):
    """A run that is not made yet: a step of a plan, or a fork."""

    @property
    def experiment(self) -> Experiment:
        """What it trains."""
        ...

    @property
    def waits_for(self) -> Run | None:
        """The run that has to be done before it can start."""
        ...

    @property
    def shares(self) -> str | None:
        """The id of the run whose training it shares."""
        ...

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Make its folder, and these files in it."""
        ...


def enqueue(planned: Sequence[Planned], *, beside: bool = False) -> list[Run]:
    """Make the folders of runs, parents first, and put them at the end of the queue: all of them or none.

    Args:
        beside: whether they may share a device with other runs.

    Raises:
        TuilabError: a folder cannot be made.
    """
    made: list[Run] = []
    with changes.changing():
        order = changes.last_order()
        try:
            for step in planned:
                order += 1
                parent = step.waits_for
                entry = Entry(
                    order=order,
                    after=parent.id if parent else None,
                    shares=step.shares,
                    device=step.experiment.training.device,
                    beside=beside,
                    **asked_here(),
                )
                made.append(step.start({NAME: entry.text()}))
        except BaseException:
            for run in reversed(made):
                with contextlib.suppress(OSError):
                    store.discard(run)
            raise
    return made


def enqueue_again(run: Run, *, take_over: bool = False, beside: bool = False) -> None:
    """Put a run that ended early at the end of the queue; one that waits already is released, in its place.

    Raises:
        RunError: another process works on it, or may; or it cannot be queued.
        UsageError: its folder is damaged.
    """
    refuse_taken(run.lease, take_over=take_over)
    device = run.experiment().training.device
    with changes.changing():
        if liveness(run.lease) == "alive":
            refuse_taken(run.lease)
        found = entries.look(run)
        there = found.entry if found is not None and not found.damage else None
        entry = Entry(
            order=there.order if there else changes.last_order() + 1,
            after=there.after if there else None,
            shares=run.manifest().shares,
            device=device,
            new=there.new if there else False,
            take_over=take_over,
            beside=beside,
            **asked_here(),
        )
        changes.put(run, entry)


def take_along(run: Run) -> list[Run]:
    """Queue what an earlier version noted in a run's folder to be trained after it; the note goes.

    Raises:
        UsageError: the note is damaged; the sentence says what to do.
        TuilabError: a folder cannot be made.
    """
    steps = successors.waiting(run)
    made = enqueue(steps) if steps else []
    with contextlib.suppress(OSError):
        run.later.unlink(missing_ok=True)
    return made


def following(run: Run) -> list[Run]:
    """Return the runs that wait for a run, and for those, in order."""
    return [one.run for one in descendants(changes.queue(), run.id)]


def standing_of(run: Run) -> Standing | None:
    """Return how it stands with a run; None if it does not wait."""
    return next((one for one in standings(Looker().look()) if one.run.id == run.id), None)


def start_now(run: Run) -> WorkerProcess | None:
    """Start a run's worker as a child of this process where its turn is now and no scheduler works.

    Returns:
        None if it waits: then a scheduler works, which starts it when its turn comes.
    """
    worker = None
    with scheduling() as free:
        if free:
            for standing in standings(Looker().look()):
                if standing.run.id == run.id and standing.device is not None:
                    worker = workers.start(run, standing.device)
    # asked after that: whoever queued something meanwhile found the lock taken, and relies on this process
    if worker is None or any(one.moves and one.run.id != run.id for one in standings(Looker().look())):
        ensure_scheduler()
    return worker


def go_on() -> None:
    """Make sure that a scheduler is at work where something waits that can start; no other client may come.

    One that dies before it is at work is replaced. One that has the lock looks once more after giving it
    back; one that only still runs may be past that, and about to end.
    """
    deadline = time.monotonic() + _BEGIN_SECONDS
    started = None
    while time.monotonic() < deadline:
        if started is None or started.poll() is not None:
            if not any(one.moves for one in standings(Looker().look())):
                return
            started = ensure_scheduler()
        here = scheduler_here()
        if here is not None and (started is None or here.pid == started.pid):
            return
        time.sleep(_POLL_SECONDS)


def problem_of(run: Run) -> RunError | None:
    """Return why a run that waits could not be started; None if nothing is wrong with it.

    Raises:
        UsageError: its entry is damaged.
    """
    entry = entries.read(run)
    if entry is None or not entry.problem:
        return None
    return RunError(entry.problem, entry.remedies)


def release(run: Run) -> None:
    """Let a run that is held, or could not be started, start when its turn comes; raises UsageError."""
    changes.edit(run, released)


def hold(run: Run) -> None:
    """Keep a run from starting until it is released; raises UsageError."""
    changes.edit(run, lambda old: old.changed(held=True))
