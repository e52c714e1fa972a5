"""A run whose lease is empty, damaged or gone: interrupted for everybody, unless its worker lives."""

import contextlib
import os
import signal
from pathlib import Path

import pytest
from command_line import call
from finished_runs import experiment_of
from records import STARTED, epoch
from stand_in import Running, StandIn, until

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness, lock_of, look, read_lease
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.worker.process import ask_to_stop
from tuilab.tui.run_source import RunSource

HARMS = ["empty", "rubbish", "torn", "gone", "a folder", "a pipe"]


def harm(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how in ("gone", "a folder", "a pipe"):
        path.unlink()
    match how:
        case "empty":
            path.write_bytes(b"")
        case "rubbish":
            path.write_bytes(b"\xff" * 300)
        case "torn":
            path.write_bytes(content[: len(content) // 2])
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case _:
            assert how == "gone"


def old(path: Path) -> None:
    """As if the harm had come a while ago: what lives mends its lease within a beat."""
    with contextlib.suppress(FileNotFoundError):
        then = path.stat().st_mtime - 60
        os.utime(path, (then, then))


@pytest.fixture
def run(stand_in: StandIn) -> Run:
    """A run whose worker was killed."""
    made = store.create(experiment_of("bn", {}), preset="bn")
    stand_in.tell(STARTED, epoch(1))
    process = stand_in.start(made)
    until(lambda: summarize(made).epochs)
    process.kill()
    process.wait()
    return made


def assert_interrupted(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert summarize(run).state == "interrupted" and summarize(run).resumable
    assert "interrupted, resumable" in call(capsys, "ps").out
    ended = call(capsys, "stop", run.id)
    assert ended.code == 2 and "it is interrupted" in ended.err and f"tuilab resume {run.id}" in ended.err
    ended = call(capsys, "attach", run.id)
    assert ended.code == 4 and "was interrupted" in ended.err
    word = RunSource().word_of(run.id)
    assert (word.state, word.reason) == ("gone", "its worker ended without saying why")


@pytest.mark.parametrize("how", HARMS)
def test_of_a_worker_that_is_dead_it_is_interrupted(
    how: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(run.lease, how)
    assert liveness(run.lease) == "dead", "the copy in the lock file tells whose it was"
    assert_interrupted(run, capsys)


@pytest.mark.parametrize("how", ["empty", "gone"])
def test_without_its_copy_too(how: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """As an earlier version left it, whose lock files are empty."""
    lock_of(run.lease).write_bytes(b"")
    harm(run.lease, how)
    old(run.lease)
    assert_interrupted(run, capsys)


def test_it_is_resumed(run: Run, stand_in: StandIn) -> None:
    harm(run.lease, "empty")
    code, out, err = Running(stand_in.command("resume", run.id, "--detach")).end()
    assert (code, out) == (0, f"{run.id}\n"), err
    assert liveness(run.lease) == "alive" and ask_to_stop(run)


@pytest.mark.parametrize("how", HARMS)
def test_of_a_worker_that_lives_it_is_running_and_nobody_takes_it(
    how: str, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that stands still, so that it mends nothing."""
    run = store.create(experiment_of("bn", {}), preset="bn")
    stand_in.tell(STARTED, epoch(1))
    process = stand_in.start(run)
    until(lambda: lock_of(run.lease).stat().st_size and summarize(run).epochs)
    process.send_signal(signal.SIGSTOP)
    harm(run.lease, how)
    old(run.lease)
    lease, state = look(run.lease)
    assert lease is not None and (lease.pid, state) == (process.pid, "alive")
    assert summarize(run).state == "running"
    ended = call(capsys, "resume", run.id)
    assert ended.code == 2 and f"is already being trained by process {process.pid}" in ended.err
    with pytest.raises(RunError, match=f"by process {process.pid}"):
        take_lease(run.lease)
    process.kill()
    process.wait()


def test_a_lease_of_an_earlier_version_is_mended_before_it_is_taken(stand_in: StandIn) -> None:
    """Its holder lives and has no copy: it is given a moment to write its lease again."""
    run = store.create(experiment_of("bn", {}), preset="bn")
    stand_in.tell(STARTED, epoch(1))
    process = stand_in.start(run)
    until(lambda: lock_of(run.lease).stat().st_size and summarize(run).epochs)
    lock_of(run.lease).write_bytes(b"")
    harm(run.lease, "empty")
    with pytest.raises(RunError, match=f"by process {process.pid}"):
        take_lease(run.lease)
    lease = read_lease(run.lease)
    assert lease is not None and lease.pid == process.pid
    process.terminate()
    process.wait()


def test_a_run_that_never_began_waits(capsys: pytest.CaptureFixture[str]) -> None:
    run = store.create(experiment_of("bn", {}), preset="bn")
    assert liveness(run.lease) == "none" and summarize(run).state == "waiting"
