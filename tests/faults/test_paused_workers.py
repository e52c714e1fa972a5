"""A worker that is stopped for a while and let continue: the pause is not training time."""

import os
import signal
import time

import pytest
from small_runs import small_run
from workers import Nursery

from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.faults

PAUSE = 4.0


def test_a_pause_counts_neither_in_the_run_nor_in_its_epochs(nursery: Nursery) -> None:
    run = small_run(epochs=3)
    pid = nursery.start_halted(run, "batch")
    time.sleep(PAUSE)
    os.kill(pid, signal.SIGCONT)
    assert nursery.wait(pid) == 0
    entries = JournalReader(run.journal).read()
    wall = entries[-1].time - entries[0].time
    summary = summarize(run)
    assert wall > PAUSE
    assert summary.seconds < wall - PAUSE + 1
    assert sum(epoch.seconds for epoch in summary.epochs) < summary.seconds
