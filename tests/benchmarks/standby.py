"""From the start of a run to its first point, with a standby worker and without: ``python ... [REPEATS]``.

What the app does at ``r`` once the run is planned: its folder is made and its worker started. Runs with and
without take turns, on a home of their own; the clock runs from before the folder is made until a reader of
the journal sees the first point of the curve (a batch, or an epoch). The processor's time that the worker
used meanwhile stands beside it: it depends less on what else the machine does.
"""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass

import psutil

from tuilab import presets
from tuilab.experiment.experiment import Experiment
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import LAST, Batch, Epoch
from tuilab.runs.worker.process import WorkerProcess
from tuilab.runs.worker.standby import Standby

PRESET = "digits-bn"
SETTLED_SECONDS = 1.0
"""A standby worker that used no processor for so long has loaded everything."""


@dataclass(frozen=True)
class Start:
    """How long a start took: by the clock, and of the processor's time."""

    seconds: float
    processor: float


def processor(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def ready(standby: Standby) -> psutil.Process:
    """Wait until a standby worker has loaded what it loads."""
    standby.start()
    if standby.pid is None:
        sys.exit("no standby worker: main memory is short")
    process, used = psutil.Process(standby.pid), -1.0
    while processor(process) != used or used < 1:
        used = processor(process)
        time.sleep(SETTLED_SECONDS)
    return process


def first_point(experiment: Experiment, standby: Standby | None) -> Start:
    """Start a run, wait for its first point, end it."""
    before = processor(ready(standby)) if standby is not None else 0.0
    began = time.perf_counter()
    run = store.create(experiment, preset=PRESET)
    worker = standby.take(run) if standby is not None else WorkerProcess(run)
    if worker is None:
        sys.exit("the standby worker did not take the run")
    reader = JournalReader(run.journal)
    while True:
        records = [entry.record for entry in reader.read()]
        if any(isinstance(record, Batch | Epoch) for record in records):
            break
        if any(isinstance(record, LAST) for record in records) or worker.ended() is not None:
            sys.exit(f"the run ended: {run.log.read_text()[-2000:]}")
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    used = processor(psutil.Process(worker.pid)) - before
    worker.kill()
    while worker.ended() is None:
        time.sleep(0.01)
    return Start(seconds, used)


def row(name: str, starts: list[Start]) -> str:
    """Return a line of the report."""
    seconds = [start.seconds for start in starts]
    figures = (statistics.median(seconds), min(seconds), max(seconds))
    used = statistics.median(start.processor for start in starts)
    return f"{name:<18}" + "".join(f"{figure:>8.2f} s" for figure in (*figures, used))


def main(repeats: int) -> None:
    """Measure and report."""
    os.environ["TUILAB_HOME"] = tempfile.mkdtemp(prefix="tuilab-standby-")
    experiment = next(preset.experiment for preset in presets.load_all() if preset.name == PRESET)
    standby = Standby()
    with_standby, without = [], []
    for _ in range(repeats):
        without.append(first_point(experiment, None))
        with_standby.append(first_point(experiment, standby))
        print(f"without {without[-1].seconds:.2f} s, with {with_standby[-1].seconds:.2f} s", file=sys.stderr)
    standby.close()
    print(f"{PRESET}, {repeats} starts each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<18}{'median':>10}{'least':>10}{'most':>10}{'processor':>10}")
    print(row("standby worker", with_standby))
    print(row("without", without))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
