"""Changes of the queue: one at a time, whoever makes them and on whatever host the disk's locks reach."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import Timeout

from tuilab.errors import RunError, UsageError
from tuilab.files import paths
from tuilab.files.locks import lock_on
from tuilab.files.private import make_private, refuse_foreign
from tuilab.files.regular import open_regular
from tuilab.runs import store
from tuilab.runs.queue import entry as entries
from tuilab.runs.queue.entry import Entry, Queued, is_queued, path_of
from tuilab.runs.queue.order import arranged, descendants, moved
from tuilab.runs.run import Run
from tuilab.terminal import clean

_LOCK_SECONDS = 10.0
"""How long to wait for others' changes, each of which takes some thousandths of a second."""


def folder() -> Path:
    """Return the folder of the queue's own files (locks, the bell, the scheduler's log), making it.

    Raises:
        RunError: it cannot be made, or is another person's.
    """
    place = paths.home() / "queue"
    refuse_foreign(paths.home())
    refuse_foreign(place)
    try:
        make_private(place)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(
            f"{clean(str(place))} cannot be created: {why}",
            ["free space, make the folder writable, or choose another: TUILAB_HOME=/a/folder tuilab run"],
        ) from error
    return place


def bell() -> Path:
    """Return the file whose time of change says that something changed."""
    return paths.home() / "queue" / "bell"


def ring() -> None:
    """Have schedulers look at once; without it they look some seconds later."""
    with contextlib.suppress(OSError):
        fd = open_regular(bell(), os.O_WRONLY | os.O_CREAT)
        try:
            os.utime(fd)
        finally:
            os.close(fd)


@contextlib.contextmanager
def changing() -> Iterator[None]:
    """Keep others from changing the queue meanwhile, then ring the bell.

    Raises:
        RunError: another process keeps it for too long, or there are no locks.
    """
    try:
        lock = lock_on(folder() / "changes.lock")
        with lock.acquire(timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise RunError(
            f"another process has been changing the queue for {_LOCK_SECONDS:.0f} s; try again in a moment"
        ) from error
    finally:
        ring()


def queue() -> list[Queued]:
    """Return all runs that wait, in order."""
    return arranged([found for run in store.folders() if is_queued(run) if (found := entries.look(run))])


def last_order() -> float:
    """Return the place of the last one; 0 if none waits."""
    return max((one.entry.order for one in queue()), default=0.0)


def put(run: Run, entry: Entry) -> None:
    """Put a run into the queue, or what is noted of it there into its place; raises RunError."""
    try:
        entries.write(run, entry)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be queued: {why}") from error


def edit(run: Run, change: Callable[[Entry], Entry]) -> Entry:
    """Change a run's entry and return it.

    Raises:
        UsageError: the run does not wait (any more), or its entry is damaged.
        RunError: it cannot be written.
    """
    with changing():
        entry = entries.read(run)
        if entry is None:
            raise not_queued(run)
        entry = change(entry)
        put(run, entry)
    return entry


def not_queued(run: Run) -> UsageError:
    """Return the error for a run that does not wait."""
    return UsageError(f"{run.id} is not in the queue; tuilab queue lists what is")


def take(run: Run) -> bool:
    """Take a run out of the queue for the worker that holds its lease.

    Returns:
        False if it is not to be trained: it was taken already, dropped, or is held.
    """
    with contextlib.suppress(RunError), changing():
        return _take(run)
    return _take(run)  # where others cannot be kept out, removing a file is one step nevertheless


def _take(run: Run) -> bool:
    found = entries.look(run)
    if found is None or found.entry.held:
        return False
    try:
        path_of(run).unlink()
    except FileNotFoundError:
        return False
    return True


def drop(run: Run) -> list[Run]:
    """Take a run out of the queue; one that was made for it vanishes, and so do those that wait for that.

    Returns:
        The others that vanished with it.

    Raises:
        UsageError: it does not wait (any more).
        RunError: it cannot be taken out.
    """
    with changing():
        found = entries.look(run)
        if found is None:
            raise not_queued(run)
        others = descendants(queue(), run.id) if found.entry.new else []
        try:
            for one in (found, *reversed(others)):
                _remove(one)
        except OSError as error:
            why = clean(error.strerror or str(error))
            raise RunError(f"{run.id} cannot be taken out of the queue: {why}") from error
    return [one.run for one in others]


def drop_descendants(run: Run) -> None:
    """Take out those that wait for a run which is about to vanish."""
    with contextlib.suppress(RunError, OSError), changing():
        for one in reversed(descendants(queue(), run.id)):
            _remove(one)


def _remove(one: Queued) -> None:
    path_of(one.run).unlink(missing_ok=True)
    if one.entry.new and not one.run.journal.exists():
        store.discard(one.run)


def move(run: Run, place: int) -> int:
    """Move a run to a place, from 1; return the one it got: behind those that it waits for.

    Raises:
        UsageError: it does not wait (any more), or its entry is damaged.
        RunError: it cannot be moved.
    """
    with changing():
        if entries.read(run) is None:
            raise not_queued(run)
        waiting: Sequence[Queued] = queue()
        orders = moved(waiting, run.id, place)
        for one in waiting:
            if one.id in orders and not one.damage:
                put(one.run, one.entry.changed(order=orders[one.id]))
        return next(n for n, one in enumerate(queue(), start=1) if one.id == run.id)
