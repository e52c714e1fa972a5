"""The number of threads decides last digits: a run that continues keeps it, whatever cores are left."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from small_runs import small_run
from workers import Numbers, numbers

from tuilab.machine.environment import THREADS
from tuilab.runs.journal.records import Epoch
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores"),
    pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset"),
]


CORE = str(min(os.sched_getaffinity(0)))
EPOCHS = 40
"""So many that a worker is met before its last one, also by a test that is woken late."""


def work(run: Run, threads: dict[str, str], *before: str, stop_after: int = 0) -> None:
    """Let a worker train a run to its end, or until an epoch is done."""
    command = [*before, sys.executable, "-P", "-m", "tuilab.engine.worker", str(run.folder)]
    kept = {name: value for name, value in os.environ.items() if name != THREADS}
    with run.log.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**kept, **threads})
    while stop_after and process.poll() is None:
        if len(summarize(run).epochs) >= stop_after:
            process.send_signal(signal.SIGTERM)
            break
        time.sleep(0.05)
    assert process.wait(180) == (130 if stop_after else 0), run.log.read_text()[-2000:]


def new_run() -> Run:
    return small_run(epochs=EPOCHS)


def trained(threads: dict[str, str], *before: str) -> Numbers:
    run = new_run()
    work(run, threads, *before)
    return numbers(summarize(run))


def test_a_run_ends_with_its_digits_on_one_core_and_says_where_it_cannot() -> None:
    two, one = {THREADS: "2"}, {THREADS: "1"}
    whole = trained(two)
    assert trained(two, "taskset", "-c", CORE) == whole, "the cores decide no digit"
    assert trained(one) != whole, "the threads do: else this test shows nothing"

    run = new_run()
    work(run, two, stop_after=2)
    work(run, {}, "taskset", "-c", CORE)
    summary = summarize(run)
    assert summary.started is not None and summary.started.threads == 2
    assert numbers(summary) == whole
    assert not [note for note in summary.notes if "may differ" in note]

    run = new_run()
    work(run, two, stop_after=2)
    work(run, one)
    (note,) = [note for note in summarize(run).notes if "may differ" in note]
    assert note.startswith("the run began with 2 threads and continues with 1 thread: ")
    assert [e.epoch for e in summarize(run).epochs if isinstance(e, Epoch)] == [*range(1, EPOCHS + 1)]
