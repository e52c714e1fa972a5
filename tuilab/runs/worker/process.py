"""The worker process of a run: start it, follow what it says, stop it.

Started with ``subprocess`` in a session of its own, so that it survives the terminal; one process
a run, because TensorFlow gives a GPU's memory back only when its process ends.
"""

import contextlib
import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import psutil

from tuilab.errors import RunError
from tuilab.files.private import refuse_foreign
from tuilab.files.regular import open_regular
from tuilab.processes.children import let_libraries_warn
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.run import Run
from tuilab.runs.summary import MOMENTS
from tuilab.runs.worker.commands import ask
from tuilab.runs.worker.death import WorkerDied, death, oom_kills
from tuilab.runs.worker.following import POLL_SECONDS, until_ended
from tuilab.runs.worker.last_words import Printed
from tuilab.runs.worker.lease import liveness, look, read_lease, refuse_taken
from tuilab.terminal import clean

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a disk, or of a person's share of it, that is full."""


def ask_to_stop(run: Run) -> bool:
    """Ask the worker of a run to stop at the next batch boundary, whoever started it and wherever it works.

    On this machine by SIGTERM, elsewhere through ``commands.jsonl``, which it reads now and then.

    Returns:
        False if no worker of it is at work, or none that can be reached.

    Raises:
        RunError: it works elsewhere and the command cannot be written.
    """
    lease, state = look(run.lease)
    if lease is None or state != "alive":
        return False
    if not lease.here:
        ask(run, "stop")
        return True
    process = lease.process()
    return process is not None and _signal(process.terminate)


def kill(run: Run) -> bool:
    """End the worker of a run at once, without reporting why; ``ask_to_stop`` is kinder.

    Returns:
        False if no worker of it runs on this machine (one elsewhere can only be asked).
    """
    lease = read_lease(run.lease)
    process = lease.process() if lease else None
    return process is not None and _signal(process.kill)


def ended_within(run: Run, seconds: float) -> bool:
    """Wait until no worker is at work on a run; return whether that is so in time."""
    deadline = time.monotonic() + seconds
    while liveness(run.lease) == "alive":
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _signal(send: Callable[[], None]) -> bool:
    """Send a signal; psutil makes sure first that the number was not given out again."""
    try:
        send()
    except psutil.NoSuchProcess:
        return False
    return True


Start = Callable[[Sequence[str], int], "subprocess.Popen[bytes]"]
"""Starts a worker: takes its command, and the descriptor that its output goes to."""


def command_of(run: Run, *, take_over: bool = False, queued: bool = False) -> list[str]:
    """Return the command of a run's worker."""
    command = [sys.executable, "-m", "tuilab.engine.worker", str(run.folder)]
    return command + [word for word, given in {"--take-over": take_over, "--queued": queued}.items() if given]


def worker_environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a worker from these variables, of this process or of whoever asked."""
    # the folder that a person stands in must not shadow a library of the worker's
    environment = {**variables, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    let_libraries_warn(environment)
    return environment


def start_process(
    command: Sequence[str],
    output: int,
    pass_on: Sequence[int] = (),
    variables: Mapping[str, str] = os.environ,
) -> "subprocess.Popen[bytes]":
    """Start a process as a worker is started: in a session of its own, what it writes private.

    Args:
        output: the descriptor of what it prints.
        pass_on: other descriptors that it keeps.
        variables: as of ``worker_environment``.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        close_fds=True,
        pass_fds=pass_on,
        umask=0o077,  # what its libraries write is private as well
        env=worker_environment(variables),
    )


class WorkerProcess:
    """A worker that this process started."""

    def __init__(
        self, run: Run, *, take_over: bool = False, queued: bool = False, start: Start = start_process
    ) -> None:
        """Start it, on a new run or on one that ended or was interrupted.

        Args:
            take_over: whether it may take the run of a worker that is unreachable.
            queued: whether it takes the run out of the queue, and ends if that is not there any more.
            start: starts the process.

        Raises:
            RunError: another process works on the run, or the process cannot be started; the sentence says
                why.
        """
        self.run = run
        refuse_foreign(run.folder)
        refuse_taken(run.lease, take_over=take_over)
        self._before = Before(run)
        self._oom_kills = oom_kills()
        try:
            fd = open_regular(run.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                os.fchmod(fd, 0o600)  # whatever the umask
                self._log_begins = os.fstat(fd).st_size
                self._process = start(command_of(run, take_over=take_over, queued=queued), fd)
            finally:
                os.close(fd)
        except OSError as error:
            why = clean(error.strerror or str(error))
            if str(error.filename) == str(run.log):  # what a person can put right lies there
                why = f"{clean(str(run.log))} cannot be opened: {why}"
            raise RunError(f"the worker of {run.id} cannot be started: {why}") from error

    def follow(
        self, each_look: Callable[[], None] = lambda: None, *, reader: JournalReader | None = None
    ) -> Iterator[Entry]:
        """Yield the journal's entries from the beginning and as they come, this worker's last one included.

        Args:
            each_look: called before each look at the journal, about twenty times a second.
            reader: one that has read nothing yet; else one that passes nothing over.

        Raises:
            WorkerDied: the worker left no last record; the sentence says why it ended.
            RunError: the journal is damaged.
        """
        while self._before.unrepaired() and self._process.poll() is None:
            each_look()
            time.sleep(POLL_SECONDS)
        reader = reader or JournalReader(self.run.journal)
        yield from until_ended(self.run, reader, self.death, each_look, first=self._before.records)

    def ended(self) -> int | None:
        """Return its exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to stop at the next batch boundary."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it immediately."""
        self._process.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def death(self) -> WorkerDied | None:
        """Return why it ended, for one that left no last record; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        printed = Printed.of(self.run.log, self._log_begins)
        return death(self.run, self.pid, code, printed, out_of_memory=oom_kills() > self._oom_kills)


class Before:
    """What a journal held before a worker continues with it.

    Attributes:
        records: how many; the worker's first has this number.
    """

    def __init__(self, run: Run) -> None:
        self._journal = run.journal
        self._size = self._now()
        reader = JournalReader(run.journal, skip=MOMENTS)
        with contextlib.suppress(OSError):  # the worker says what is wrong with it
            reader.read()
        self.records = reader.seq
        self._damaged = reader.damage is not None

    def unrepaired(self) -> bool:
        """Return whether it is damaged still; a worker cuts the damage off before it writes."""
        self._damaged = self._damaged and self._now() == self._size
        return self._damaged

    def _now(self) -> int:
        try:
            return self._journal.stat().st_size
        except OSError:
            return 0
