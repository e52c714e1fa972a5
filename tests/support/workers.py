"""Workers for tests of real faults: started in no time, killed at a moment, brought to their end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import LAST, AnyRecord, Epoch, Evaluated
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize


@dataclass(frozen=True)
class Nursery:
    """Starts workers and buries them."""

    process: "subprocess.Popen[str]"

    def _ask(self, *words: object) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def start(self, run: Run, *, kill_at: int = 0, most_bytes: int = 0, log: Path | None = None) -> int:
        """Start a run's worker; return its pid.

        Args:
            kill_at: it kills itself before its touch of that number of the checkpoints; 0: never.
            most_bytes: no file may grow beyond that; 0: any may.
            log: where its words go; the run's log where it is None.
        """
        return self._ask("start", run.folder, log or run.log, kill_at, most_bytes)

    def wait(self, pid: int) -> int:
        """Wait for a worker's end; return its exit code, or less than 0: the signal that ended it."""
        return self._ask("wait", pid)

    def finish(self, run: Run) -> Summary:
        """Let a worker bring a run to its end."""
        assert self.wait(self.start(run)) == 0, run.log.read_text()[-2000:]
        return summarize(run)

    def until(self, run: Run, true: Callable[[AnyRecord], bool]) -> None:
        """Wait until a run's journal says something, or ends."""
        reader, deadline = JournalReader(run.journal), time.monotonic() + 120
        while time.monotonic() < deadline:
            if any(true(entry.record) or isinstance(entry.record, LAST) for entry in reader.read()):
                return
            time.sleep(0.005)
        raise AssertionError(f"{run.id} did not say it: {run.log.read_text()[-2000:]}")

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


def numbers(summary: Summary) -> Numbers:
    """Return them."""
    epochs = tuple(epoch.model_copy(update={"seconds": 0.0}) for epoch in summary.epochs)
    return Numbers(epochs, summary.evaluated)
