"""The keeper of a standby worker: it hands a run over, and wherever it cannot, a run starts as always."""

import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from finished_runs import experiment_of
from leases import elsewhere
from stand_in import has_ended, until
from standbys import keeping

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.worker import handover, standby
from tuilab.runs.worker.standby import Standby

WAITS = """\
import os, socket, sys
from tuilab.runs.worker import handover
print("loading", flush=True)
channel = socket.socket(fileno=int(sys.argv[3]))  # after -m and the module
given = handover.receive(channel)
if given is None:
    sys.exit(0)
os.write(given.output, os.pread(1, 1000, 0))
if not handover.accept(channel):
    sys.exit(0)
os.write(given.output, f"{given.command[2]} {given.command[3]} {os.getpid() == os.getsid(0)}".encode())
sys.exit(7)
"""
"""A process that waits as the engine's does, and loads nothing."""


def waiting(place: Path, monkeypatch: pytest.MonkeyPatch, script: str = WAITS) -> None:
    """Put a script in the place of the engine's."""
    (place / "waits.py").write_text(script)
    python = place / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{place / "waits.py"}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standby]:
    """A keeper whose process waits."""
    waiting(tmp_path, monkeypatch)
    with keeping(monkeypatch) as keeper:
        yield keeper


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


def pid_of(keeper: Standby) -> int:
    assert keeper.pid is not None
    return keeper.pid


def test_a_run_is_handed_over_with_its_log_and_what_was_printed_before_is_in_it(
    kept: Standby, run: Run
) -> None:
    pid = pid_of(kept)
    worker = kept.take(run)
    assert worker is not None and worker.pid == pid
    until(lambda: worker.ended() is not None)
    assert worker.ended() == 7, "its exit code is the worker's"
    assert run.log.read_text() == f"loading\ntuilab.engine.worker {run.folder} True"
    assert stat.S_IMODE(run.log.stat().st_mode) == 0o600
    assert kept.take(run) is None, "it takes one run"
    kept.start()
    assert pid_of(kept) != pid


def test_it_is_started_once_and_ended_with_the_keeper(kept: Standby) -> None:
    pid = pid_of(kept)
    kept.start()
    assert kept.pid == pid
    kept.close()
    assert kept.pid is None and not psutil.pid_exists(pid), "not even a zombie"


def test_it_ends_with_a_keeper_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(tmp_path, monkeypatch)
    keeper = os.fork()
    if keeper == 0:
        started = Standby()
        started.start()
        (tmp_path / "pid").write_text(f"{started.pid}\n")
        signal.pause()
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
    os.kill(keeper, signal.SIGKILL)
    os.waitpid(keeper, 0)
    until(lambda: has_ended(int((tmp_path / "pid").read_text())))


def test_one_that_died_is_buried_at_once_and_the_next_run_starts_as_always(kept: Standby, run: Run) -> None:
    pid = pid_of(kept)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid))
    kept.start()
    assert kept.pid is None, "one that ends unused is not started again and again"
    assert kept.take(run) is None
    kept.start()
    assert kept.pid not in (None, pid)


def test_one_that_does_not_answer_is_ended_so_that_no_run_has_two_workers(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "ANSWER_SECONDS", 0.2)
    waiting(tmp_path, monkeypatch, "import time; time.sleep(60)")
    kept = Standby()
    monkeypatch.setattr(standby, "available_memory", lambda: standby.MEMORY_TO_START)
    kept.start()
    pid = pid_of(kept)
    assert kept.take(run) is None
    assert not psutil.pid_exists(pid)


def test_a_run_that_was_begun_is_left_to_a_worker_of_its_own_unless_its_threads_are_those_of_a_new_one(
    kept: Standby, run: Run
) -> None:
    run.journal.touch()
    pid = pid_of(kept)
    assert kept.take(run) is None and kept.pid == pid
    worker = kept.take(run, as_new=True)
    assert worker is not None and worker.pid == pid


def test_a_run_that_another_process_works_on_is_refused_and_the_standby_waits_on(
    kept: Standby, run: Run
) -> None:
    elsewhere(run)
    pid = pid_of(kept)
    with pytest.raises(RunError):
        kept.take(run)
    assert kept.pid == pid


@pytest.mark.parametrize("what", ["variable", "folder"])
def test_one_that_found_other_surroundings_is_not_taken(
    kept: Standby, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "variable":
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    else:
        monkeypatch.chdir(tmp_path)
    pid = pid_of(kept)
    assert kept.take(run) is None
    assert kept.pid is None and not psutil.pid_exists(pid)


def test_where_memory_is_short_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "available_memory", lambda: standby.MEMORY_TO_START - 1)
    keeper = Standby()
    keeper.start()
    assert keeper.pid is None


def test_one_that_cannot_be_started_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    monkeypatch.setattr(standby, "available_memory", lambda: standby.MEMORY_TO_START)
    with pytest.raises(RunError, match="the standby worker cannot be started: No such file"):
        Standby().start()


def test_half_a_message_hands_nothing_over(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with (tmp_path / "log").open("w") as log, theirs:
        socket.send_fds(ours, [b'{"command": ["python"'], [log.fileno()])
        ours.close()
        assert handover.receive(theirs) is None


def test_a_message_is_read_to_its_end_however_it_comes(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    found: list[handover.Assignment | None] = []
    reader = threading.Thread(target=lambda: found.append(handover.receive(theirs)))
    with (tmp_path / "log").open("w") as log, ours, theirs:
        reader.start()
        socket.send_fds(ours, [b'{"command": ["py'], [log.fileno()])
        ours.sendall(b'thon"], "variables": {}}\n')
        reader.join(60)
        assert found[0] is not None and found[0].command == ("python",)
        os.close(found[0].output)


def test_one_that_a_signal_stopped_is_ended_without_being_waited_for(kept: Standby, run: Run) -> None:
    pid = pid_of(kept)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    began = time.monotonic()
    assert kept.take(run) is None and time.monotonic() - began < standby.ANSWER_SECONDS / 2
    assert not psutil.pid_exists(pid)


def test_whoever_is_answered_too_late_does_not_begin() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not handover.confirm(ours, 0.01)
        ours.close()
        assert not handover.accept(theirs)


def test_which_gpu_is_said_at_the_handover_and_nothing_else_is(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with (tmp_path / "log").open("w") as log, ours, theirs:
        handover.send(ours, ["python"], {"CUDA_VISIBLE_DEVICES": "GPU-1", "HOME": "/h"}, log.fileno())
        given = handover.receive(theirs)
    assert given is not None and given.variables == {"CUDA_VISIBLE_DEVICES": "GPU-1"}
    os.close(given.output)


def test_another_gpu_is_no_other_surrounding(kept: Standby, run: Run) -> None:
    pid = pid_of(kept)
    worker = kept.take(run, variables={**os.environ, "CUDA_VISIBLE_DEVICES": "GPU-1"}, queued=True)
    assert worker is not None and worker.pid == pid
    until(lambda: worker.ended() is not None)
