"""A standby worker trains what a worker of its own would have trained, digit by digit."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from small_runs import CNN, TRANSFER, small_run
from stand_in import until
from standbys import keeping

from tuilab.engine import standby as engine
from tuilab.lab.queue.workers import threads_as_new
from tuilab.runs.checkpoints import newest
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import WorkerProcess
from tuilab.runs.worker.standby import Standby
from tuilab.sources import feature_cache

OF_THE_MOMENT = {"seconds", "worked", "pid", "manifest", "manifest_seal", "images_per_second", "seconds_left"}
"""What the records of two equal runs need not share."""


LOADED = """\
import socket
from tuilab.engine import standby
ours, theirs = socket.socketpair()
made = standby.StandbyWorker(theirs)
made._loaded.tensorflow.join()
from tensorflow.python.eager import context
print(context.context()._initialized, standby.uses_cuda(), sorted(made._loaded.datasets))
"""
"""Says whether TensorFlow has opened devices, whether CUDA's driver is in use, and what was read."""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standby]:
    with keeping(monkeypatch) as keeper:
        yield keeper


def ended(worker: WorkerProcess) -> int:
    until(lambda: worker.ended() is not None, 180)
    return worker.ended() or 0


def journal(run: Run) -> list[dict[str, Any]]:
    """Return what a run's journal says, but for progress within an epoch and what belongs to the moment."""
    lines = [json.loads(line) for line in run.journal.read_text().splitlines()]
    records = [line["record"] for line in lines]
    told = [record for record in records if record["kind"] not in ("batch", "phase")]
    return [{key: value for key, value in r.items() if key not in OF_THE_MOMENT} for r in told]


def phases(run: Run) -> list[tuple[str, str]]:
    """Return the phases in their order, each once."""
    lines = [json.loads(line) for line in run.journal.read_text().splitlines()]
    records = [line["record"] for line in lines]
    return list(dict.fromkeys((r["name"], r["what"]) for r in records if r["kind"] == "phase"))


def loaded(keeper: Standby) -> None:
    """Wait until a standby worker has loaded what it loads: it is idle then."""
    import psutil

    assert keeper.pid is not None
    process = psutil.Process(keeper.pid)
    until(lambda: process.memory_info().rss > 300 << 20, 120)
    used = -1.0
    while process.cpu_times().user != used:
        used = process.cpu_times().user
        time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.parametrize("model", [CNN, TRANSFER])
@pytest.mark.parametrize("at_once", [False, True])
def test_its_journal_is_that_of_a_worker_of_its_own(kept: Standby, model: Any, at_once: bool) -> None:
    alone = small_run(model)
    assert ended(WorkerProcess(alone)) == 0
    feature_cache.clear()
    if not at_once:
        loaded(kept)
    run = small_run(model)
    worker = kept.take(run)
    assert worker is not None and ended(worker) == 0
    assert journal(run) == journal(alone) and phases(run) == phases(alone)
    assert "oneDNN" in run.log.read_text(), "what TensorFlow prints as it loads"
    assert {path.name for path in run.folder.iterdir()} == {path.name for path in alone.folder.iterdir()}


@pytest.mark.slow
def test_a_run_that_it_resumes_ends_with_the_digits_of_one_that_was_never_interrupted(kept: Standby) -> None:
    whole = small_run(epochs=4)
    assert ended(WorkerProcess(whole)) == 0
    run = small_run(epochs=4)
    first = WorkerProcess(run)
    until(lambda: run.checkpoints.is_dir() and newest(run.checkpoints)[0] is not None, 180)
    os.kill(first.pid, signal.SIGKILL)
    ended(first)
    assert not summarize(run).evaluated, "it was killed too late"
    pid = kept.pid
    worker = kept.take(run, as_new=threads_as_new(run, os.environ))
    assert worker is not None and worker.pid == pid and ended(worker) == 0
    resumed = [record for record in journal(run) if record["kind"] == "resumed"]
    assert len(resumed) == 1 and resumed[0]["checkpoint"]
    assert not [record for record in journal(run) if record["kind"] == "note"]
    assert measured(run) == measured(whole)


def measured(run: Run) -> list[dict[str, Any]]:
    """Return what was measured, each epoch as it was trained last."""
    numbers = [record for record in journal(run) if record["kind"] in ("epoch", "evaluated")]
    return list({(record["kind"], record.get("epoch")): record for record in numbers}.values())


@pytest.mark.slow
def test_it_is_stopped_as_any_worker_is_also_while_it_loads(kept: Standby) -> None:
    run = small_run(epochs=100_000)
    worker = kept.take(run)
    assert worker is not None
    worker.stop()
    assert ended(worker) == 130
    assert journal(run)[-1]["kind"] == "stopped"


@pytest.mark.slow
def test_where_tensorflow_would_find_something_else_it_becomes_a_worker_of_its_own(
    kept: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores")
    loaded(kept)
    assert kept.pid is not None
    os.sched_setaffinity(kept.pid, {min(os.sched_getaffinity(0))})
    run = small_run()
    worker = kept.take(run)
    assert worker is not None and ended(worker) == 0
    assert next(record for record in journal(run) if record["kind"] == "started")["threads"] == 1


@pytest.mark.slow
def test_it_has_loaded_everything_and_uses_no_device() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=180)
    assert found.stdout == "False False ['digits']\n", found.stderr


def test_a_driver_that_was_not_used_leaves_the_choice_of_a_gpu_open(monkeypatch: pytest.MonkeyPatch) -> None:
    class Driver:
        answer = 3

        def cuDeviceGetCount(self, _: object) -> int:
            return self.answer

    monkeypatch.setattr(engine.ctypes, "CDLL", lambda _: Driver())
    assert not engine.uses_cuda()
    Driver.answer = 0
    assert engine.uses_cuda()

    def missing(_: str) -> None:
        raise OSError

    monkeypatch.setattr(engine.ctypes, "CDLL", missing)
    assert not engine.uses_cuda()
