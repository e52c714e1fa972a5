"""``tuilab resume``: what can continue continues, and what cannot is told apart."""

import json
import signal

import pytest
from checkpoint_folders import written
from command_line import assert_refused, call
from finished_runs import finished_run
from leases import elsewhere, gone
from records import DONE, FAILED, STARTED, STOPPED, epoch
from stand_in import Running, StandIn, until

from tuilab.runs import store
from tuilab.runs.journal.records import Failed, Resumed
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import FRESH_SECONDS, liveness

GOES_ON = Resumed(epoch=2, step=7, checkpoint="epoch-00002-step-000007")


@pytest.fixture
def stopped() -> Run:
    """A run of digits that was stopped in its third epoch."""
    run = finished_run(last=STOPPED)
    written(run.checkpoints, 2, 7)
    return run


def test_a_run_that_is_done_is_refused_and_its_forks_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run()
    written(run.checkpoints, 1)
    ended = call(capsys, "resume", run.id)
    assert_refused(ended, 2, f"{run.id} is done", "fork")
    assert f"epoch 1: tuilab fork {run.id} --at-epoch N" in ended.err


def test_a_run_that_trains_is_refused_and_can_be_attached_to(
    stopped: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = stand_in.start(stopped)
    ended = call(capsys, "resume", stopped.id)
    assert_refused(ended, 2, f"{stopped.id} is already being trained by process {worker.pid}")
    assert f"tuilab attach {stopped.id}" in ended.err
    assert_refused(call(capsys, "resume", stopped.id, "--take-over"), 2, "already being trained")


def test_one_that_is_out_of_reach_is_taken_only_where_that_is_said(
    stopped: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(last=None)
    elsewhere(run, age=FRESH_SECONDS + 5)
    ended = call(capsys, "resume", run.id)
    assert ended.code == 4 and f"tuilab resume {run.id} --take-over" in ended.err
    assert summarize(run).state == "unreachable"
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    ended = call(capsys, "resume", run.id, "--take-over", "--detach")
    assert (ended.code, ended.out) == (0, f"{run.id}\n")
    assert liveness(run.lease) == "alive" and summarize(run).state == "running"


def test_it_says_from_where_and_ends_as_run_does(stopped: Run, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, GOES_ON, epoch(3), DONE, "end")
    code, out, err = Running(stand_in.command("resume", stopped.id, "--json")).end()
    assert code == 0, err
    assert "resumed  from step 7 of epoch 3" in err and "epoch 3/5" in err
    told = json.loads(out)
    assert (told["run"], told["state"], told["epochs"]) == (stopped.id, "done", 3)


def test_detached_it_says_from_where_as_well(
    stopped: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    ended = call(capsys, "resume", stopped.id, "--detach")
    assert (ended.code, ended.out) == (0, f"{stopped.id}\n")
    assert "in the background, from step 7 of epoch 3; tuilab attach" in ended.err
    assert liveness(stopped.lease) == "alive"


def test_events_are_the_whole_journal(stopped: Run, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, GOES_ON, DONE, "end")
    _, out, _ = Running(stand_in.command("resume", stopped.id, "--events")).end()
    told = [json.loads(line) for line in out.splitlines()]
    assert [event["seq"] for event in told] == list(range(len(told)))
    kinds = [event["record"]["kind"] for event in told]
    assert kinds[-4:] == ["stopped", "started", "resumed", "done"]


def test_a_run_that_never_began_is_begun(stand_in: StandIn) -> None:
    run = store.create(finished_run().experiment(), preset="bn")
    stand_in.tell(STARTED, epoch(1), DONE, "end")
    assert Running(stand_in.command("resume", run.id)).end()[0] == 0
    assert summarize(run).state == "done"


def test_one_that_fails_again_is_kept_with_the_reason(stopped: Run, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, Failed(reason="the images are gone", exit_code=3, seconds=1.0), "end")
    code, out, err = Running(stand_in.command("resume", stopped.id)).end()
    assert (code, out) == (3, "") and "tuilab: the images are gone" in err
    assert f"  - once that is fixed: tuilab resume {stopped.id} continues from step 7 of epoch 3" in err
    assert summarize(stopped).state == "failed" and len(summarize(stopped).epochs) == 2


def test_stopped_before_it_could_listen_it_is_kept(stopped: Run, stand_in: StandIn) -> None:
    """The second Ctrl-C ends a worker that does not hear the first."""
    stand_in.tell("stubborn", STARTED)
    running = Running(stand_in.command("resume", stopped.id))
    running.until_err("epoch 2/5")
    until(lambda: summarize(stopped).state == "running")
    running.send(signal.SIGINT)
    running.until_err("stopping at the next batch; press Ctrl-C again")
    running.send(signal.SIGINT)
    code, _, err = running.end()
    assert code == 130 and "Traceback" not in err
    assert f"{stopped.id} was ended immediately." in err
    assert f"tuilab resume {stopped.id} continues from step 7 of epoch 3" in err
    assert summarize(stopped).state == "interrupted"


def test_images_that_are_gone_are_told_before_a_worker_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = finished_run(settings={"data.source": "/no/such/images"}, last=FAILED)
    before = run.journal.read_bytes()
    assert_refused(call(capsys, "resume", run.id), 3, "/no/such/images")
    assert run.journal.read_bytes() == before and not run.lease.exists()


def test_show_tells_how_each_run_can_go_on(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "show", stopped.id).out
    assert f"do       tuilab resume {stopped.id} continues from step 7 of epoch 3\n" in shown
    dead, cut_off, new = finished_run(last=None), finished_run(last=None), finished_run(last=FAILED)
    gone(dead)
    elsewhere(cut_off, age=FRESH_SECONDS + 5)
    assert f"tuilab resume {dead.id} continues from the beginning" in call(capsys, "show", dead.id).out
    shown = call(capsys, "show", cut_off.id).out
    assert "unreachable: its worker runs on gpu\\e[31mbox" in shown
    assert f"tuilab resume {cut_off.id} --take-over" in shown
    assert f"once that is fixed: tuilab resume {new.id}" in call(capsys, "show", new.id).out


@pytest.mark.parametrize("words", [[], ["--detach"]], ids=str)
def test_of_two_that_resume_at_once_the_slower_is_told_who_was_faster(
    words: list[str],
    stand_in: StandIn,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both looked before either worker had the lease: here this one's looks are left out."""
    run = finished_run("bn", last=STOPPED)
    faster = stand_in.start(run)
    monkeypatch.setattr("tuilab.cli.resume._refuse", lambda *_, **__: False)
    monkeypatch.setattr("tuilab.runs.worker.process.refuse_taken", lambda *_, **__: None)
    ended = call(capsys, "resume", run.id, *words)
    assert (ended.code, ended.out) == (4, "")
    assert f"tuilab: {run.folder} is already being trained by process {faster.pid}" in ended.err
    assert f"  - tuilab attach {run.id} follows it" in ended.err
    assert liveness(run.lease) == "alive"
