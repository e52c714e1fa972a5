"""What becomes of a training whose command is told to end, or is heard by nobody any more."""

import os
import signal
import time

import pytest
from command_line import assert_refused, call
from finished_runs import DONE, STOPPED, epoch
from stand_in import Running, StandIn, has_ended, until

from tuilab.runs import store
from tuilab.runs.journal.records import Failed, Started
from tuilab.runs.store import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness, read_lease

BN = ["run", "--preset", "bn", "--data", "digits", "--device", "cpu"]
CHAIN = ["run", "--preset", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]
STARTED = Started(pid=1, host="h", versions={})


def the_run() -> Run:
    (run,) = store.list_runs()
    return run


def piped(stand_in: StandIn, command: list[str], redirected: str) -> tuple[str, str]:
    """Run a command whose reader leaves while its worker says more and more; return stdout and stderr."""
    shell = Running(["bash", "-c", f'"$@" {redirected}', "-", *command])
    while shell.process.poll() is None:
        stand_in.tell(epoch(1))  # that nobody reads is noticed at the next word
        time.sleep(0.2)
    _, out, err = shell.end()
    assert len(out.splitlines()) == 1 and "Traceback" not in err and "Broken" not in err
    return out, err


def test_sigterm_stops_the_run_with_a_word_from_its_worker(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    running = Running(stand_in.command(*BN))
    running.until_err("epoch 1/5")
    running.send(signal.SIGTERM)
    code, out, err = running.end()
    assert (code, out) == (130, "") and "stopping at the next batch" in err
    assert summarize(the_run()).state == "stopped"
    assert f"tuilab resume {the_run().id} continues from the beginning" in err


def test_when_the_terminal_goes_the_run_goes_on(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    running = Running(stand_in.command(*BN))
    running.until_err("epoch 1/5")
    running.send(signal.SIGHUP)
    code, out, err = running.end()
    assert (code, out) == (129, "") and "Traceback" not in err
    said = f"{the_run().id} keeps training without this terminal; tuilab attach {the_run().id} follows it"
    assert said in err.splitlines()[-1]
    assert liveness(the_run().lease) == "alive"


def test_under_nohup_a_lost_terminal_changes_nothing(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    running = Running(["nohup", *stand_in.command(*BN)])
    running.until_err("epoch 1/5")
    running.send(signal.SIGHUP)
    stand_in.tell(epoch(2), DONE, "end")
    code, out, err = running.end()
    assert code == 0 and "epoch 2/5" in err and "done; 2 epochs" in out


@pytest.mark.parametrize(
    ("more", "redirected", "said"),
    [
        (["--events"], "| head -1", "keeps training without this terminal; tuilab attach"),
        ([], "2>&1 | head -1", ""),
    ],
)
def test_when_the_reader_goes_the_run_goes_on(
    more: list[str], redirected: str, said: str, stand_in: StandIn
) -> None:
    stand_in.tell(STARTED)
    _, err = piped(stand_in, stand_in.command(*BN, *more), redirected)
    assert said in err
    assert liveness(the_run().lease) == "alive"


def test_a_detached_run_is_found_as_soon_as_its_id_is_printed(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    ended = call(capsys, *BN, "--detach")
    assert (ended.code, ended.out) == (0, f"{the_run().id}\n")
    assert f"tuilab stop {the_run().id} stops it" in ended.err
    assert the_run().id in call(capsys, "ps").out
    assert call(capsys, "stop", ended.out.strip()).code == 0


def test_one_that_fails_at_once_is_no_detached_run(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    ended = call(capsys, *BN, "--detach")
    assert_refused(ended, 4, "exited with code 1 and gave no reason, and printed nothing")
    monkeypatch.setattr("sys.executable", "/no/such/python")
    assert_refused(call(capsys, *BN, "--detach"), 4, "cannot be started")


def parent_and_child() -> tuple[Run, Run]:
    """Wait until the parent is done and the child is under way; return both."""
    until(lambda: len(store.list_runs()) == 2)
    parent, child = store.list_runs()
    until(lambda: summarize(child).state == "done")
    return parent, child


def log_of(parent: Run, child: Run) -> str:
    """Return what the command in the background wrote up to the child's last epoch."""
    log = parent.folder / "background.log"
    until(lambda: "epoch 1/10" in log.read_text().partition(child.id)[2].replace("  ", " "))
    assert log.stat().st_mode & 0o777 == 0o600
    assert "Traceback" not in log.read_text() and "\x1b" not in log.read_text()
    return log.read_text()


def test_a_detached_child_is_trained_after_its_parent(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    code, out, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    assert code == 0, err
    first = the_run()
    assert out == f"{first.id}\n" and first.manifest().preset == "iteration-i"
    assert "it is trained first" in err and "iteration-ii is trained after it: process " in err
    assert summarize(first).state == "running"
    stand_in.tell(DONE, "end")
    parent, child = parent_and_child()
    assert parent == first and child.manifest().parent == parent.id
    assert first.id in log_of(parent, child)


@pytest.mark.parametrize("how", ["SIGHUP", "| head -1"])
def test_a_command_that_is_lost_trains_the_child_nevertheless(how: str, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    if how == "SIGHUP":
        running = Running(stand_in.command(*CHAIN))
        running.until_err("epoch  1/10")
        running.send(signal.SIGHUP)
        code, _, err = running.end()
        assert (
            code == 129
            and "keeps training without this terminal" in err
            and "iteration-ii is trained after it" in err
        )
    else:
        piped(stand_in, stand_in.command(*CHAIN, "--events"), "| head -1")
    stand_in.tell(DONE, "end")
    parent, child = parent_and_child()
    assert child.manifest().parent == parent.id
    log_of(parent, child)


def test_stopping_the_parent_ends_the_whole(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in.tell(STARTED, epoch(1))
    _, _, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    pid = int(err.partition("process ")[2].split()[0])
    assert call(capsys, "stop", the_run().id).code == 0
    until(lambda: has_ended(pid))
    assert summarize(the_run()).state == STOPPED.kind


def test_sigterm_to_the_command_in_the_background_stops_its_run(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    _, _, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    log = the_run().folder / "background.log"
    until(lambda: "epoch  1/10" in log.read_text())
    os.kill(int(err.partition("process ")[2].split()[0]), signal.SIGTERM)
    until(lambda: summarize(the_run()).state == "stopped")
    assert (lease := read_lease(the_run().lease)) is not None and lease.ended


def test_a_parent_that_fails_is_told_in_the_log(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    Running(stand_in.command(*CHAIN, "--detach")).end()
    stand_in.tell(Failed(reason="the loss is not a number", exit_code=4, seconds=1.0), "end")
    log = the_run().folder / "background.log"
    said = "tuilab: iteration-i, which iteration-ii starts from, did not finish: the loss is not a number"
    until(lambda: said in log.read_text())
    assert summarize(the_run()).state == "failed"


def test_in_a_schedulers_job_a_detached_run_is_said_to_end_with_it(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    ended = call(capsys, *BN, "--detach")
    assert ended.code == 0 and "it ends with Slurm job 4711, in which it runs; ask for enough" in ended.err
    found = call(capsys, "doctor", "--quick").out
    assert "a detached run ends with Slurm job 4711" in " ".join(found.split())
