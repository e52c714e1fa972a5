"""A process that has TensorFlow loaded and forks workers, so that a test can end many of them.

A worker of its own process needs seconds to load TensorFlow; a fork of one that has only loaded it needs
none, and is a process like any other: it can be killed at any moment. Nothing here computes before it forks.

Lines in: ``start FOLDER KILL_AT`` and ``wait PID``; lines out: the pid, the status. With a number above 0 the
worker kills itself before its n-th touch of the disk: before it opens, links, renames or deletes anything
among its checkpoints, and before it forces anything to the disk.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

TOUCHES = frozenset(
    {"open", "os.mkdir", "os.rename", "os.link", "os.chmod", "os.remove", "os.rmdir", "os.truncate"}
)


def _die_at(number: int, folder: Path) -> None:
    """Have this process killed before its touch of that number (from 1)."""
    count, fsync = 0, os.fsync

    def touch() -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in TOUCHES and str(folder / "checkpoints") in str(arguments[0]):
            touch()

    def touching_fsync(fd: Any) -> None:
        touch()
        fsync(fd)

    os.fsync = touching_fsync
    sys.addaudithook(hear)


def _work(folder: Path, kill_at: int) -> None:
    os.setsid()
    fd = os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    if kill_at:
        _die_at(kill_at, folder)
    from tuilab.engine import worker

    os._exit(worker.main([str(folder)]))


def main() -> None:
    """Serve until the lines end."""
    import sklearn.datasets  # noqa: F401
    import tensorflow  # noqa: F401

    import tuilab.engine.worker  # noqa: F401

    print("ready", flush=True)
    for line in sys.stdin:
        verb, *rest = line.rstrip("\n").split("\t")
        if verb == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(int(rest[0]), 0)[1]), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _work(Path(rest[0]), int(rest[1]))
        print(pid, flush=True)


if __name__ == "__main__":
    main()
