"""A training that diverged is called that, and told how to continue: from before, in smaller steps."""

import json
import math
import re

import pytest
from checkpoint_folders import written
from command_line import call
from finished_runs import finished_run
from records import FAILED, epoch

from tuilab.cli.training import conclude
from tuilab.errors import RunError
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

WHY = "the cross-entropy is nan by epoch 3, step 12 (learning rate 2)"
DIVERGED = FAILED.model_copy(update={"reason": f"the training diverged: {WHY}"})


def diverged(*, kept: tuple[int, ...] = (1, 2)) -> Run:
    """Make a run that diverged in its third epoch and keeps these epochs' checkpoints."""
    epochs = [
        epoch(1, val_accuracy=0.3),
        epoch(2, val_accuracy=0.1, cross_entropy=1.1884e24, val_cross_entropy=7.5e23),
    ]
    run = finished_run("bn", {"optimizer.learning_rate": 2.0}, epochs=epochs, last=DIVERGED)
    for number in kept:
        written(run.checkpoints, number, history=tuple(epochs[:number]))
    return run


def test_every_command_calls_it_diverged(capsys: pytest.CaptureFixture[str]) -> None:
    run = diverged()
    assert f"state    diverged: {WHY}" in call(capsys, "show", run.id).out
    assert "diverged" in call(capsys, "ps", "--all").out.split()
    for words in (("show", run.id, "--json"), ("ps", "--all", "--json")):
        told = json.loads(call(capsys, *words).out)
        row = told[0] if isinstance(told, list) else told
        assert (row["state"], row["diverged"]) == ("failed", True), "who reads state finds what was there"
    assert f"has ended (diverged, {WHY})" in call(capsys, "attach", run.id).err
    assert "it is diverged" in call(capsys, "stop", run.id).err


def test_a_fork_from_before_is_advised_and_that_fork_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    run = diverged()
    shown = call(capsys, "show", run.id).out
    assert "resume" not in shown
    advised = f"tuilab fork {run.id} --at-epoch 1 --set optimizer.learning_rate=0.2"
    assert advised in shown, "of the two checkpoints the better one"
    from tuilab.lab.fork import fork

    assert fork(run, "1", ["optimizer.learning_rate=0.2"]).epoch == 1
    with pytest.raises(RunError) as raised:
        conclude(summarize(run))
    assert any(advised in remedy for remedy in raised.value.remedies)
    assert not any("resume" in remedy for remedy in raised.value.remedies)


def test_without_a_checkpoint_it_is_trained_again(capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "show", diverged(kept=()).id).out
    assert "tuilab run --preset bn --data digits --set optimizer.learning_rate=0.2" in shown
    assert "resume" not in shown and "tuilab fork" not in shown


def test_no_number_is_longer_than_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """Cross-entropies of 24 digits stood in the epochs' lines of a log."""
    shown = call(capsys, "show", diverged().id).out
    assert "cross-entropy 1.19e24 val 7.50e23" in shown
    lines = [line for line in shown.splitlines() if line.startswith(("epoch", "last"))]
    assert lines and not any(re.search(r"\d{8}", line) for line in lines)
    finished_run(accuracy=0.1, cross_entropy=3.25e30)
    assert "3.25e30" in call(capsys, "results").out and "3.25e30" in call(capsys, "show", "latest").out
    finished_run(accuracy=0.1, cross_entropy=math.nan)
    assert "NaN" in call(capsys, "show", "latest").out
