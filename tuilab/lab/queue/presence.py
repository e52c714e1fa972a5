"""Apps that are open: each leaves a note of itself, so that a scheduler works as long as it is open.

A note counts while the process that left it runs, which is told as a lease tells it; so a killed app leaves
nothing that counts, and the next look removes its note.
"""

import contextlib
import os
from pathlib import Path

from tuilab.errors import RunError
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.lab.queue.locking import ensure_scheduler, host_in_names
from tuilab.runs.queue import changes
from tuilab.runs.worker.lease import Lease, read_lease
from tuilab.terminal import clean


def enter() -> None:
    """Note that this process is an open app, and make sure that a scheduler works. Twice is as good as once.

    Raises:
        RunError: that cannot be noted, or no scheduler can be started; the sentence says why.
    """
    changes.folder()
    try:
        write_whole(_own_note(), Lease.own().text(), links=False)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"it cannot be noted that this app is open: {why}; runs only start later") from error
    ensure_scheduler()


def leave() -> None:
    """Take the note of this process back; never raises."""
    with contextlib.suppress(OSError):
        _own_note().unlink(missing_ok=True)
        changes.ring()


def open_here() -> bool:
    """Return whether an app of this store is open on this host; notes of those that ended are removed."""
    found = False
    for note in _notes():
        lease = read_lease(note)
        alive = lease is not None and lease.alive()
        if alive:
            found = True
        elif lease is not None and lease.here:
            with contextlib.suppress(OSError):
                note.unlink()
    return found


def _beginning() -> str:
    return f"app-{host_in_names()}-"


def _own_note() -> Path:
    return paths.home() / "queue" / f"{_beginning()}{os.getpid()}.json"


def _notes() -> list[Path]:
    try:
        with os.scandir(paths.home() / "queue") as entries:
            return [Path(one.path) for one in entries if one.name.startswith(_beginning())]
    except OSError:
        return []
