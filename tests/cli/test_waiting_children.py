"""What was asked for after a run is not lost with the process that waited for it: resuming brings it back."""

import os
import signal
from pathlib import Path

import pytest
from command_line import call
from finished_runs import DONE, epoch
from stand_in import Running, StandIn, has_ended, until

from tuilab.lab.successors import waiting
from tuilab.runs import store
from tuilab.runs.journal.records import Started
from tuilab.runs.store import LATER, Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import read_lease

CHAIN = ["run", "--preset", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]
CHAIN += ["--name", "mine", "--epochs", "7"]
STARTED = Started(pid=1, host="h", versions={})


def detached(stand_in: StandIn) -> tuple[Run, int]:
    """Start a chain in the background; return its first run and the process that waits for that."""
    stand_in.tell(STARTED, epoch(1))
    code, _, err = Running(stand_in.command(*CHAIN, "--detach")).end()
    assert code == 0, err
    (parent,) = store.list_runs()
    until(lambda: summarize(parent).epochs)
    return parent, int(err.partition("process ")[2].split()[0])


def kill_worker(run: Run) -> None:
    lease = read_lease(run.lease)
    assert lease is not None
    os.kill(lease.pid, signal.SIGKILL)


def assert_child_of(parent: Run) -> None:
    first, child = store.list_runs()
    assert first.id == parent.id and child.manifest().parent == parent.id
    assert (child.manifest().preset, child.manifest().name) == ("iteration-ii", "mine")
    assert child.experiment().training.epochs == 7, "with the settings that were given"
    assert summarize(child).state == "done"
    assert not (parent.folder / LATER).exists() and not (child.folder / LATER).exists()


def test_a_chain_whose_first_worker_is_killed_goes_on_when_that_run_is_resumed(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, waiter = detached(stand_in)
    kill_worker(parent)
    until(lambda: has_ended(waiter))
    said = f"iteration-ii is waiting for {parent.id} (interrupted): tuilab resume {parent.id} continues it"
    assert said in call(capsys, "ps").err
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
    parent, waiter = detached(stand_in)
    kill_worker(parent)
    until(lambda: has_ended(waiter))
    code, out, err = Running(stand_in.command("resume", parent.id, "--detach")).end()
    assert (code, out) == (0, f"{parent.id}\n"), err
    assert "iteration-ii is trained after it: process " in err
    stand_in.tell(DONE, "end")
    until(lambda: len(store.list_runs()) == 2 and summarize(store.list_runs()[1]).state == "done")
    assert_child_of(parent)


@pytest.mark.parametrize("detach", [False, True])
def test_where_only_the_waiting_process_was_killed_the_child_alone_is_trained(
    detach: bool, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, waiter = detached(stand_in)
    os.kill(waiter, signal.SIGKILL)
    until(lambda: has_ended(waiter))
    stand_in.tell(DONE, "end")
    until(lambda: summarize(parent).state == "done")
    assert (
        f"iteration-ii is waiting for {parent.id} (done): tuilab resume {parent.id}" in call(capsys, "ps").err
    )
    code, _, err = Running(stand_in.command("resume", parent.id, *(["--detach"] if detach else []))).end()
    assert code == 0, err
    until(lambda: len(store.list_runs()) == 2 and summarize(store.list_runs()[1]).state == "done")
    assert_child_of(parent)
    ended = call(capsys, "resume", parent.id)
    assert ended.code == 2 and "is done" in ended.err, "once"


def test_a_child_that_was_made_is_not_made_again(stand_in: StandIn) -> None:
    """Whoever made it was killed before it took the note away."""
    parent, waiter = detached(stand_in)
    os.kill(waiter, signal.SIGKILL)
    kill_worker(parent)
    (step,) = waiting(parent)
    store.create(step.experiment, preset=step.preset, parent=parent.id)
    assert (parent.folder / LATER).exists() and waiting(parent) == []


def test_a_note_that_is_damaged_is_told(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    parent, waiter = detached(stand_in)
    kill_worker(parent)
    until(lambda: has_ended(waiter))
    note = parent.folder / LATER
    assert note.stat().st_mode & 0o777 == 0o600
    note.write_bytes(note.read_bytes()[:40])
    ended = call(capsys, "resume", parent.id)
    assert ended.code == 2 and f"{note} is damaged" in ended.err and "remove that file" in ended.err
    assert f"{Path(note)} is damaged" in call(capsys, "show", parent.id).out.replace("\n", " ")
