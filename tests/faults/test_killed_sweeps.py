"""A sweep whose coordinator, scheduler and workers are killed at any moment comes to what an undisturbed one
comes to."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from leases import end_workers
from stand_in import until

from tuilab.files import paths
from tuilab.lab.queue.locking import scheduler_here
from tuilab.lab.sweeps import control
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.starting import spec_of
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Done
from tuilab.runs.queue import changes
from tuilab.runs.worker.lease import read_lease
from tuilab.sweeps.board import Board

pytestmark = pytest.mark.faults
GRID = ["model.bn_momentum=0.6,0.8,0.9,0.99", "model.l2=0,1e-4,1e-3,1e-2"]
TINY: dict[str, Any] = {
    "data.source": "digits",
    "model.filters": [4],
    "model.convolutions": 1,
    "model.dense": 8,
    "training.epochs": 3,
    "training.limit": 200,
    "training.device": "cpu",
}
KILLS = 12


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def started(home: Path, monkeypatch: pytest.MonkeyPatch) -> SweepFolder:
    monkeypatch.setenv("TUILAB_HOME", str(home))
    return control.start(spec_of("bn-l2", [], TINY, grids=GRID, name="s"))


def numbers(board: Board) -> dict[str, Any]:
    """Return all that was measured, to the last digit, by point."""
    return {
        str(sorted(trial.point.items())): [
            (run.seed, run.validation, run.accuracy, run.cross_entropy) for run in trial.runs
        ]
        for trial in board.trials
    }


def coordinator(sweep: SweepFolder) -> psutil.Process | None:
    lease = sweep.worker()
    return lease.process() if lease else None


def scheduler(sweep: SweepFolder) -> psutil.Process | None:
    lease = scheduler_here()
    return lease.process() if lease else None


def worker(sweep: SweepFolder) -> psutil.Process | None:
    leases = [read_lease(run.lease) for run in store.folders()]
    found = [process for lease in leases if lease is not None and (process := lease.process())]
    return found[0] if found else None


VICTIMS: list[Callable[[SweepFolder], psutil.Process | None]] = [coordinator, scheduler, worker]


def test_a_grid_of_sixteen_survives_whatever_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = started(tmp_path / "calm", monkeypatch)
    until(lambda: undisturbed.worker() is None and undisturbed.board().over, 900)
    expected = numbers(undisturbed.board())
    assert len(expected) == 16

    rng = random.Random(14)
    sweep = started(tmp_path / "storm", monkeypatch)
    killed: list[str] = []
    deadline = time.monotonic() + 600
    while len(killed) < KILLS and not sweep.board().over:
        assert time.monotonic() < deadline
        time.sleep(rng.uniform(0.5, 6))
        victim = VICTIMS[len(killed) % len(VICTIMS)]
        process = victim(sweep)
        if process is not None:
            os.kill(process.pid, signal.SIGKILL)
            killed.append(victim.__name__)
            psutil.wait_procs([process], timeout=10)
        if sweep.worker() is None and not sweep.board().over:
            control.resume("s")
    assert set(killed) == {"coordinator", "scheduler", "worker"}, "all three were killed"
    if sweep.worker() is None and not sweep.board().over:
        control.resume("s")
    until(lambda: sweep.worker() is None and sweep.board().over, 900)
    board = sweep.board()
    assert [trial.state for trial in board.trials] == ["done"] * 16
    assert numbers(board) == expected, "equal to the undisturbed sweep, to the last digit"
    runs = [one.run for trial in board.trials for one in trial.runs]
    assert len(set(runs)) == 16 and set(runs) == {run.id for run in store.folders()}, "none twice, none lost"
    for run in store.folders():
        kinds = [type(entry.record) for entry in JournalReader(run.journal).read()]
        assert kinds.count(Done) == 1
    assert not changes.queue() and paths.runs().is_dir()
    end_workers()
