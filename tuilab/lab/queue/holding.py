"""Keeping all that waits from starting, and letting it start again."""

from collections.abc import Collection

from tuilab.errors import UsageError
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry, Queued
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def released(entry: Entry) -> Entry:
    """Return an entry that keeps its run from nothing: neither held, nor given up."""
    return entry.changed(held=False, problem="", remedies=(), attempts=0)


def hold_all() -> list[Run]:
    """Hold every run that waits and would start one day; return them in the queue's order.

    Raises:
        RunError: the queue cannot be changed.
    """
    with changes.changing():
        free = [one for one in changes.queue() if _would_start(one)]
        for one in free:
            changes.put(one.run, one.entry.changed(held=True))
    return [one.run for one in free]


def release_waiting_for_parents(held: Collection[Run]) -> list[Run]:
    """Release those of some runs that wait for a run which is not done: they start after that one anyway.

    Returns:
        The others, which stay held.
    """
    ids = {run.id for run in held}
    kept = []
    with changes.changing():
        queue = {one.id: one for one in changes.queue()}
        for run in held:
            one = queue.get(run.id)
            if one is None:  # dropped meanwhile
                continue
            parent = one.entry.after
            if parent in ids or (parent is not None and not _done(one, parent)):
                changes.put(run, one.entry.changed(held=False))
            else:
                kept.append(run)
    return kept


def release_all() -> list[Run]:
    """Let every run start that is held, or could not be started before; return them in the queue's order.

    Raises:
        RunError: the queue cannot be changed.
    """
    with changes.changing():
        stuck = [one for one in changes.queue() if not one.damage and not _would_start(one)]
        for one in stuck:
            changes.put(one.run, released(one.entry))
    return [one.run for one in stuck]


def _would_start(one: Queued) -> bool:
    return not (one.damage or one.entry.problem or one.entry.held)


def _done(one: Queued, parent: str) -> bool:
    try:
        return summarize(Run(one.run.folder.with_name(parent))).state == "done"
    except UsageError:  # gone or damaged: nothing starts from it
        return False
