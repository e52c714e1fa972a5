"""A run on approval: the command that made it waits for its worker, and deletes it if it is refused.

Until the worker has found images, weights and network to be what they must be, an open app does not list such
a run: it may vanish again. ``tuilab ps`` does, because a person may want to stop it.
"""

import contextlib
import time
from pathlib import Path

from tuilab.errors import MissingError, UsageError
from tuilab.files.atomic import write_whole
from tuilab.runs.queue import entry as entries
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary
from tuilab.runs.worker.lease import Lease, read_lease

_AT_ONCE_SECONDS = 5.0
"""How long a run may be queued before it counts as waiting for others."""
_REFUSALS = (UsageError.exit_code, MissingError.exit_code)


def _asker(run: Run) -> Path:
    return run.folder / "asker.json"


def put_on_approval(run: Run) -> None:
    """Note that this process waits for the run's worker; on a disk that is full the run is listed at once."""
    with contextlib.suppress(OSError):
        write_whole(_asker(run), Lease.own().text())


def refused(summary: Summary) -> bool:
    """Return whether a run came to nothing because what it was asked for is not there or not allowed."""
    return summary.state == "failed" and not summary.epochs and summary.exit_code in _REFUSALS


def on_approval(summary: Summary) -> bool:
    """Return whether a run may still vanish: its worker has not accepted it, and its maker waits for that."""
    accepted = summary.network is not None or bool(summary.epochs)
    begins = (summary.state in ("waiting", "running") and not accepted) or _leaves_the_queue(summary)
    if not (begins or refused(summary)):
        return False
    asker = read_lease(_asker(summary.run))
    if asker is None:
        return not summary.run.folder.is_dir()  # it was refused since it was read
    return asker.alive() is True


def _leaves_the_queue(summary: Summary) -> bool:
    """Return whether a run is queued only until its worker is there; what waits for others is shown."""
    if summary.state != "queued":
        return False
    if time.time() - summary.manifest.created < _AT_ONCE_SECONDS:
        return True
    with contextlib.suppress(UsageError):  # its entry is damaged: that is shown, too
        entry = entries.read(summary.run)
        # a worker takes it out once TensorFlow is loaded, which takes long where the machine is busy
        return entry is None or entry.start is not None
    return False
