"""Waiting for a run's turn in the queue, from a command that follows it."""

import time
from collections.abc import Callable

from tuilab.cli.interrupts import Interrupts
from tuilab.errors import RunError, UsageError
from tuilab.lab.queue import clients
from tuilab.lab.queue.locking import ensure_scheduler
from tuilab.lab.queue.standing import Standing
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.worker.following import POLL_SECONDS
from tuilab.runs.worker.lease import look, read_lease

_SOON_SECONDS = 0.7
"""How long a run may wait before that is reported: the next one in the queue starts sooner."""
_LOOK_SECONDS = 2.0


class Dropped(Exception):
    """The run that was waited for was taken out of the queue."""


def until_started(
    run: Run,
    each_look: Callable[[], None],
    say: Callable[[str], None],
    interrupts: Interrupts | None = None,
) -> None:
    """Wait until a worker takes a run, saying what it waits for whenever that changes.

    Args:
        each_look: called about twenty times a second.
        interrupts: takes the run out of the queue once these were asked to stop.

    Raises:
        Dropped: it was taken out of the queue, by a person or because of ``interrupts``.
        RunError: its worker could not be started; or its entry is damaged.
    """
    if not is_queued(run):
        return
    before = read_lease(run.lease)
    look_at, shown = time.monotonic() + _SOON_SECONDS, ""
    while is_queued(run):
        if interrupts is not None and interrupts.asked and _taken_out(run):
            raise Dropped
        each_look()
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + _LOOK_SECONDS
            shown = _look(run, shown, say)
        time.sleep(POLL_SECONDS)
    after, state = look(run.lease)
    same = before is not None and after is not None and after.same_holder(before)
    if state != "alive" and (after is None or same):
        raise Dropped


def _look(run: Run, shown: str, say: Callable[[str], None]) -> str:
    problem = clients.problem_of(run)
    if problem is not None:
        raise problem
    standing = clients.standing_of(run)
    if standing is None:
        return shown
    if standing.moves:
        ensure_scheduler()
    sentence = "" if standing.starting or standing.device else waiting_line(standing)
    if sentence and sentence != shown:
        say(sentence)
    return sentence or shown


def waiting_line(standing: Standing) -> str:
    """Return what a run waits for: ``waits for RUN on cpu (2 of 5 in the queue)``."""
    return f"{standing.reason} ({standing.place} of {standing.of} in the queue)"


def _taken_out(run: Run) -> bool:
    """Take a run out of the queue; return whether it was still there."""
    try:
        changes.drop(run)
    except UsageError:
        return False
    except RunError:
        return False
    return True
