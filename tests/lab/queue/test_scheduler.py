"""The scheduler, with workers that train nothing: started once, parents first, whoever is killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from leases import end_workers
from lockless import ANSWERS, without_locks
from records import DONE, STARTED
from small_runs import CNN, TRAINING
from stand_in import StandIn, until

from tuilab.experiment.experiment import DataSpec, Experiment, TrainingSpec
from tuilab.experiment.optimizers import SgdSpec
from tuilab.files import paths
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients, presence
from tuilab.lab.queue.locking import ensure_scheduler, scheduler_here, scheduling
from tuilab.lab.queue.scheduler import Scheduler
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness

EXPERIMENT = Experiment(
    data=DataSpec(source="digits"),
    model=CNN,
    optimizer=SgdSpec(kind="sgd", learning_rate=0.01),
    training=TrainingSpec(**TRAINING),
)


def steps(count: int) -> list[PlannedRun]:
    return [PlannedRun(EXPERIMENT, "bn") for _ in range(count)]


def pid() -> int:
    until(lambda: scheduler_here() is not None)
    lease = scheduler_here()
    assert lease is not None
    return lease.pid


def test_one_after_the_other_and_then_it_ends(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, DONE, "end")
    first = PlannedRun(EXPERIMENT, "bn")
    second = PlannedRun(EXPERIMENT, "bn", after=first)
    runs = clients.enqueue([first, second])
    ensure_scheduler()
    until(lambda: all(summarize(run).state == "done" for run in runs))
    until(lambda: scheduler_here() is None)
    assert runs[1].journal.stat().st_mtime >= runs[0].journal.stat().st_mtime
    assert not changes.queue()


def test_an_ended_one_is_no_zombie_of_the_process_that_started_it(stand_in: StandIn) -> None:
    stand_in.tell(STARTED)
    clients.enqueue(steps(1))
    ensure_scheduler()
    process = psutil.Process(pid())
    process.kill()
    until(lambda: not process.is_running())


def test_a_second_scheduler_is_refused_and_ends_quietly(stand_in: StandIn) -> None:
    stand_in.tell(STARTED)
    clients.enqueue(steps(1))
    ensure_scheduler()
    first = pid()
    command = [stand_in.python, "-m", "tuilab.lab.queue.scheduler"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert pid() == first
    with scheduling() as free:
        assert not free


def test_a_killed_one_loses_nothing_and_the_next_goes_on(stand_in: StandIn) -> None:
    stand_in.tell(STARTED)
    first, second = clients.enqueue(steps(2))
    ensure_scheduler()
    until(lambda: liveness(first.lease) == "alive")
    os.kill(pid(), signal.SIGKILL)
    until(lambda: scheduler_here() is None)
    assert liveness(first.lease) == "alive" and is_queued(second), "its worker works on"
    ensure_scheduler()
    stand_in.tell(DONE, "end")
    until(lambda: summarize(second).state == "done")
    assert summarize(first).state == "done"


def test_where_nothing_keeps_a_run_from_starting_no_scheduler_is_needed(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, DONE, "end")
    (run,) = clients.enqueue(steps(1))
    worker = clients.start_now(run)
    assert worker is not None
    until(lambda: worker.ended() is not None)
    assert summarize(run).state == "done" and scheduler_here() is None


def test_a_worker_that_never_begins_is_told_and_not_tried_again(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    (run,) = clients.enqueue(steps(1))
    scheduler = Scheduler()
    until(lambda: not scheduler.look())
    standing = clients.standing_of(run)
    assert standing is not None and "exited with code 1" in standing.reason
    assert f"tuilab resume {run.id} tries again" in standing.reason
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    stand_in.tell(STARTED, DONE, "end")
    clients.release(run)
    until(lambda: scheduler.look() is None or summarize(run).state == "done")


def test_a_worker_killed_while_its_scheduler_is_gone_is_told_too(stand_in: StandIn) -> None:
    clients.enqueue(steps(1))
    stand_in.python.write_text("#!/bin/sh\nexec sleep 60\n")
    Scheduler().look()
    entry = changes.queue()[0].entry
    assert entry.start is not None and entry.start.worker is not None
    os.kill(entry.start.worker.pid, signal.SIGKILL)
    os.waitpid(entry.start.worker.pid, 0)
    assert not Scheduler().look()
    assert "ended before it began" in changes.queue()[0].entry.problem
    end_workers()


def test_one_that_a_signal_stopped_is_replaced(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, DONE, "end")
    presence.enter()
    first = pid()
    os.kill(first, signal.SIGSTOP)
    (run,) = clients.enqueue(steps(1))
    assert clients.start_now(run) is None
    until(lambda: summarize(run).state == "done")
    assert pid() != first
    presence.leave()
    until(lambda: scheduler_here() is None)


def test_a_disk_that_takes_none_of_its_words_keeps_no_run_from_starting(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, DONE, "end")
    (run,) = clients.enqueue(steps(1))
    with Path("/dev/full").open("w") as full:
        command = [stand_in.python, "-m", "tuilab.lab.queue.scheduler"]
        assert subprocess.run(command, stdout=full, stderr=full, timeout=60).returncode == 0
    assert summarize(run).state == "done"


def test_one_a_host_works_also_on_a_disk_without_locks(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.tell(STARTED, DONE, "end")
    without_locks(monkeypatch, tmp_path, ANSWERS["ENOLCK"], paths.home())
    runs = clients.enqueue(steps(2))
    ensure_scheduler()
    pid()
    with scheduling() as free:
        assert not free
    until(lambda: all(summarize(run).state == "done" for run in runs))
    until(lambda: scheduler_here() is None)


def test_one_that_meets_a_client_at_the_lock_waits_for_it(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, DONE, "end")
    (run,) = clients.enqueue(steps(1))
    with scheduling() as free:
        assert free
        command = [stand_in.python, "-m", "tuilab.lab.queue.scheduler"]
        scheduler = subprocess.Popen(command)
        time.sleep(1)
        assert scheduler.poll() is None
    assert scheduler.wait(60) == 0 and summarize(run).state == "done"


def test_one_that_dies_before_it_is_at_work_is_replaced_by_the_client_that_relies_on_it(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.tell(STARTED, DONE, "end")
    (run,) = clients.enqueue(steps(1))
    stand_in.first_dies(tmp_path / "died")
    clients.go_on()
    assert (tmp_path / "died").exists()
    until(lambda: summarize(run).state == "done", 20)
