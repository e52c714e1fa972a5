"""The lease: which process works on a run, told so that a reused pid is never taken for it."""

import json
import os
import platform
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import RunError
from tuilab.terminal import clean


class Lease(BaseModel):
    """The process that works on a run."""

    model_config = ConfigDict(frozen=True)

    host: str
    boot: str
    """The kernel's boot id; empty where the system has none."""
    pid: int
    started: float
    """When the process started, seconds since 1970, as the system tells it."""

    def alive(self) -> bool | None:
        """Return whether that process still runs; None where it ran on another host and cannot be asked."""
        if self.host != platform.node():
            return None
        if self.boot != boot_id():
            return False
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def boot_id() -> str:
    """Return the kernel's boot id, or an empty string where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def take_lease(path: Path) -> Lease:
    """Write this process's lease.

    Raises:
        RunError: another process that still runs holds it.
    """
    held = read_lease(path)
    if held is not None and held.alive() and held.pid != os.getpid():
        raise RunError(f"{clean(str(path.parent))} is being trained by process {held.pid} already")
    lease = Lease(
        host=platform.node(), boot=boot_id(), pid=os.getpid(), started=psutil.Process().create_time()
    )
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(lease.model_dump(), file)
        draft.chmod(0o600)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return lease


def read_lease(path: Path) -> Lease | None:
    """Read a lease; None where there is none or it cannot be read (a run that never got to work)."""
    try:
        return Lease.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
