"""From ``r`` to the first point of the curve, with a standby worker and without: ``python ... [REPEATS]``.

An app of a home of its own is open, so a scheduler works; a run is queued as the app queues it, and the clock
runs from before that until a reader of the journal sees the first point (a batch, or an epoch). Runs with and
without a standby worker take turns, each pair in the other order, each with a home and a scheduler of its
own. What the journal tells until then stands below: where the time goes. The ratio depends less on what else
the machine does than the seconds do.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from tuilab import config, presets
from tuilab.experiment.experiment import Experiment
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients, presence
from tuilab.lab.queue.locking import ensure_scheduler, scheduler_here
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import LAST, Batch, Epoch
from tuilab.runs.worker.process import kill

PRESET = "digits-bn"
SETTLED_SECONDS = 1.0
"""A standby worker that used no processor for so long has loaded everything."""


@dataclass
class Start:
    """How a start went: seconds from ``r`` to what was told, and to the first point.

    Attributes:
        seconds: to the first point.
        told: to each record before it, by what it says.
    """

    seconds: float = 0.0
    told: dict[str, float] = field(default_factory=dict)


@contextmanager
def lab(*, standby: bool) -> Iterator[psutil.Process]:
    """Open an app of a home of its own; yield its scheduler."""
    with tempfile.TemporaryDirectory(prefix="tuilab-standby-") as home:
        os.environ["TUILAB_HOME"] = home
        place = config.file()
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"[queue]\nstandby = {str(standby).lower()}\n")
        presence.enter()
        while (lease := scheduler_here()) is None:
            time.sleep(0.01)
        yield psutil.Process(lease.pid)
        presence.leave()
        while scheduler_here() is not None:
            time.sleep(0.01)


def wait_for_standby(scheduler: psutil.Process) -> None:
    """Wait until its standby worker has loaded what it loads."""
    while not (children := scheduler.children()):
        time.sleep(0.1)
    used = -1.0
    while (now := children[0].cpu_times().user) != used or used < 1:
        used = now
        time.sleep(SETTLED_SECONDS)


def first_point(experiment: Experiment) -> Start:
    """Queue a run, wait for its first point, end it."""
    start, began = Start(), time.perf_counter()
    (run,) = clients.enqueue([PlannedRun(experiment, PRESET)])
    ensure_scheduler()
    start.told["queued"] = time.perf_counter() - began
    reader = JournalReader(run.journal)
    while not start.seconds:
        for record in (entry.record for entry in reader.read()):
            now = time.perf_counter() - began
            start.told.setdefault(f"{record.kind} {getattr(record, 'name', '')}".strip(), now)
            if isinstance(record, Batch | Epoch):
                start.seconds = start.seconds or now
            elif isinstance(record, LAST):
                sys.exit(f"the run ended: {run.log.read_text()[-2000:]}")
        time.sleep(0.01)
    kill(run)
    return start


def one(experiment: Experiment, *, standby: bool) -> Start:
    """Measure one start."""
    with lab(standby=standby) as scheduler:
        if standby:
            wait_for_standby(scheduler)
        return first_point(experiment)


def report(name: str, starts: list[Start]) -> None:
    """Print a line of figures, and one of what was told until then."""
    seconds = [start.seconds for start in starts]
    figures = (statistics.median(seconds), min(seconds), max(seconds))
    print(f"{name:<16}" + "".join(f"{figure:>8.2f} s" for figure in figures))
    told: dict[str, list[float]] = defaultdict(list)
    for start in starts:
        for what, after in start.told.items():
            told[what].append(after)
    print("  " + ", ".join(f"{what} {statistics.median(after):.2f}" for what, after in told.items()))


def main(repeats: int) -> None:
    """Measure and report."""
    experiment = next(preset.experiment for preset in presets.load_all() if preset.name == PRESET)
    starts: dict[bool, list[Start]] = {True: [], False: []}
    for number in range(repeats):
        for standby in (True, False) if number % 2 else (False, True):
            starts[standby].append(one(experiment, standby=standby))
        without, with_standby = (starts[standby][-1].seconds for standby in (False, True))
        print(f"without {without:.2f} s, with {with_standby:.2f} s", file=sys.stderr)
    print(f"{PRESET}, {repeats} starts each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<16}{'median':>10}{'least':>10}{'most':>10}")
    report("standby worker", starts[True])
    report("without", starts[False])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
