"""A process that has TensorFlow loaded and forks workers, so that a test can end many of them.

A worker of its own process needs seconds to load TensorFlow; a fork of one that has only loaded it needs
none, and is a process like any other: it can be killed at any moment. Nothing here computes before it forks.

Lines in: ``start FOLDER LOG KILL_AT MOST_BYTES HALT_AT`` and ``wait PID``; lines out: the pid, the status.
With KILL_AT above 0 the worker kills itself before its touch of the disk of that number: before it opens,
links, renames or deletes anything among its checkpoints, and before it forces anything to the disk. With
HALT_AT (a kind of record and a number) it stops itself (SIGSTOP) once its journal has that many records of
that kind, so that a test meets it there however busy the machine is; SIGCONT lets it go on.
"""

import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

TOUCHES = frozenset({"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.truncate"})


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


def _halt_at(kind: str, number: int) -> None:
    """Have this process stop itself once it has written its record of that kind and number (from 1)."""
    from tuilab.runs.journal.writer import JournalWriter

    count, append = 0, JournalWriter.append

    def halting_append(self: JournalWriter, record: Any, *, durable: bool = False) -> None:
        nonlocal count
        append(self, record, durable=durable)
        count += record.kind == kind
        if record.kind == kind and count == number:
            os.kill(os.getpid(), signal.SIGSTOP)

    JournalWriter.append = halting_append


def _work(folder: Path, log: str, kill_at: int, most_bytes: int, halt_at: str) -> None:
    os.setsid()
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    if kill_at:
        _die_at(kill_at, folder)
    if halt_at:
        kind, number = halt_at.split()
        _halt_at(kind, int(number))
    if most_bytes:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
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
            _work(Path(rest[0]), rest[1], int(rest[2]), int(rest[3]), rest[4])
        print(pid, flush=True)


if __name__ == "__main__":
    main()
