"""Taking a run's lease and keeping it: one process at a time, which notices when it was taken from it."""

import os
import threading
import time
from pathlib import Path

from filelock import Timeout

from tuilab.errors import RunError
from tuilab.files.atomic import write_whole
from tuilab.files.locks import holder, lock_on
from tuilab.files.private import refuse_foreign
from tuilab.files.regular import open_regular
from tuilab.runs.worker import lease as leases
from tuilab.runs.worker.lease import (
    Lease,
    beats,
    doubtful,
    keep_copy,
    lock_of,
    look,
    read_lease,
    refuse_taken,
    taken,
)
from tuilab.terminal import clean

LOCK_SECONDS = 15.0
"""How long to wait for others that are about to take the same lease, which takes them 5 s at most."""
SETTLE_SECONDS = 1.0
"""How long after writing a lease to look whose it is, where no lock holds between machines."""


class HeldLease:
    """A lease that this process took. A thread keeps it beating until it is given back or lost."""

    def __init__(self, path: Path, lease: Lease, note: str = "") -> None:
        """Begin to beat; ``take_lease`` makes these."""
        self.note = note
        """What a person should know of how it is kept; may be empty."""
        self._path = path
        self._lease = lease
        self._lost = False
        self._last_beat = _uptime()
        self._guard = threading.Lock()
        self._given_back = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="tuilab-lease", daemon=True)
        self._thread.start()

    @property
    def lease(self) -> Lease:
        """What stands in the file, as of the last beat."""
        return self._lease

    @property
    def lost(self) -> bool:
        """Whether the run is no longer this process's: another took it over, or its folder is gone.

        Whoever reads True must write nothing more into the run. It costs nothing but where this process
        did not run for a while (stopped, or the machine slept): then the file is looked at first.
        """
        overdue = _uptime() - self._last_beat > 2 * leases.BEAT_SECONDS
        if overdue and not self._lost and not self._given_back.is_set():
            self._beat()
        return self._lost

    def release(self) -> None:
        """Give the lease back, so that any host may take the run at once. Once is enough."""
        if self._given_back.is_set():
            return
        self._given_back.set()
        self._thread.join(leases.BEAT_SECONDS)
        if not self._lost:
            self._beat(ended=True)
            leases.keep_copy(self._path, self._lease)

    def _keep(self) -> None:
        while not self._lost and not self._given_back.wait(leases.BEAT_SECONDS):
            self._beat()

    def _beat(self, *, ended: bool = False) -> None:
        """Write the next beat over the last one, or notice that the file is no longer this process's.

        Written in place, into the file that was found to be this process's own: where another process
        renames its lease onto the name meanwhile, the beat goes into a file that has no name any more.
        It takes no space on a full disk, either. A disk that does not answer is asked again next time.
        """
        if not self._guard.acquire(timeout=leases.BEAT_SECONDS if ended else 0):
            return  # the thread is at it
        try:
            fd = open_regular(self._path, os.O_RDWR)
            try:
                there = leases.parse(os.read(fd, 1 << 16))
                if there is not None and not there.same_holder(self._lease):
                    self._lost = True
                    return
                beat = self._lease.model_copy(update={"beat": self._lease.beat + 1, "ended": ended})
                content = beat.text().encode()
                os.pwrite(fd, content, 0)
                os.ftruncate(fd, len(content))  # where something else stood there, as rubbish
            finally:
                os.close(fd)
            self._lease, self._last_beat = beat, _uptime()
        except FileNotFoundError:
            self._lost = True
        except OSError:
            return
        finally:
            self._guard.release()


def take_lease(path: Path, *, take_over: bool = False) -> HeldLease:
    """Take a run's lease for this process. Of several that ask at once, on any hosts, one gets it.

    Look and write happen under a lock on ``lease.lock`` (``locks.lock_on``). That holds between hosts where
    the file system carries ``flock`` to its server, as NFS 4 does, and NFS 3 with its lock service; where it
    is mounted with ``nolock``, or has no locks, only between the processes of one host. If it has none,
    the lease is looked at once more after a moment: of two hosts the one that wrote last has it.

    Args:
        path: ``lease.json`` in the run's folder.
        take_over: take the run of a worker that is unreachable. Its counter is watched for some seconds
            first: one that still beats keeps its run.

    Raises:
        RunError: another process works on the run, or may; the folder is not this person's own; or there
            are no locks at all.
        OSError: the lease cannot be written: a full disk, a folder that is gone or read only.
    """
    refuse_foreign(path.parent)
    lock = lock_on(lock_of(path))
    try:
        with lock.acquire(timeout=LOCK_SECONDS):
            _wait_for_repair(path)
            refuse_taken(path, take_over=take_over)
            held, state = look(path)
            if held is not None and (state == "unreachable" or doubtful(path, held)) and beats(path, held):
                raise taken(path, held)
            own = Lease.own()
            write_whole(path, own.text(), links=False)
            keep_copy(path, own)
            unlocked = lock.lock_file != str(lock_of(path))
            if unlocked:
                time.sleep(SETTLE_SECONDS)
                there = read_lease(path)
                if there is not None and not there.same_holder(own):
                    raise taken(path, there)
    except Timeout as error:
        process = holder(lock)
        who = f"process {process} is" if process else "another process is"
        raise RunError(
            f"{who} about to take {clean(path.parent.name)}, but has made no progress for "
            f"{LOCK_SECONDS:.0f} s",
            [f"end it (kill {process}), then try again" if process else "try again in a moment"],
        ) from error
    return HeldLease(path, own, _UNLOCKED if unlocked else "")


_UNLOCKED = (
    "the disk of this run has no locks (flock): a lock on this machine is used instead; do not "
    "resume the run from two machines at the same moment"
)


def _wait_for_repair(path: Path) -> None:
    """Give a worker that lives the time to mend its damaged lease, before that is taken for nobody's."""
    if path.is_file() and read_lease(path) is None and look(path)[1] in ("none", "dead"):
        time.sleep(1.5 * leases.BEAT_SECONDS)


def _uptime() -> float:
    """Return seconds that keep counting while the machine sleeps, where the system counts those."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
