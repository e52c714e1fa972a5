"""What each run of the queue waits for, and why; which can start now, and on what."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from tuilab.lab.queue.devices import Device, Devices
from tuilab.runs.queue.entry import KEPT, Entry, Queued
from tuilab.runs.run import Run
from tuilab.runs.summary import State
from tuilab.terminal import clean

START_SECONDS = 60.0
"""From a worker's process to its lease, at most, where that process cannot be asked."""


@dataclass(frozen=True)
class Busy:
    """A run that trains on this machine.

    Attributes:
        device: ``cpu`` or ``gpu:K``; empty while its worker has not said it.
    """

    run_id: str
    device: str = ""


@dataclass(frozen=True)
class Seen:
    """A store at one look.

    Attributes:
        queue: what waits, in order.
        busy: what trains on this machine.
        parents: the state of each run that others wait for and that does not wait itself; one whose folder
            is gone or damaged is not in it.
        devices: of this machine.
    """

    queue: Sequence[Queued]
    busy: Sequence[Busy] = ()
    parents: Mapping[str, State] = field(default_factory=dict)
    devices: Devices = field(default_factory=Devices)


@dataclass(frozen=True)
class Standing:
    """How it stands with a run of the queue.

    Attributes:
        queued: the run.
        place: its place in the queue, from 1.
        of: how many wait.
        reason: what it waits for, in a clause that follows the run's id; clean.
        waits_for: the id of the run that it waits for; None if it waits for none.
        device: on what it starts now; None if it does not.
        starting: whether its worker's process is there already.
        moves: whether it starts without anybody's doing, once what it waits for is over.
    """

    queued: Queued
    place: int
    of: int
    reason: str
    waits_for: str | None = None
    device: Device | None = None
    starting: bool = False
    moves: bool = False

    @property
    def run(self) -> Run:
        """The run."""
        return self.queued.run


def standings(seen: Seen) -> list[Standing]:
    """Return how it stands with every run that waits, in the queue's order."""
    busy = list(seen.busy)
    training = {other.run_id for other in busy}
    found: list[Standing] = []
    moving: set[str] = set()
    for one in seen.queue:
        start = one.entry.start
        if start is not None and begins(one.entry) and _here(start.by.host) and one.id not in training:
            busy.append(Busy(one.id, start.device))
    for place, one in enumerate(seen.queue, start=1):
        standing = _standing(one, seen, busy, moving, place)
        if standing.moves:
            moving.add(one.id)
        if standing.device is not None:
            busy.append(Busy(one.id, standing.device.name))
        found.append(standing)
    return found


def begins(entry: Entry) -> bool:
    """Return whether a worker's process is on its way to take the run."""
    start = entry.start
    if start is None:
        return False
    if start.worker is not None and (alive := start.worker.alive()) is not None:
        return alive
    if start.worker is None and (alive := start.by.alive()) is not None:
        return alive and start.by.pid != os.getpid()
    return abs(time.time() - start.time) < START_SECONDS


def died_early(entry: Entry) -> bool:
    """Return whether a worker was started for the run and ended before it took it."""
    start = entry.start
    return start is not None and start.worker is not None and start.worker.alive() is False


def _here(host: str) -> bool:
    return host == platform.node()


def _standing(one: Queued, seen: Seen, busy: Sequence[Busy], moving: set[str], place: int) -> Standing:
    entry, of = one.entry, len(seen.queue)

    def waits(reason: str, *, waits_for: str | None = None, moves: bool = False) -> Standing:
        return Standing(one, place, of, reason, waits_for=waits_for, moves=moves)

    if one.damage:
        return waits(f"does not start: {one.damage}")
    if entry.problem:
        return waits(f"could not be started: {clean(entry.problem)}; tuilab resume {one.id} tries again")
    if entry.held:
        return waits(f"is held: tuilab queue release {one.id}")
    if begins(entry):
        return Standing(one, place, of, "is being started", starting=True, moves=True)
    if died_early(entry):  # whoever schedules next says why
        return waits("was being started, but its worker ended", moves=True)
    if entry.after is not None:
        ids = {other.id for other in seen.queue}
        reason, moves = _parent(one, seen, in_queue=entry.after in ids, moving=moving)
        if reason:
            return waits(reason, waits_for=entry.after, moves=moves)
    if entry.shares is not None:
        ids = {other.id for other in seen.queue}
        reason, moves = _leader(entry.shares, seen, in_queue=entry.shares in ids, moving=moving)
        if reason:
            return waits(reason, waits_for=entry.shares, moves=moves)
    environment = worker_environment(entry)
    if not seen.devices.has(entry.device, environment):
        return waits(f"waits for {clean(entry.device)}, which this machine does not have")
    unknown = next((other for other in busy if not other.device), None)
    if unknown is not None and not entry.beside:
        return waits(f"waits for {unknown.run_id}, which is starting", waits_for=unknown.run_id, moves=True)
    taken = [other.device for other in busy]
    device = seen.devices.choose(entry.device, taken, environment, beside=entry.beside)
    if device is not None:
        return Standing(one, place, of, "starts now", device=device, moves=True)
    return _for_device(one, seen, busy, place, of)


def worker_environment(entry: Entry, own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of an entry's worker: of whoever asked, where that was on this host."""
    if not _here(entry.host):
        return dict(own)
    return {name: value for name, value in own.items() if not name.startswith(KEPT)} | entry.environment


def _for_device(one: Queued, seen: Seen, busy: Sequence[Busy], place: int, of: int) -> Standing:
    names = seen.devices.names() if one.entry.device == "auto" else (one.entry.device,)
    on = [other for other in busy if other.device in names] or list(busy)
    first = on[0]
    more = f" or {len(on) - 1} more" if len(on) > 1 else ""
    reason = f"waits for {first.run_id} on {first.device}{more}"
    return Standing(one, place, of, reason, waits_for=first.run_id, moves=True)


def _parent(one: Queued, seen: Seen, *, in_queue: bool, moving: set[str]) -> tuple[str, bool]:
    """Return why a run waits for its parent, empty if it does not; and whether that comes by itself."""
    parent = one.entry.after or ""
    if in_queue:
        stuck = "" if parent in moving else ", which does not start by itself"
        return f"waits for {parent}, which is queued{stuck}", parent in moving
    state = seen.parents.get(parent)
    remedy = f"tuilab resume {parent}"
    match state:
        case "done":
            return "", True
        case "running" | "waiting":
            return f"waits for {parent}, which is training", True
        case "queued":  # it was queued since the queue was read
            return f"waits for {parent}, which is queued", True
        case "stopped":
            return f"waits for {parent}, which was stopped: {remedy}", False
        case "failed":
            return f"waits for {parent}, which failed: {remedy}", False
        case "interrupted":
            return f"waits for {parent}, which was interrupted: {remedy}", False
        case "unreachable":
            return f"waits for {parent}, whose worker cannot be reached: {remedy} --take-over", False
        case None:
            return f"waits for {parent}, which is gone: tuilab queue drop {one.id}", False
        case _:
            assert_never(state)


def _leader(leader: str, seen: Seen, *, in_queue: bool, moving: set[str]) -> tuple[str, bool]:
    """Return why a run waits for the one whose training it shares, empty if that is over in whatever way."""
    reason = f"waits for the training of {leader}, which it shares"
    if in_queue:
        stuck = "" if leader in moving else "; that does not start by itself"
        return f"{reason}{stuck}", leader in moving
    state = seen.parents.get(leader)
    match state:
        case "running" | "waiting" | "queued":
            return reason, True
        case "unreachable":
            return f"{reason}; its worker cannot be reached: tuilab resume {leader} --take-over", False
        case "done" | "stopped" | "failed" | "interrupted" | None:
            return "", True  # it trains itself what that one did not
        case _:
            assert_never(state)
