"""What the queue adds to the start of a run: ``python tests/benchmarks/queue_start.py [REPEATS]``.

From before the run's folder is made until whoever follows it sees the worker's first record, with a worker
that loads nothing: started at once; through the queue where no scheduler works, as ``tuilab run`` does it;
and through a scheduler that works already, as with an open app. The three take turns.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from small_runs import CNN, TRAINING
from stand_in import StandIn

from tuilab.experiment import AdamSpec, DataSpec, Experiment, TrainingSpec
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients, presence
from tuilab.lab.queue.locking import ensure_scheduler, scheduler_here
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Done, Started
from tuilab.runs.queue import changes
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import liveness
from tuilab.runs.worker.process import WorkerProcess

EXPERIMENT = Experiment(
    data=DataSpec(source="digits"),
    model=CNN,
    optimizer=AdamSpec(kind="adam", learning_rate=0.01),
    training=TrainingSpec(**TRAINING),
)
POLL_SECONDS = 0.01


def at_once() -> tuple[Run, object]:
    """Make a run and start its worker."""
    run = store.create(EXPERIMENT, preset="bn")
    return run, WorkerProcess(run)


def through_the_queue() -> tuple[Run, object]:
    """Queue a run and start its worker, whose turn it is."""
    (run,) = clients.enqueue([PlannedRun(EXPERIMENT, "bn")])
    worker = clients.start_now(run)
    assert worker is not None
    return run, worker


def through_a_scheduler() -> tuple[Run, object]:
    """Queue a run for the scheduler that works."""
    (run,) = clients.enqueue([PlannedRun(EXPERIMENT, "bn")])
    ensure_scheduler()
    return run, None


def seconds(start: Callable[[], tuple[Run, object]]) -> float:
    """Return how long a start took."""
    began = time.perf_counter()
    run, worker = start()
    reader = JournalReader(run.journal)
    while not reader.read():
        time.sleep(POLL_SECONDS)
    took = time.perf_counter() - began
    while liveness(run.lease) == "alive" or (isinstance(worker, WorkerProcess) and worker.ended() is None):
        time.sleep(POLL_SECONDS)
    return took


def main(repeats: int) -> None:
    """Measure and report."""
    os.environ |= {"TUILAB_HOME": tempfile.mkdtemp(prefix="tuilab-queue-"), "CUDA_VISIBLE_DEVICES": ""}
    stand_in = StandIn(Path(tempfile.mkdtemp(prefix="tuilab-queue-")))
    stand_in.tell(Started(pid=1, host="h", versions={}), Done(seconds=1.0), "end")
    sys.executable = str(stand_in.python)
    changes.folder()
    ways = {"at once": at_once, "through the queue": through_the_queue}
    took: dict[str, list[float]] = {name: [] for name in (*ways, "through a scheduler")}
    for _ in range(repeats):
        for name, start in ways.items():
            took[name].append(seconds(start))
        presence.enter()
        while scheduler_here() is None:
            time.sleep(POLL_SECONDS)
        took["through a scheduler"].append(seconds(through_a_scheduler))
        presence.leave()
        while scheduler_here() is not None:
            time.sleep(POLL_SECONDS)
    usual = statistics.median(took["at once"])
    print(f"{repeats} starts each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, found in took.items():
        added = statistics.median(a - b for a, b in zip(found, took["at once"], strict=True))
        print(f"{name:<22}{statistics.median(found):>7.3f} s, {added:+.3f} s in the middle of the pairs")
    print(f"(a worker that loads nothing takes {usual:.2f} s to its first record)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
