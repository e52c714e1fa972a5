"""Workers for tests of real faults: started in no time, killed at a moment, brought to their end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tuilab.runs.journal import JournalReader
from tuilab.runs.records import LAST, AnyRecord, Epoch, Evaluated
from tuilab.runs.store import Run
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

    def start(self, run: Run, kill_at: int = 0) -> int:
        """Start a run's worker; return its pid."""
        return self._ask("start", run.folder, kill_at)

    def wait(self, pid: int) -> int:
        """Wait for a worker's end; return its exit code, or less than 0: the signal that ended it."""
        return self._ask("wait", pid)

    def finish(self, run: Run) -> Summary:
        """Let a worker bring a run to its end."""
        assert self.wait(self.start(run)) == 0, run.log.read_text()[-2000:]
        return summarize(run)

    def kill_when(self, run: Run, true: Callable[[AnyRecord], bool], seconds: float) -> int:
        """Start a worker and kill it some seconds after its journal says something; return its exit code."""
        pid, reader = self.start(run), JournalReader(run.journal)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if any(true(entry.record) or isinstance(entry.record, LAST) for entry in reader.read()):
                break
            time.sleep(0.005)
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
