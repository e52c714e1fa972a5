"""The scheduler: ``python -m tuilab.lab.queue.scheduler``, one a store and host.

It starts what can start, parents first, and ends when nothing waits that could start by itself, no worker
that it started trains, and no app is open. What it knows stands in the folders: it may be killed at any
moment, and its workers work on.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping

from filelock import FileLock, Timeout

from tuilab.errors import RunError, TuilabError
from tuilab.files.atomic import write_whole
from tuilab.lab.queue import presence, workers
from tuilab.lab.queue.keeping import Keeping
from tuilab.lab.queue.locking import identity_file, scheduler_here, scheduler_lock
from tuilab.lab.queue.looking import Looker
from tuilab.lab.queue.standing import Seen, died_early, standings, worker_environment
from tuilab.processes.streams import open_closed
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry, Queued, asked_here
from tuilab.runs.worker import last_words
from tuilab.runs.worker.death import WorkerDied
from tuilab.runs.worker.last_words import Printed
from tuilab.runs.worker.lease import Lease
from tuilab.runs.worker.process import WorkerProcess

LOOK_SECONDS = 2.0
"""From one look at the store to the next, where nothing is heard before."""
IDLE_SECONDS = 10.0
"""The same while nothing waits or trains and an app is open: of two thousand runs a look takes 0.05 s."""
_POLL_SECONDS = 0.03
_CLIENT_SECONDS = 5.0
"""How long a client may have the lock: it starts a worker meanwhile."""


class Scheduler:
    """Looks, starts, waits."""

    def __init__(self) -> None:
        self._looker = Looker()
        self._children: dict[str, WorkerProcess] = {}
        self._keeping = Keeping()
        self._last = worker_environment(Entry(**asked_here()))
        """The environment of the last run's worker: the next one's will be the same, as a rule."""
        self._idle = False
        """Whether at the last look nothing was left to do but to wait for an app."""

    def work(self) -> None:
        """Go on until nothing is left to do."""
        rung = _rung()
        try:
            while self.look():
                rung = self._wait(rung)
        finally:
            self._keeping.close()

    def look(self) -> bool:
        """Look at the store and start what can start; return whether to look again later."""
        self._bury()
        seen = self._looker.look()
        if any([note_death(one) for one in seen.queue]):
            seen = self._looker.look()
        while (started := self._start_first(seen)) is not None:
            self._children[started.run.id] = started
            seen = self._looker.look()
        moving, app = [one for one in standings(seen) if one.moves], presence.open_here()
        waiting = [worker_environment(one.queued.entry) for one in moving if not one.starting]
        self._keep(seen, waiting[0] if waiting else self._last if app else None)
        self._idle = not self._children and not moving
        return app or not self._idle

    def _keep(self, seen: Seen, variables: Mapping[str, str] | None) -> None:
        """Have a worker stand by for the next run, where one is expected; runs start without it as well."""
        try:
            self._keeping.look({*self._children, *(one.run_id for one in seen.busy)}, variables)
        except RunError as error:
            _log(error.sentence)

    def _start_first(self, seen: Seen) -> WorkerProcess | None:
        for one in standings(seen):
            if one.device is None:
                continue
            _log(f"starts {one.run.id} on {one.device.name}")
            self._last = worker_environment(one.queued.entry)
            if worker := workers.start(one.run, one.device, self._keeping.standby):
                return worker
        return None

    def _bury(self) -> None:
        for run_id, worker in list(self._children.items()):
            died = worker.death()
            if died is None:
                continue
            del self._children[run_id]
            _log(f"{run_id} ended with code {worker.ended()}")
            workers.note_problem(worker.run, died, pid=worker.pid)  # only where it never took the run
            _tell_death(worker, died)

    def _wait(self, rung: int) -> int:
        """Wait for the bell, a worker's end, or until it is time to look; return when the bell rang last."""
        began = time.monotonic()
        deadline = began + (IDLE_SECONDS if self._idle else LOOK_SECONDS)
        ask_at = began + LOOK_SECONDS
        at_work = self._looker.workers
        while (moment := time.monotonic()) < deadline:
            time.sleep(_POLL_SECONDS)
            if (now := _rung()) != rung:
                return now
            if any(worker.ended() is not None for worker in self._children.values()):
                break
            if any(worker.alive() is False for worker in at_work):
                break
            if self._idle and moment > ask_at:
                ask_at = moment + LOOK_SECONDS
                if not presence.open_here():
                    break
        return rung


def note_death(one: Queued) -> bool:
    """Note of a run that its worker ended before it took the run; return whether that is so."""
    start = one.entry.start
    if start is None or start.worker is None or not died_early(one.entry):
        return False
    words = Printed.of(one.run.log).last_words(start.worker.pid)
    sentence = words.sentence if words else "its worker ended before it began; its output is in worker.log"
    workers.note_problem(one.run, WorkerDied(sentence, words.remedies if words else ()), pid=start.worker.pid)
    return True


def _tell_death(worker: WorkerProcess, died: WorkerDied) -> None:
    """Leave in a run's log why its worker died, for those who follow it: they cannot ask its exit code."""
    run, code = worker.run, worker.ended()
    silent = Printed.of(run.log).last_words(worker.pid) is None
    if code is not None and code < 0 and silent and run.folder.is_dir():
        last_words.leave(run.log, worker.pid, died.sentence, died.remedies)


def _rung() -> int:
    try:
        return changes.bell().stat().st_mtime_ns
    except OSError:
        return 0


def _log(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk keeps no run from starting
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} [{os.getpid()}] {text}", flush=True)


def _end(number: int, frame: object) -> None:
    os._exit(0)  # all that it knows stands in the folders


def _taken(lock: FileLock) -> bool:
    """Take the lock; return False if another scheduler has it. A client has it for a moment only."""
    deadline = time.monotonic() + _CLIENT_SECONDS
    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if scheduler_here() is not None or time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True


def _work_under(lock: FileLock) -> bool:
    """Work while holding the lock; return whether something came when it was being given back."""
    if not _taken(lock):
        return False
    try:
        with contextlib.suppress(OSError):  # the disk is full; the lock counts
            write_whole(identity_file(), Lease.own().text(), links=False)
        Scheduler().work()
    finally:
        lock.release()
    # whoever queued something or opened an app just before found the lock taken, and relies on this process
    return presence.open_here() or any(one.device is not None for one in standings(Looker().look()))


def main() -> int:
    """Work until nothing is left to do; a second one on the same store and host ends immediately."""
    open_closed()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        lock = scheduler_lock()
        while _work_under(lock):
            pass
    except TuilabError as error:
        _log(error.sentence)
        return error.exit_code
    except OSError as error:  # its home is gone, or its disk is full
        _log(f"ended: {error}")
        return TuilabError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
