"""Leases of workers that are not there, or not here."""

import os

from tuilab.runs.lease import Lease, lock_of
from tuilab.runs.store import Run


def elsewhere(run: Run, age: float = 0.0) -> None:
    """Write the lease of a worker on another host, whose last beat is so many seconds old."""
    lease = Lease.own().model_copy(update={"host": "gpu\x1b[31mbox", "boot": "b", "pid": 7})
    run.lease.write_text(lease.text())
    written = run.lease.stat().st_mtime - age
    os.utime(run.lease, (written, written))
    lock_of(run.lease).touch()


def gone(run: Run) -> None:
    """Write the lease of a worker of this machine that is no more."""
    run.lease.write_text(Lease.own().model_copy(update={"ticks": 1, "started": 1.0}).text())
