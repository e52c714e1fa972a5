"""The scheduler's lock: one process a store and host starts workers; and its process, if there is none."""

import contextlib
import platform
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from tuilab.errors import RunError
from tuilab.files.locks import lock_on
from tuilab.lab.background import start_in_background
from tuilab.runs.queue import changes
from tuilab.runs.worker.lease import Lease, read_lease
from tuilab.terminal import clean

_KILL_SECONDS, _NAMELESS_SECONDS = 5.0, 1.0


def host_in_names() -> str:
    """Return this host's name as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", platform.node())[:100] or "host"


def scheduler_lock() -> FileLock:
    """Return the lock of this host's scheduler, not yet taken.

    Raises:
        RunError: there are no locks, or the folder cannot be made.
        OSError: the file cannot be made.
    """
    return lock_on(changes.folder() / f"scheduler-{host_in_names()}.lock")


def identity_file() -> Path:
    """Return the file that says which process is this host's scheduler."""
    return changes.folder() / f"scheduler-{host_in_names()}.json"


def log_file() -> Path:
    """Return where this host's scheduler says what it does."""
    return changes.folder() / f"scheduler-{host_in_names()}.log"


@contextlib.contextmanager
def scheduling() -> Iterator[bool]:
    """Yield whether this process may start workers meanwhile: not where a scheduler does."""
    lock = scheduler_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def scheduler_here() -> Lease | None:
    """Return the process of this host's scheduler; None if none works."""
    lease = read_lease(identity_file())
    return lease if lease is not None and lease.alive() else None


def _free() -> bool:
    """Return whether no scheduler works. One that a signal has stopped is ended, by which nothing is lost."""
    deadline = time.monotonic() + _NAMELESS_SECONDS
    while True:
        with scheduling() as free:
            pass
        lease = scheduler_here()
        if free or lease is not None or time.monotonic() > deadline:
            break
        time.sleep(0.02)  # it has just begun or was just killed, or a client starts a worker
    process = lease.process() if lease and not free else None
    if process is None:
        return free
    with contextlib.suppress(psutil.Error):
        if process.status() == psutil.STATUS_STOPPED:
            process.kill()
            process.wait(_KILL_SECONDS)
            return True
    return free


def ensure_scheduler() -> "subprocess.Popen[bytes] | None":
    """Start a scheduler where none works, and return its process; it outlives this one.

    Raises:
        RunError: it cannot be started; the sentence says why.
    """
    if not _free():
        return None
    try:
        return start_in_background("tuilab.lab.queue.scheduler", log=log_file())
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the scheduler of the queue cannot be started: {why}") from error
