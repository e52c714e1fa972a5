"""Real trainings that outlive their command: detached, attached to, stopped, resumed, forked."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import Ended, call, command, process
from leases import end_workers
from stand_in import Running

from tuilab.runs import store
from tuilab.runs.checkpoints import newest
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness

pytestmark = pytest.mark.slow

SMALL = ["run", "--preset", "baseline", "--data", "digits", "--device", "cpu", "--limit", "400"]
for setting in (
    "model.filters=[4]",
    "model.convolutions=1",
    "model.pool=4",
    "model.dense=8",
    "training.batch_size=4",
):
    SMALL += ["--set", setting]
EPOCHS = 6


@pytest.fixture(autouse=True)
def _nothing_trains_on() -> Iterator[None]:
    """No worker outlives its test."""
    yield
    end_workers()


def numbers(ended: Ended) -> dict[str, Any]:
    """Return what a run measured, but for its seconds."""
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    history = {name: values for name, values in told["history"].items() if name != "seconds"}
    return {"history": history, "test": (told["test_accuracy"], told["test_cross_entropy"])}


def test_detached_stopped_and_resumed_it_ends_as_if_nothing_had_happened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*SMALL, "--epochs", str(EPOCHS)]
    ended = process(*words, "--detach")
    run = store.list_runs()[0]
    assert (ended.code, ended.out) == (0, f"{run.id}\n")
    (told,) = json.loads(call(capsys, "ps", "--json").out)
    assert (told["run"], told["state"]) == (run.id, "running")

    attached = Running(command("attach"))
    attached.until_err("epoch 1/6")
    os.kill(told["pid"], signal.SIGSTOP)  # so that it is not done before it is asked to stop
    attached.send(signal.SIGINT)
    code, out, err = attached.end()
    assert (code, out) == (130, "") and f"{run.id} keeps training" in err

    os.kill(told["pid"], signal.SIGCONT)
    ended = call(capsys, "stop", run.id)
    assert ended.code == 0 and " stopped after " in ended.out
    summary = summarize(run)
    assert summary.state == "stopped" and 1 <= len(summary.epochs) < EPOCHS
    saved, skipped = newest(run.checkpoints)
    assert saved is not None and not skipped
    shown = call(capsys, "show", run.id).out
    assert ended.out.partition("; ")[2].strip() in shown, "both say from where it goes on"

    resumed = numbers(process("resume", run.id, "--json"))
    assert len(store.list_runs()) == 1
    assert resumed == numbers(process(*words, "--json")), "to the last digit"

    words = ["--at-epoch", "5", "--set", "optimizer.learning_rate=0.05", "--json"]
    ended = process("fork", run.id, *words)
    forked, child = numbers(ended), store.list_runs()[-1]
    assert (child.manifest().parent, child.manifest().forked_at) == (run.id, 5)
    assert "changed  optimizer.learning_rate=0.05" in ended.err
    for name, values in forked["history"].items():
        assert values[:5] == resumed["history"][name][:5]
    assert forked["history"]["cross_entropy"][5:] != resumed["history"]["cross_entropy"][5:]
    assert len(forked["history"]["accuracy"]) == EPOCHS


def test_a_run_whose_reader_went_away_trains_on_and_is_attached_to_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["bash", "-c", '"$@" --events | head -1', "-", *command(*SMALL, "--epochs", "400")]
    piped = subprocess.run(words, capture_output=True, text=True, timeout=120)
    (run,) = store.list_runs()
    assert json.loads(piped.stdout)["record"]["kind"] == "started"
    assert f"{run.id} keeps training without this terminal; tuilab attach {run.id} follows it" in piped.stderr
    assert "Traceback" not in piped.stderr and "Broken" not in piped.stderr

    attached = Running(command("attach"))
    attached.until_err("epoch   2/400")
    assert liveness(run.lease) == "alive"
    ended = call(capsys, "stop", run.id, "--now")
    assert ended.code == 0 and f"{run.id} was ended immediately; tuilab resume {run.id}" in ended.out
    code, _, err = attached.end()
    assert code == 4 and f"tuilab: {run.id} was interrupted" in err
    assert summarize(run).state == "interrupted"
    assert "interrupted, resumable" in call(capsys, "ps").out
