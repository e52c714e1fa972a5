"""Leases of workers that are not there, or not here; and the end of those that are."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, lock_of, read_lease


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


def end_workers() -> None:
    """End all that still works in this test's home, and what was about to."""
    deadline = time.monotonic() + 60
    while found := [*_started_here(), *_at_work()]:
        assert time.monotonic() < deadline, f"they cannot be ended: {found}"
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.01)


def _started_here() -> Iterator[psutil.Process]:
    """Yield processes that were started with this test's home: schedulers, their workers, commands."""
    home = str(paths.home())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TUILAB_HOME") == home:
                yield process


def _at_work() -> Iterator[psutil.Process]:
    """Yield processes that hold the lease of a run."""
    for run in store.list_runs():
        lease = read_lease(run.lease)
        process = lease.process() if lease else None
        if process is not None and process.pid != os.getpid():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    yield process


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: ModuleType, happens: Callable[[], object]) -> None:
    """Have something happen whenever a module sleeps, which takes no time; other threads sleep as before."""
    clock = SimpleNamespace(**{name: getattr(time, name) for name in dir(time) if not name.startswith("_")})
    clock.sleep = lambda _: happens()
    monkeypatch.setattr(module, "time", clock)
