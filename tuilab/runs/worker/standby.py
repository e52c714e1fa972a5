"""A worker kept ready: a process that has TensorFlow loaded and waits for a run, and whoever keeps it.

``Standby`` belongs to what starts workers. It hands a run over only where the process found what a worker
started now would find; else it returns None, and a worker is started as always. The process ends with its
keeper, after ``LONGEST_WAIT``, or when main memory is short.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import partial

import psutil

from tuilab.errors import RunError
from tuilab.processes.memory import available_memory
from tuilab.runs.run import Run
from tuilab.runs.worker import handover
from tuilab.runs.worker.handover import LATE
from tuilab.runs.worker.process import WorkerProcess, start_process, worker_environment
from tuilab.terminal import clean

MEMORY_TO_START = 2 << 30
"""Bytes that must be available for one to be started; it holds about 0.7 GB, a third of it shared."""
MEMORY_TO_STAY = 1 << 30
"""Bytes below which one that waits ends, so that what trains has its memory."""
LONGEST_WAIT = 2 * 3600.0
"""Seconds that one waits for a run."""
ANSWER_SECONDS = 15.0
"""Seconds that it has to say that it took a run; a library that is being loaded can hold it up."""


class Standby:
    """Keeps one worker ready. Its methods may be called from any thread; ``take`` may last seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: _Waiting | None = None
        self._used = True
        """Whether a run was asked for since the last one started; one that ended unused is not replaced."""

    def start(self, variables: Mapping[str, str] = os.environ) -> None:
        """Start one where none waits, main memory allows it, and the last one was of use.

        Args:
            variables: the environment that the next run's worker will get.

        Raises:
            RunError: the process cannot be started.
        """
        with self._lock:
            if self._waiting is not None and self._waiting.ended:
                self._end()
            if self._waiting is not None or not self._used or available_memory() < MEMORY_TO_START:
                return
            self._used = False
            try:
                self._waiting = _Waiting(variables)
            except OSError as error:
                why = clean(error.strerror or str(error))
                raise RunError(
                    f"the standby worker cannot be started: {why}; runs only start a few seconds later",
                    ["standby = false below [queue] in config.toml switches it off"],
                ) from error

    def take(
        self,
        run: Run,
        *,
        variables: Mapping[str, str] = os.environ,
        take_over: bool = False,
        queued: bool = False,
        as_new: bool = False,
    ) -> WorkerProcess | None:
        """Have the process that waits become the worker of a run.

        Args:
            variables: the environment of the run's worker.
            take_over: as of ``WorkerProcess``.
            queued: as of ``WorkerProcess``.
            as_new: whether a run that was begun is known to need no more or fewer threads than a new one;
                it keeps to those that it began with, and TensorFlow reads how many as it loads.

        Returns:
            None if none waits, or not for such a run.

        Raises:
            RunError: another process works on the run, or its log cannot be opened.
        """
        with self._lock:
            self._used = True
            if self._waiting is None or (run.journal.exists() and not as_new):
                return None
            if self._waiting.surroundings != _surroundings(variables) or self._waiting.stopped:
                self._end()
                return None
            give = partial(self._waiting.give, variables)
            try:
                worker = WorkerProcess(run, take_over=take_over, queued=queued, start=give)
            except _NoAnswerError:
                self._end()
                return None
            self._waiting = None
            return worker

    def close(self) -> None:
        """End the one that waits, and start none any more before the next run."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The number of the process that waits; None if none does."""
        with self._lock:
            return None if self._waiting is None or self._waiting.ended else self._waiting.process.pid

    def _end(self) -> None:
        if self._waiting is not None:
            self._waiting.end()
        self._waiting = None


class _NoAnswerError(Exception):
    """The process that waited did not say that it took the run: it is gone, or stopped."""


class _Waiting:
    """One process that waits.

    Attributes:
        process: it.
        surroundings: what it found as it started.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._channel, theirs = socket.socketpair()
        try:
            # what TensorFlow prints as it loads goes into a file without a name, and from there into the log
            with theirs, tempfile.TemporaryFile() as printed:
                self.surroundings = _surroundings(variables)
                self.process = start_process(
                    [sys.executable, "-m", "tuilab.engine.standby", str(theirs.fileno())],
                    printed.fileno(),
                    [theirs.fileno()],
                    variables,
                )
        except OSError:
            self._channel.close()
            raise
        # so that it leaves no zombie, whenever it ends
        threading.Thread(target=self.process.wait, name="tuilab-standby", daemon=True).start()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def stopped(self) -> bool:
        """Whether a signal keeps it from running, so that it would not answer."""
        try:
            return psutil.Process(self.process.pid).status() in (
                psutil.STATUS_STOPPED,
                psutil.STATUS_TRACING_STOP,
            )
        except psutil.NoSuchProcess:
            return False

    def give(
        self, variables: Mapping[str, str], command: Sequence[str], output: int
    ) -> "subprocess.Popen[bytes]":
        """Hand a run over, wait for the answer, and have it begin."""
        with self._channel as channel:
            try:
                handover.send(channel, command, variables, output)
            except OSError as error:
                raise _NoAnswerError from error
            if not handover.confirm(channel, ANSWER_SECONDS):
                raise _NoAnswerError
        return self.process

    def end(self) -> None:
        self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


def _surroundings(variables: Mapping[str, str]) -> tuple[object, ...]:
    """Return what a process gets that is started now, as far as that can differ and is not set later."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - as text, to be compared
    except OSError:  # it was removed
        folder = ""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    early = {name: value for name, value in worker_environment(variables).items() if name not in LATE}
    return early, sys.executable, folder, cores, os.getpriority(os.PRIO_PROCESS, 0)
