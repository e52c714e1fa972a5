"""``tuilab stop``: asked kindly, waited for, or ended immediately; and never anybody else."""

import json

import pytest
from checkpoint_folders import written
from command_line import assert_refused, call
from finished_runs import finished_run
from leases import elsewhere, gone
from records import FAILED, epoch
from stand_in import StandIn, until

from tuilab.runs import store
from tuilab.runs.journal.records import Done
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import FRESH_SECONDS


@pytest.fixture
def run() -> Run:
    """A run of two epochs and a checkpoint, with no last word."""
    run = finished_run(last=None)
    written(run.checkpoints, 2)
    return run


def test_it_waits_until_the_run_stopped_and_says_how_it_goes_on(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = stand_in.start(run)
    ended = call(capsys, "stop", run.id)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        f"{run.id} stopped after 2 whole epochs; tuilab resume {run.id} continues from the end of epoch 2\n"
    )
    assert summarize(run).state == "stopped" and worker.wait(60) == 130


def test_one_that_does_not_hear_is_told_and_then_ended_at_once(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.tell("stubborn")
    worker = stand_in.start(run)
    ended = call(capsys, "stop", run.id, "--timeout", "0.2")
    assert_refused(ended, 4, run.id, "still training after 0.2 s")
    assert f"tuilab stop {run.id} --now" in ended.err and worker.poll() is None
    ended = call(capsys, "stop", run.id, "--now")
    assert (
        ended.code == 0 and f"{run.id} was ended immediately; tuilab resume {run.id} continues" in ended.out
    )
    assert worker.wait(60) == -9 and summarize(run).state == "interrupted"


def test_all_stops_what_trains_here_and_nothing_else(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    other, far, over = finished_run(last=None), finished_run(last=None), finished_run()
    elsewhere(far)
    workers = [stand_in.start(run), stand_in.start(other)]
    ended = call(capsys, "stop", "--all")
    assert ended.code == 0 and ended.out.count(" stopped after ") == 2
    assert [worker.wait(60) for worker in workers] == [130, 130]
    assert summarize(far).state == "running" and not far.commands.exists()
    assert summarize(over).state == "done"
    ended = call(capsys, "stop", "--all")
    assert (ended.code, ended.out, ended.err) == (0, "", "nothing is training on this machine\n")


def test_several_are_stopped_by_name_and_none_of_them_where_one_cannot_be(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    over, worker = finished_run(), stand_in.start(run)
    assert_refused(call(capsys, "stop", run.id, over.id), 2, f"{over.id} is not training: it is done")
    assert worker.poll() is None
    assert call(capsys, "stop", run.id, run.id).out.count("stopped") == 1


def test_a_run_on_another_machine_is_asked_through_its_folder(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere(run)
    assert_refused(call(capsys, "stop", run.id, "--now"), 2, "gpu\\e[31mbox", "without --now")
    assert not run.commands.exists()
    assert_refused(call(capsys, "stop", run.id, "--timeout", "0"), 4, "still training")
    assert json.loads(run.commands.read_text())["command"] == "stop"


def test_what_does_not_train_is_said_with_what_can_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    dead, failed, cut_off = finished_run(last=None), finished_run(last=FAILED), finished_run(last=None)
    gone(dead)
    elsewhere(cut_off, age=FRESH_SECONDS + 5)
    ended = call(capsys, "stop", dead.id)
    assert_refused(ended, 2, f"{dead.id} is not training: it is interrupted")
    assert f"  - tuilab resume {dead.id} continues from the beginning" in ended.err
    assert_refused(call(capsys, "stop", failed.id), 2, "it is failed")
    ended = call(capsys, "stop", cut_off.id)
    assert_refused(ended, 4, f"{cut_off.id} cannot be asked to stop", "has not reported for a while")
    assert "--take-over" in ended.err
    new = store.create(dead.experiment(), preset="bn")
    ended = call(capsys, "stop", new.id)
    assert_refused(ended, 2, f"{new.id} is not training")
    assert f"tuilab resume {new.id} starts one" in ended.err


def test_a_run_that_was_done_first_is_no_failure(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuilab.runs.worker import process

    stand_in.start(run)

    def too_late(run: Run) -> bool:
        stand_in.tell(epoch(3), Done(seconds=3), "end")
        until(lambda: summarize(run).state == "done")
        return False

    monkeypatch.setattr(process, "ask_to_stop", too_late)
    assert call(capsys, "stop", run.id).out == f"{run.id} finished before it could stop\n"
