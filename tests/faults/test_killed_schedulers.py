"""Clients and schedulers killed at any moment: every run is trained once, parents first, and none is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from fake_hosts import on_host
from leases import end_workers
from small_runs import CNN, TRAINING
from stand_in import StandIn, until

from tuilab.experiment import AdamSpec, DataSpec, Experiment, TrainingSpec
from tuilab.files import paths
from tuilab.lab.queue.locking import ensure_scheduler, scheduler_here
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Done, Started
from tuilab.runs.queue import changes
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import read_lease

pytestmark = pytest.mark.faults
PYTHON = sys.executable
"""Read before it is put in another's place."""
CLIENT = """\
import sys, time
{prelude}
from tuilab.experiment import Experiment
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients
from tuilab.lab.queue.locking import ensure_scheduler

experiment = Experiment.model_validate_json(sys.argv[1])
steps = [PlannedRun(experiment, "bn")]
while len(steps) < int(sys.argv[2]):
    steps.append(PlannedRun(experiment, "bn", after=steps[-1] if len(steps) % 2 else None))
clients.enqueue(steps)
ensure_scheduler()
print("queued", flush=True)
time.sleep(600)
"""
"""Queues runs, every second one after the one before it, and is killed then."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a queue of its own."""
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))


def experiment(**training: int) -> Experiment:
    return Experiment(
        data=DataSpec(source="digits"),
        model=CNN,
        optimizer=AdamSpec(kind="adam", learning_rate=0.01),
        training=TrainingSpec(**{**TRAINING, **training}),
    )


def client(runs: int, prelude: str = "", **environment: str) -> "subprocess.Popen[str]":
    """Start a client that queues some runs."""
    command = [
        PYTHON,
        "-c",
        CLIENT.format(prelude=prelude),
        experiment(epochs=1).model_dump_json(),
        str(runs),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})


def kill_once_queued(*clients: "subprocess.Popen[str]") -> None:
    for one in clients:
        assert one.stdout is not None
        assert one.stdout.readline() == "queued\n"
        one.kill()
        one.wait(60)
        one.stdout.close()


def kill_scheduler() -> None:
    lease = scheduler_here()
    process = lease.process() if lease else None
    if process is not None:
        process.kill()


def assert_done_once(runs: list[Run]) -> None:
    """Assert that runs were trained to their end, each once, after the runs that they wait for."""
    ended: dict[str, float] = {}
    for run in sorted(runs, key=lambda run: JournalReader(run.journal).read()[-1].time):
        entries = JournalReader(run.journal).read()
        kinds = [type(entry.record) for entry in entries]
        assert (kinds.count(Started), kinds.count(Done)) == (1, 1), run.id
        parent = run.manifest().parent
        assert parent is None or ended[parent] <= entries[0].time
        ended[run.id] = entries[-1].time


def our_processes(module: str) -> list[psutil.Process]:
    """Return the processes of this test's home that run a module."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        try:
            ours = process.environ().get("TUILAB_HOME") == str(paths.home())
        except (psutil.Error, OSError):
            continue
        if ours and module in (process.info["cmdline"] or []):
            found.append(process)
    return found


def test_five_runs_of_killed_clients_survive_ten_killed_schedulers() -> None:
    rng = random.Random(13)
    kill_once_queued(client(3), client(2))
    listed = subprocess.run(
        [PYTHON, "-m", "tuilab", "ps"], capture_output=True, text=True, timeout=120, env=os.environ
    )
    assert listed.returncode == 0 and "waits for" in listed.stdout
    runs = store.list_runs()
    assert len(runs) == 5
    second = [PYTHON, "-m", "tuilab.lab.queue.scheduler"]
    until(lambda: scheduler_here() is not None)
    refused = subprocess.run(second, capture_output=True, text=True, timeout=60)
    assert (refused.returncode, refused.stdout) == (0, "")
    for kills in range(10):
        until(lambda: sum(summarize(run).state == "done" for run in runs) >= kills // 2, 120)  # noqa: B023
        time.sleep(rng.uniform(0, 3))
        kill_scheduler()
        ensure_scheduler()
    until(lambda: all(summarize(run).state == "done" for run in runs), 300)
    assert_done_once(runs)
    until(lambda: scheduler_here() is None)
    until(lambda: not our_processes("tuilab.engine.standby"))
    assert not our_processes("tuilab.engine.worker") and not changes.queue()


def test_two_hosts_that_share_a_store_train_each_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "stand-in"
    place.mkdir()
    stand_in = StandIn(place)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    stand_in.tell(Started(pid=1, host="h", versions={}), Done(seconds=1.0), "end")
    prelude = f"sys.executable = {str(stand_in.python)!r}"
    hosts = [on_host(name, tmp_path) for name in ("ada", "grace")]
    kill_once_queued(*(client(5, prelude, **host) for host in hosts))
    try:
        runs = store.list_runs()
        assert len(runs) == 10
        until(lambda: all(summarize(run).state == "done" for run in runs), 120)
        assert_done_once(runs)
        leases = [read_lease(run.lease) for run in runs]
        assert {lease.host for lease in leases if lease} == {"ada", "grace"}
    finally:
        for process in our_processes("tuilab.lab.queue.scheduler"):
            process.send_signal(signal.SIGKILL)
        end_workers()
