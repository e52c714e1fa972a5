"""The lease: which process works on a run, and whether it still does.

On this machine the process itself is asked, and the answer is sure at once. A process on another host, or
in another container, cannot be asked: its lease counts as alive while it beats. The holder writes a counter
into the file every few seconds; how long ago the last one was follows from the clock of the file system that
holds it, because the clocks of two hosts may differ by anything.
"""

import contextlib
import json
import os
import platform
import time
from pathlib import Path
from typing import Literal, assert_never

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tuilab.errors import RunError
from tuilab.files.regular import open_regular
from tuilab.runs.worker import identity
from tuilab.runs.worker.identity import boot_id, pid_namespace, start_ticks
from tuilab.terminal import clean

BEAT_SECONDS = 2.0
"""From one beat to the next."""
FRESH_SECONDS = 60.0
"""Age from which on a lease of another host no longer counts as alive."""

Liveness = Literal["none", "alive", "dead", "unreachable"]


class Lease(BaseModel):
    """The process that works on a run."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    host: str
    boot: str
    """The kernel's boot id; empty if the system has none."""
    namespace: str = ""
    """The namespace that ``pid`` is from; empty if the system has none."""
    pid: int = Field(gt=0, lt=2**31)
    started: float
    """When the process started, seconds since 1970, as the system tells it."""
    ticks: int | None = None
    """The same in clock ticks since the machine started, which no setting of the clock changes."""
    beat: int = 0
    """Counted up every ``BEAT_SECONDS`` while the process works."""
    ended: bool = False
    """Whether the process gave it back: it no longer works on the run."""

    @classmethod
    def own(cls) -> "Lease":
        """Return the lease of this process, before its first beat."""
        pid = os.getpid()
        return cls(
            host=platform.node(),
            boot=boot_id(),
            namespace=pid_namespace(),
            pid=pid,
            started=identity.own_start(),
            ticks=start_ticks(pid),
        )

    @property
    def here(self) -> bool:
        """Whether its process is or was one of this machine and of this container."""
        if self.host != platform.node():
            return False
        # before the machine's last start numbers were from another namespace of the same name
        return self.boot != boot_id() or self.namespace in ("", pid_namespace())

    @property
    def place(self) -> str:
        """Where its process works, in words; safe to show."""
        host = clean(self.host, limit=80)
        return f"{host}, in another container" if self.host == platform.node() and not self.here else host

    def alive(self) -> bool | None:
        """Return whether its process still works; None if it works elsewhere and cannot be asked."""
        if self.ended:
            return False
        return self._runs() if self.here else None

    def process(self) -> psutil.Process | None:
        """Return its process where that runs on this machine, to be sent signals; else None."""
        try:
            process = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            return None
        # asked after that: psutil sends no signal to one that gets the number later
        return process if self.here and self._runs() else None

    def _runs(self) -> bool:
        return self.boot == boot_id() and identity.runs(self.pid, self.started, self.ticks)

    def same_holder(self, other: "Lease") -> bool:
        """Return whether another lease is that of the same process."""
        counted = {"beat", "ended"}
        return self.model_dump(exclude=counted) == other.model_dump(exclude=counted)

    def text(self) -> str:
        """Return the file's content: as long at every beat, so that it is written over in place.

        Whoever reads while it is written finds digits of two beats at the worst, never half a line.
        """
        fixed = json.dumps(self.model_dump(exclude={"beat", "ended"}))[:-1]
        return f'{fixed}, "beat": {self.beat:>20}, "ended": {int(self.ended)}}}\n'


def lock_of(path: Path) -> Path:
    """Return the file that is locked while a lease is taken; it stays beside it, and holds a copy of it."""
    return path.with_suffix(".lock")


def parse(content: bytes) -> Lease | None:
    """Return a file's lease; None if it holds none."""
    try:
        return Lease.model_validate_json(content)
    except ValidationError:
        return None


def read_lease(path: Path) -> Lease | None:
    """Read a lease; None if there is none or it cannot be read (a run that never got to work)."""
    return _read(path)[0]


def liveness(path: Path) -> Liveness:
    """Return whether the process that took a lease works on the run.

    ``none``: no process ever took it. ``alive``: it works, here or elsewhere. ``dead``: it ended or gave the
    lease back. ``unreachable``: it worked on another host or in another container, which has not been
    heard from for ``FRESH_SECONDS``; it may have ended or be cut off.

    To tell the file system's time, the time stamp of ``lease.lock`` is set where the lease is of another
    host; if that is not allowed (a disk that is read only), this machine's clock has to do.
    """
    return look(path)[1]


def look(path: Path) -> tuple[Lease | None, Liveness]:
    """Return a lease and what ``liveness`` says of it, from one reading.

    If the file is gone or damaged, its copy in ``lease.lock`` is taken. Without one, a run that has a
    journal had a worker, and that one is dead: it would have mended its lease, or would have ended because
    that is gone.
    """
    lease, written = _read(path)
    if lease is None:
        lease = _read(lock_of(path))[0]
    if lease is None:
        renewed = time.time() - written < 3 * BEAT_SECONDS  # or soon will be
        return None, "dead" if path.with_name("journal.jsonl").exists() and not renewed else "none"
    alive = lease.alive()
    if alive is None:
        return lease, "alive" if _fresh(path, written) else "unreachable"
    return lease, "alive" if alive else "dead"


def keep_copy(path: Path, lease: Lease) -> None:
    """Write a lease's copy into its lock file, where the disk takes it; it need not be there."""
    with contextlib.suppress(OSError):
        fd = open_regular(lock_of(path), os.O_WRONLY | os.O_CREAT)
        try:
            content = lease.text().encode()
            os.pwrite(fd, content, 0)
            os.ftruncate(fd, len(content))
        finally:
            os.close(fd)


def beats(path: Path, lease: Lease) -> bool:
    """Watch a lease for somewhat more than two beats; return whether its counter went on meanwhile."""
    time.sleep(2.5 * BEAT_SECONDS)
    later = read_lease(path)
    return later is not None and not later.ended and later != lease


def doubtful(path: Path, lease: Lease) -> bool:
    """Return whether a lease that counts as dead may be that of another machine of this one's name."""
    return lease.here and not lease.ended and lease.boot != boot_id() and _fresh(path, _read(path)[1])


def refuse_taken(path: Path, *, take_over: bool = False) -> None:
    """Refuse a run that another process works on, or may work on.

    Args:
        take_over: whether one that is unreachable may be taken.

    Raises:
        RunError: the sentence says which process on which host, and how to take the run nevertheless.
    """
    lease, state = look(path)
    if lease is None or (lease.pid == os.getpid() and lease.alive()):
        return  # taking it again is no quarrel with oneself
    match state:
        case "alive":
            raise taken(path, lease)
        case "unreachable":
            if not take_over:
                raise RunError(
                    f"{clean(str(path.parent))} may still be trained by process {lease.pid} on "
                    f"{lease.place}, which has not reported for a while; once that worker is gone for good, "
                    f"take the run over with tuilab resume {clean(path.parent.name)} --take-over"
                )
        case "dead" | "none":
            return
        case _:
            assert_never(state)


def taken(path: Path, lease: Lease) -> RunError:
    """Return the error that says who works on a run."""
    where = "" if lease.here and lease.boot == boot_id() else f" on {lease.place}"
    return RunError(f"{clean(str(path.parent))} is already being trained by process {lease.pid}{where}")


def why_unreachable(lease: Lease) -> str:
    """Return the sentence for a run whose worker is unreachable."""
    return f"its worker runs on {lease.place}, which has not reported for a while"


def _read(path: Path) -> tuple[Lease | None, float]:
    """Return the lease and when it was last written, by the file system's clock."""
    try:
        # opened, not only asked for its state: NFS shows then what another host wrote
        fd = open_regular(path)
    except OSError:
        return None, 0.0
    try:
        return parse(os.read(fd, 1 << 16)), os.fstat(fd).st_mtime
    except OSError:
        return None, 0.0
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)


def _fresh(path: Path, written: float) -> bool:
    # a time to come is that of a clock that was set back since: the next beat puts it right
    return abs(_filesystem_time(lock_of(path)) - written) < FRESH_SECONDS


def _filesystem_time(lock: Path) -> float:
    """Return the present time by the clock of the file system that holds a file, which is touched."""
    try:
        fd = open_regular(lock, os.O_WRONLY | os.O_CREAT)
        try:
            os.utime(fd)
            return os.fstat(fd).st_mtime
        finally:
            os.close(fd)
    except OSError:
        return time.time()
