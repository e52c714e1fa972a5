"""Looking at a store: what waits, what trains here, and how it stands with parents."""

import contextlib
import os
import platform

from tuilab.errors import UsageError
from tuilab.lab.queue.devices import Devices
from tuilab.lab.queue.standing import Busy, Seen
from tuilab.runs import store
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Queued
from tuilab.runs.run import Run
from tuilab.runs.summary import State, summarize
from tuilab.runs.worker.lease import Lease, look

_Stamp = tuple[int, int, int]


class Looker:
    """Looks again and again, and reads only what changed: most runs of a store are over."""

    def __init__(self) -> None:
        self._over: dict[str, _Stamp] = {}
        """Leases of runs that nobody trains, as they were then."""
        self._devices: dict[tuple[str, int], str] = {}
        """On what a run's worker of some process trains."""
        self.workers: list[Lease] = []
        """The workers of this machine that were at work at the last look."""

    def look(self) -> Seen:
        """Look at the store; raises RunError if it cannot be read."""
        queue, devices = changes.queue(), Devices.here()
        return Seen(queue, self._busy(devices), _parents(queue), devices)

    def _busy(self, devices: Devices) -> list[Busy]:
        found: list[Busy] = []
        self.workers = []
        for run in store.folders():
            lease = self._at_work_here(run)
            if lease is None:
                continue
            self.workers.append(lease)
            found.append(Busy(run.id, self._device(run, lease) or _asked_for(run, devices)))
        return found

    def _at_work_here(self, run: Run) -> Lease | None:
        try:
            stat = os.lstat(f"{run.folder}/lease.json")
        except OSError:
            return None
        stamp = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if self._over.get(run.id) == stamp:
            return None
        lease, state = look(run.lease)
        if state in ("dead", "none"):
            self._over[run.id] = stamp
        # what trains in another container of this machine takes its devices as well
        near = lease is not None and lease.host == platform.node()
        return lease if near and state == "alive" else None

    def _device(self, run: Run, lease: Lease) -> str:
        key = run.id, lease.pid
        if key not in self._devices:
            with contextlib.suppress(UsageError):
                summary = summarize(run)
                started = summary.started is not None and summary.started.pid == lease.pid
                if summary.device is not None and started:
                    self._devices[key] = summary.device.device
        return self._devices.get(key, "")


def _asked_for(run: Run, devices: Devices) -> str:
    """Return the device that a run's experiment names, or the only one there is; empty if that is open."""
    asked = "auto"
    with contextlib.suppress(UsageError):
        asked = run.experiment().training.device
    names = set(devices.names())
    return asked if asked != "auto" else names.pop() if len(names) == 1 else ""


def _parents(queue: list[Queued]) -> dict[str, State]:
    ids = {one.id for one in queue}
    awaited = {name: one.run.folder.with_name(name) for one in queue for name in one.entry.waits_for}
    states: dict[str, State] = {}
    for name, folder in awaited.items():
        if name in ids:
            continue
        with contextlib.suppress(UsageError):
            run = Run(folder)
            state = summarize(run).state
            # one that no worker ever took waits for a person
            forgotten = state == "waiting" and look(run.lease)[1] == "none"
            states[name] = "interrupted" if forgotten else state
    return states
