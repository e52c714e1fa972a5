"""What was asked for after a run waits for it in the queue: resuming that run brings it about."""

import json
import os
import signal
from pathlib import Path

import pytest
from command_line import call
from records import DONE, STARTED, epoch
from stand_in import Running, StandIn, until

from tuilab.lab.successors import waiting
from tuilab.runs import store
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import LATER, Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness, read_lease

CHAIN = ["run", "--preset", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]
CHAIN += ["--name", "mine", "--epochs", "7"]


def detached(stand_in: StandIn) -> tuple[Run, Run]:
    """Start a chain in the background; return its two runs, of which the first trains."""
    stand_in.tell(STARTED, epoch(1))
    code, _, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    assert code == 0, err
    parent, child = store.list_runs()
    until(lambda: summarize(parent).epochs)
    return parent, child


def kill_worker(run: Run) -> None:
    lease = read_lease(run.lease)
    assert lease is not None
    os.kill(lease.pid, signal.SIGKILL)
    until(lambda: liveness(run.lease) == "dead")


def noted_before(parent: Run, child: Run) -> None:
    """Make the child one that an earlier version noted in its parent's folder."""
    planned = {
        "preset": "iteration-ii",
        "name": "mine",
        "experiment": child.experiment().model_dump(mode="json"),
    }
    (parent.folder / LATER).write_text(json.dumps({"then": [planned]}))
    store.discard(child)


def assert_child_of(parent: Run) -> None:
    first, child = store.list_runs()
    assert first.id == parent.id and child.manifest().parent == parent.id
    assert (child.manifest().preset, child.manifest().name) == ("iteration-ii", "mine")
    assert child.experiment().training.epochs == 7, "with the settings that were given"
    until(lambda: summarize(child).state == "done")
    assert not (parent.folder / LATER).exists() and not is_queued(child)


@pytest.mark.parametrize("noted", [False, True])
def test_a_chain_whose_first_worker_is_killed_goes_on_when_that_run_is_resumed(
    noted: bool, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, child = detached(stand_in)
    kill_worker(parent)
    if noted:
        noted_before(parent, child)
        said = f"iteration-ii is waiting for {parent.id} (interrupted): tuilab resume {parent.id} continues"
        assert said in call(capsys, "ps").err
    else:
        said = f"waits for {parent.id}, which was interrupted: tuilab resume {parent.id}"
        assert said in call(capsys, "ps").out
    assert f"tuilab resume {parent.id} continues from the beginning, then trains iteration-ii" in (
        call(capsys, "show", parent.id).out
    )
    stand_in.tell(DONE, "end")
    code, out, err = Running(stand_in.command("resume", parent.id)).end()
    assert code == 0, err
    assert "iteration-ii, which was requested with it" in err and "iteration-ii" in out
    assert_child_of(parent)
    assert call(capsys, "ps").err.startswith("nothing is training")


def test_in_the_background_too(stand_in: StandIn) -> None:
    parent, child = detached(stand_in)
    kill_worker(parent)
    code, out, err = Running(stand_in.command("resume", parent.id, "--detach")).end()
    assert (code, out) == (0, f"{parent.id}\n"), err
    assert f"iteration-ii is trained after it: {child.id} waits in the queue" in err
    stand_in.tell(DONE, "end")
    assert_child_of(parent)


@pytest.mark.parametrize("detach", [False, True])
def test_what_an_earlier_version_noted_of_a_run_that_is_done_is_trained_alone(
    detach: bool, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, child = detached(stand_in)
    noted_before(parent, child)
    stand_in.tell(DONE, "end")
    until(lambda: summarize(parent).state == "done")
    assert (
        f"iteration-ii is waiting for {parent.id} (done): tuilab resume {parent.id}" in call(capsys, "ps").err
    )
    code, _, err = Running(stand_in.command("resume", parent.id, *(["--detach"] if detach else []))).end()
    assert code == 0, err
    assert_child_of(parent)
    ended = call(capsys, "resume", parent.id)
    assert ended.code == 2 and "is done" in ended.err, "once"


def test_a_child_that_was_made_is_not_made_again(stand_in: StandIn) -> None:
    """Whoever made it was killed before it took the note away."""
    parent, child = detached(stand_in)
    noted_before(parent, child)
    kill_worker(parent)
    (step,) = waiting(parent)
    store.create(step.experiment, preset=step.preset, parent=parent.id)
    assert (parent.folder / LATER).exists() and waiting(parent) == []


def test_a_note_that_is_damaged_is_told(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    parent, child = detached(stand_in)
    kill_worker(parent)
    noted_before(parent, child)
    note = parent.folder / LATER
    note.write_bytes(note.read_bytes()[:40])
    ended = call(capsys, "resume", parent.id)
    assert ended.code == 2 and f"{note} is damaged" in ended.err and "remove that file" in ended.err
    assert f"{Path(note)} is damaged" in call(capsys, "show", parent.id).out.replace("\n", " ")
