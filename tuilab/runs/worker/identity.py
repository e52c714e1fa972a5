"""Which process: told so that a number that was given out again never passes for the process before.

A process id says little: it is given out again, also after a restart of the machine, and two containers
each have their own. So it stands beside the machine's boot id, the namespace of process ids, and the
moment when the process started.
"""

import os
from functools import cache
from pathlib import Path

import psutil


@cache
def boot_id() -> str:
    """Return the kernel's boot id, or an empty string where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@cache
def pid_namespace() -> str:
    """Return the name of the namespace that process ids are from; empty if the system has none."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since the machine did; None if that is not told.

    Unlike a time of day it stays as it is when the clock is set.
    """
    found = _state_and_start(pid)
    return found[1] if found else None


def runs(pid: int, started: float, ticks: int | None) -> bool:
    """Return whether the process of this machine that has that number and started then still runs.

    Args:
        pid: its number, in this process's namespace.
        started: when it started, seconds since 1970.
        ticks: the same in clock ticks since the machine started; decides where both sides know it.

    Returns:
        One that ended and was not waited for yet (a zombie) no longer runs.
    """
    found = _state_and_start(pid)
    if found and ticks is not None:
        state, since = found
        return since == ticks and state not in b"ZXx"
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def own_start() -> float:
    """Return when this process started, seconds since 1970, as the system tells it."""
    return started(os.getpid())


def started(pid: int) -> float:
    """Return when a process started, seconds since 1970, as the system tells it; 0 if it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _state_and_start(pid: int) -> tuple[bytes, int] | None:
    """Return what Linux reports of a process, ten times as fast as psutil: its state and start in ticks."""
    try:
        # the name in parentheses may hold anything, parentheses as well
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
