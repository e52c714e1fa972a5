"""What becomes of a run whose command is told to end, or is heard by nobody."""

import signal
import time

import pytest
from command_line import assert_refused, call
from records import DONE, STARTED, STOPPED, epoch
from stand_in import Running, StandIn, until

from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness

BN = ["run", "--preset", "bn", "--data", "digits", "--device", "cpu"]
CHAIN = ["run", "--preset", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]


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


def test_a_detached_child_is_trained_after_its_parent(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    code, out, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    assert code == 0, err
    first, child = store.list_runs()
    assert out == f"{first.id}\n" and first.manifest().preset == "iteration-i"
    assert "it is trained first" in err
    assert f"iteration-ii is trained after it: {child.id} waits in the queue" in err
    until(lambda: summarize(first).state == "running")
    assert summarize(child).state == "queued"
    stand_in.tell(DONE, "end")
    assert parent_and_child() == (first, child) and child.manifest().parent == first.id


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


def test_when_the_parent_is_stopped_the_child_stays_queued_and_says_why(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.tell(STARTED, epoch(1))
    Running(stand_in.command(*CHAIN, "--detach")).end()
    parent, child = store.list_runs()
    assert call(capsys, "stop", parent.id).code == 0
    assert summarize(parent).state == STOPPED.kind
    shown = call(capsys, "ps", "--json").out
    assert f"waits for {parent.id}, which was stopped: tuilab resume {parent.id}" in shown
    assert summarize(child).state == "queued"


def test_in_a_schedulers_job_a_detached_run_is_said_to_end_with_it(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    ended = call(capsys, *BN, "--detach")
    assert ended.code == 0 and "it ends with Slurm job 4711, in which it runs; ask for enough" in ended.err
    found = call(capsys, "doctor", "--quick").out
    assert "a detached run ends with Slurm job 4711" in " ".join(found.split())
