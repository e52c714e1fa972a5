"""Workers for tests of real faults: started in no time, killed at a moment, brought to their end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tuilab.runs import answers
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import LAST, AnyRecord, Epoch, Evaluated
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize

PATIENCE = 180.0
"""Seconds in which anything that a worker is to do has happened, however busy the machine is."""


@dataclass(frozen=True)
class Nursery:
    """Starts workers and buries them."""

    process: "subprocess.Popen[str]"

    def _ask(self, *words: object) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def start(
        self, run: Run, *, kill_at: int = 0, most_bytes: int = 0, halt_at: str = "", log: Path | None = None
    ) -> int:
        """Start a run's worker; return its pid.

        Args:
            kill_at: it kills itself before its touch of that number of the checkpoints; 0: never.
            most_bytes: no file may grow beyond that; 0: any may.
            halt_at: the kind and number of the record after which it stops itself; empty: none.
            log: where its words go; the run's log where it is None.
        """
        return self._ask("start", run.folder, log or run.log, kill_at, most_bytes, halt_at)

    def start_halted(self, run: Run, kind: str, number: int = 1, *, log: Path | None = None) -> int:
        """Start a run's worker; return its pid once it stands still (SIGSTOP) after a record of its journal.

        Args:
            kind: of the record, such as "epoch".
            number: the first such record that this worker writes, or a later one.
            log: where its words go; the run's log where it is None.
        """
        process = psutil.Process(pid := self.start(run, halt_at=f"{kind} {number}", log=log))
        deadline = time.monotonic() + PATIENCE
        while process.status() != psutil.STATUS_STOPPED:
            ended = process.status() == psutil.STATUS_ZOMBIE
            assert not ended and time.monotonic() < deadline, run.log.read_text()[-2000:]
            time.sleep(0.005)
        return pid

    def wait(self, pid: int) -> int:
        """Wait for a worker's end; return its exit code, or less than 0: the signal that ended it."""
        return self._ask("wait", pid)

    def finish(self, run: Run) -> Summary:
        """Let a worker bring a run to its end."""
        assert self.wait(self.start(run)) == 0, run.log.read_text()[-2000:]
        return summarize(run)

    def until(self, run: Run, true: Callable[[AnyRecord], bool]) -> None:
        """Wait until a run's journal says something, or ends."""
        reader, deadline = JournalReader(run.journal), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if any(true(entry.record) or isinstance(entry.record, LAST) for entry in reader.read()):
                return
            time.sleep(0.005)
        raise AssertionError(f"{run.id} did not say it: {run.log.read_text()[-2000:]}")

    def kill_halted(self, run: Run, kind: str, number: int = 1) -> None:
        """Start a worker that is killed just after that record of its journal."""
        pid = self.start_halted(run, kind, number)
        os.kill(pid, signal.SIGKILL)
        assert self.wait(pid) == -signal.SIGKILL

    def kill_when(self, run: Run, true: Callable[[AnyRecord], bool], seconds: float) -> int:
        """Start a worker and kill it some seconds after its journal says something; return its exit code."""
        pid = self.start(run)
        self.until(run, true)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)


@dataclass(frozen=True)
class Numbers:
    """What a run measured, but for its seconds."""

    epochs: tuple[Epoch, ...]
    test: Evaluated | None
    right: bytes
    """Which images that validate were right after which epoch."""
    said: bytes
    """The probabilities of the test images; empty for a run that did not get there."""


def numbers(summary: Summary) -> Numbers:
    """Return them."""
    epochs = tuple(epoch.model_copy(update={"seconds": 0.0}) for epoch in summary.epochs)
    said = answers.load(summary.run, "test").probabilities.tobytes() if summary.evaluated else b""
    right = answers.right_by_epoch(summary.run).right.tobytes() if epochs else b""
    return Numbers(epochs, summary.evaluated, right, said)
