"""Standby workers that are killed at any moment leave nothing behind, and the next run starts as always."""

import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from small_runs import small_run
from standbys import keeping
from workers import numbers

from tuilab.files import paths
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import WorkerProcess

pytestmark = pytest.mark.faults


def left_behind() -> set[str]:
    """Return every file of tuilab's home and of the folder for temporary files."""
    return {str(path) for top in (paths.home(), Path(os.environ["TMPDIR"])) for path in top.rglob("*")}


def test_ten_killed_at_random_moments_leave_nothing_and_the_next_run_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rng = random.Random(8)
    others = psutil.Process().children()  # of the tests before
    first = WorkerProcess(small_run())
    assert first._process.wait(180) == 0
    expected = numbers(summarize(first.run))
    before = left_behind()
    run = first.run
    for _ in range(10):
        with keeping(monkeypatch) as keeper:
            assert keeper.pid is not None
            process = psutil.Process(keeper.pid)
            time.sleep(rng.uniform(0, 8))
            os.kill(process.pid, signal.SIGKILL)
            deadline = time.monotonic() + 60
            while process.is_running():  # a zombie counts as running
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert left_behind() == before
            run = small_run()
            assert keeper.take(run) is None
        assert not run.lease.exists() and not run.journal.exists()
        before = left_behind()
    worker = WorkerProcess(run)
    assert worker._process.wait(180) == 0
    assert numbers(summarize(run)) == expected
    assert not set(psutil.Process().children()) - set(others)


def test_one_killed_just_as_it_takes_a_run_is_a_run_that_can_be_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng, run = random.Random(9), small_run()
    for _ in range(5):
        with keeping(monkeypatch) as keeper:
            time.sleep(rng.uniform(3, 6))
            run = small_run()
            worker = keeper.take(run)
            assert worker is not None
            time.sleep(rng.uniform(0, 1))
            worker.kill()
            worker._process.wait(60)
    again = WorkerProcess(run)
    assert again._process.wait(180) == 0
    assert summarize(run).state == "done"
