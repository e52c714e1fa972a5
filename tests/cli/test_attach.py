"""``tuilab attach``: a run is followed by whoever comes, and continues when they leave."""

import json
import signal

import pytest
from command_line import assert_refused, call, command
from finished_runs import finished_run, write
from leases import elsewhere, gone
from records import BATCH, DONE, FAILED, STARTED, epoch
from stand_in import Running, StandIn

from tuilab.runs.journal.records import Evaluated, Phase, Resumed
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import FRESH_SECONDS, liveness


@pytest.fixture
def run() -> Run:
    """A run that trained one epoch and trains on."""
    return finished_run("bn", name="a \x1b name", epochs=[epoch(1)], last=None)


def test_it_shows_what_was_and_what_comes_and_the_outcome(run: Run, stand_in: StandIn) -> None:
    stand_in.start(run)
    attached = Running(command("attach"))
    attached.until_err("epoch 1/5")
    told = "".join(attached.err)
    for words in (run.id, "a \\e name", "digits", "14 tensors", "a processor"):
        assert words in told
    stand_in.tell(epoch(2), Evaluated(test_accuracy=0.75, test_cross_entropy=0.5), DONE, "end")
    code, out, err = attached.end()
    assert code == 0 and "epoch 2/5" in err
    assert "done; 2 epochs" in out and "accuracy 0.7500" in out


def test_json_and_events_are_those_of_run(run: Run, stand_in: StandIn) -> None:
    stand_in.start(run)
    outcome, events = (
        Running(command("attach", run.id, "--json")),
        Running(command("attach", run.id, "--events")),
    )
    outcome.until_err("epoch 1/5")
    events.until_err("epoch 1/5")
    stand_in.tell(BATCH, DONE, "end")
    assert json.loads(outcome.end()[1])["run"] == run.id
    told = [json.loads(line) for line in events.end()[1].splitlines()]
    assert [event["seq"] for event in told] == list(range(len(told)))
    assert [told[0]["record"]["kind"], told[-1]["record"]["kind"]] == ["started", "done"]
    assert BATCH.model_dump() in [event["record"] for event in told], "nothing is left out"


def test_ctrl_c_detaches_and_the_run_goes_on(run: Run, stand_in: StandIn) -> None:
    worker = stand_in.start(run)
    attached = Running(command("attach", run.id))
    attached.until_err("epoch 1/5")
    attached.send(signal.SIGINT)
    code, out, err = attached.end()
    assert (code, out) == (130, "") and "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith(f"{run.id} keeps training; ") and f"tuilab stop {run.id} stops it" in last
    assert worker.poll() is None and liveness(run.lease) == "alive"


def test_a_run_that_another_one_stops_is_told_with_how_it_goes_on(run: Run, stand_in: StandIn) -> None:
    worker = stand_in.start(run)
    attached = Running(command("attach", run.id))
    attached.until_err("epoch 1/5")
    worker.terminate()
    code, out, err = attached.end()
    assert (code, out) == (130, "")
    assert f"{run.id}: asked to stop (SIGTERM); it stopped after 1 whole epoch." in err
    assert f"tuilab resume {run.id} continues from the beginning" in err


def test_a_worker_that_dies_is_told(run: Run, stand_in: StandIn) -> None:
    worker = stand_in.start(run)
    attached = Running(command("attach", run.id))
    attached.until_err("epoch 1/5")
    worker.kill()
    worker.wait()
    code, out, err = attached.end()
    assert (code, out) == (4, "") and f"tuilab: {run.id} was interrupted" in err
    assert f"  - tuilab resume {run.id} continues" in err


def test_a_long_past_is_caught_up_with_at_once(stand_in: StandIn) -> None:
    """Of batches that nobody saw only some are shown; every epoch is."""
    run = finished_run(epochs=[], last=None)
    write(run, [Phase(name="training"), *[BATCH] * 20_000, epoch(1), *[BATCH] * 20_000])
    stand_in.start(run)
    attached = Running(command("attach"))
    attached.until_err("epoch 1/5")
    stand_in.tell(DONE, "end")
    assert attached.end()[0] == 0


def test_a_run_that_went_on_says_from_where(run: Run, stand_in: StandIn) -> None:
    write(run, [STARTED, Resumed(epoch=1, step=120, checkpoint="epoch-00001-step-000120")])
    stand_in.start(run)
    attached = Running(command("attach", run.id))
    attached.until_err("resumed  from step 120 of epoch 2\n")
    stand_in.tell(epoch(2), DONE, "end")
    assert attached.end()[0] == 0


def test_a_run_that_is_over_is_shown_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(accuracy=0.875)
    ended = call(capsys, "attach", run.id)
    assert ended.code == 0 and "0.8750" in ended.out
    assert ended.err == f"{run.id} has ended (done): there is nothing to follow\n"
    failed = finished_run(last=FAILED)
    ended = call(capsys, "attach", failed.id, "--json")
    assert json.loads(ended.out)["state"] == "failed" and "the loss is not a number" in ended.err
    ended = call(capsys, "attach", run.id, "--events")
    assert ended.code == 0 and '"kind": "done"' in ended.out.splitlines()[-1]


def test_one_that_nobody_trains_is_refused_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    dead, cut_off = finished_run(last=None), finished_run(last=None)
    gone(dead)
    elsewhere(cut_off, age=FRESH_SECONDS + 5)
    ended = call(capsys, "attach", dead.id)
    assert ended.code == 4 and f"tuilab: {dead.id} was interrupted" in ended.err
    assert f"  - tuilab resume {dead.id} continues" in ended.err
    ended = call(capsys, "attach", cut_off.id)
    assert ended.code == 4 and f"tuilab resume {cut_off.id} --take-over" in ended.err


def test_where_several_train_one_must_be_named(
    run: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    other = finished_run(last=None)
    stand_in.start(run)
    stand_in.start(other)
    assert_refused(call(capsys, "attach"), 2, "2 runs are training", run.id, other.id)
    assert summarize(run).state == summarize(other).state == "running"


def test_a_ctrl_c_that_hits_a_destructor_is_not_lost() -> None:
    """Python ignores what a destructor raises: so was a KeyboardInterrupt from the signal itself."""
    from tuilab.cli.interrupts import heard_at_a_look

    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with heard_at_a_look() as each_look:
        each_look()
        Interrupted()
        with pytest.raises(KeyboardInterrupt):
            each_look()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
