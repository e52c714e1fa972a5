"""Starting the worker of a run that waits. Whoever does so holds the scheduler's lock.

The one place where the queue makes processes: a worker that stands by is handed its run here.
"""

import contextlib
import time
from collections.abc import Mapping
from functools import partial

from tuilab.errors import RunError, TuilabError, UsageError
from tuilab.lab.queue.devices import Device
from tuilab.lab.queue.standing import begins, worker_environment
from tuilab.machine.environment import THREADS, threads
from tuilab.machine.hardware import usable_cores
from tuilab.machine.visible_devices import VISIBLE
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry, Start
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.identity import start_ticks, started
from tuilab.runs.worker.lease import Lease
from tuilab.runs.worker.process import WorkerProcess, start_process
from tuilab.runs.worker.standby import Standby

MOST_ATTEMPTS = 3
"""How often a worker is started for a run without having been heard of."""


def start(run: Run, device: Device, standby: Standby | None = None) -> WorkerProcess | None:
    """Start the worker of a run on a device, noted in its entry before and after.

    Args:
        standby: keeps a worker that may take the run.

    Returns:
        None if the run does not wait any more, or its worker cannot be started, which is noted too.
    """
    by = Lease.own()
    begun = Start(by=by, device=device.name, time=round(time.time(), 3))

    def begin(old: Entry) -> Entry:
        if old.held or old.problem or begins(old):  # by a scheduler on another host, since the queue was read
            raise changes.not_queued(run)
        return old.changed(start=begun, attempts=old.attempts + 1)

    try:
        entry = changes.edit(run, begin)
    except TuilabError:
        return None
    if entry.attempts > MOST_ATTEMPTS:
        note_problem(run, RunError(f"its worker was started {MOST_ATTEMPTS} times and did not begin"))
        return None
    try:
        worker = process(run, entry, device, standby)
    except RunError as error:
        note_problem(run, error)
        return None
    there = by.model_copy(
        update={"pid": worker.pid, "started": started(worker.pid), "ticks": start_ticks(worker.pid)}
    )
    with contextlib.suppress(TuilabError):  # it may have taken the run already
        changes.edit(run, lambda old: old.changed(start=begun.model_copy(update={"worker": there})))
    return worker


def process(run: Run, entry: Entry, device: Device, standby: Standby | None = None) -> WorkerProcess:
    """Start the process itself, or have the one that stands by take the run.

    Raises:
        RunError: that cannot be done.
    """
    environment = worker_environment(entry)
    if device.visible is not None:
        environment[VISIBLE] = device.visible
    taken = standby and standby.take(
        run,
        variables=environment,
        take_over=entry.take_over,
        queued=True,
        as_new=threads_as_new(run, environment),
    )
    if taken is not None:
        return taken
    begin = partial(start_process, variables=environment)
    return WorkerProcess(run, take_over=entry.take_over, queued=True, start=begin)


def threads_as_new(run: Run, environment: Mapping[str, str]) -> bool:
    """Return whether a run's worker sets as many threads as that of a run which was never begun."""
    try:
        asked = threads(THREADS, environment)
        started = summarize(run).started
    except TuilabError:  # its own worker says what is wrong
        return False
    return asked is not None or started is None or started.threads in (None, usable_cores())


def note_problem(run: Run, error: TuilabError, *, pid: int | None = None) -> None:
    """Note in a run's entry why its worker did not begin: it is not started again by itself.

    Args:
        pid: the worker; where another one or none is noted, that run was queued again, and nothing is said.
    """

    def note(old: Entry) -> Entry:
        noted = old.start.worker.pid if old.start is not None and old.start.worker is not None else None
        if pid is not None and noted != pid:
            return old
        if old.held:  # that is why the worker left it alone
            return old.changed(start=None, attempts=0)
        said = {"problem": error.sentence[:4000], "remedies": tuple(error.remedies)[:10]}
        return old.changed(**said, start=None)

    with contextlib.suppress(RunError, UsageError):
        changes.edit(run, note)
