"""Trainings in the background: workers that nobody waits for, and commands that go on without a terminal."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import typer

from tuilab.cli.continuing import attended, goes_on_from
from tuilab.cli.following import reader_of
from tuilab.cli.training import add_ways_on, conclude
from tuilab.errors import RunError
from tuilab.files.regular import open_regular
from tuilab.machine.detaching import limit
from tuilab.runs.store import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.death import WorkerDied
from tuilab.runs.worker.following import POLL_SECONDS
from tuilab.runs.worker.lease import look
from tuilab.runs.worker.process import WorkerProcess

_BEGIN_SECONDS = 30.0
"""Time that a worker has to say that it works on its run, before nobody waits for that any more."""


def send_off(run: Run, *, take_over: bool = False) -> None:
    """Start a run's worker and print the run's id once it is at work, so that ``attach`` and ``ps`` find it.

    Raises:
        TuilabError: it cannot be started, or ended at once; the sentence says why.
    """
    where = goes_on_from(run)
    worker = WorkerProcess(run, take_over=take_over)
    deadline = time.monotonic() + _BEGIN_SECONDS
    while worker.ended() is None and not _works(worker) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if worker.ended() is not None:
        try:
            for _ in worker.follow(reader=reader_of(run, events=False)):
                pass  # what it died of is raised at the end
        except WorkerDied as died:
            if run.journal.exists():
                add_ways_on(died, run)
            raise
        conclude(summarize(run))
    typer.echo(run.id)
    typer.echo(f"{run.id} is training in the background, from {where}; {attended(run)}", err=True)
    if ends := limit():
        typer.echo(f"it {ends.sentence}; {ends.remedy}", err=True)


def _works(worker: WorkerProcess) -> bool:
    """Return whether this worker holds its run's lease: another one may have been faster."""
    lease, state = look(worker.run.lease)
    return lease is not None and state == "alive" and lease.pid == worker.pid


def into_background(log: Path) -> int:
    """Split this process in two: one to end now, one that goes on in a session of its own, with no terminal.

    A copy, not a new command: what was planned is not planned again. Call it while there is one thread.

    Args:
        log: where the copy's output goes from here on (appended; mode 0600).

    Returns:
        The copy's process id; 0 in the copy.

    Raises:
        RunError: there can be no copy; the sentence says why.
    """
    try:
        fd = open_regular(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.fchmod(fd, 0o600)  # whatever the umask
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # nobody reads it any more
                stream.flush()
        pid = os.fork()
    except OSError as error:
        raise RunError(f"no process could be started in the background: {error.strerror}") from error
    if pid == 0:
        os.setsid()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
    os.close(fd)
    return pid
