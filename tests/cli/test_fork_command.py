"""``tuilab fork``: a run of its own from another's checkpoint, which stays as it is."""

import json

import pytest
from checkpoint_folders import written
from command_line import assert_refused, call
from finished_runs import finished_run
from records import DONE, STARTED, epoch
from stand_in import Running, StandIn

from tuilab.runs import store
from tuilab.runs.journal.records import Resumed
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness


@pytest.fixture
def parent() -> Run:
    """A run of three epochs, the second the best, with checkpoints of two and three."""
    epochs = [epoch(1, val_accuracy=0.1), epoch(2, val_accuracy=0.9), epoch(3, val_accuracy=0.5)]
    run = finished_run(epochs=epochs)
    for number in (2, 3):
        written(run.checkpoints, number, history=tuple(epochs[:number]))
    return run


def test_it_shows_the_parent_and_what_changed_and_the_outcome(parent: Run, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, Resumed(epoch=2, step=0, checkpoint="epoch-00002"), epoch(3), DONE, "end")
    words = [
        "fork",
        parent.id,
        "--at-epoch",
        "best",
        "--set",
        "optimizer.learning_rate=0.5",
        "--name",
        "faster",
    ]
    code, out, err = Running(stand_in.command(*words, "--json")).end()
    assert code == 0, err
    assert f"fork     of {parent.id} after epoch 2\n" in err
    assert "changed  optimizer.learning_rate=0.5\n" in err and "resumed  from the end of epoch 2\n" in err
    told, child = json.loads(out), store.list_runs()[-1]
    assert (told["run"], told["parent"], told["name"]) == (child.id, parent.id, "faster")
    assert child.experiment().optimizer.learning_rate == 0.5
    assert child.manifest().forked_at == 2 and summarize(parent).state == "done"


def test_detached_it_prints_the_forks_id(
    parent: Run, stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    ended = call(capsys, "fork", parent.id, "--detach")
    child = store.list_runs()[-1]
    assert (ended.code, ended.out) == (0, f"{child.id}\n") and child.id != parent.id
    assert f"of {parent.id} after epoch 3" in ended.err and "changed  nothing" in ended.err
    assert "from the end of epoch 3; tuilab attach" in ended.err
    assert liveness(child.lease) == "alive"


def test_show_tells_a_fork_and_what_can_be_forked(
    parent: Run, capsys: pytest.CaptureFixture[str], stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = call(capsys, "show", parent.id).out
    assert f"forks    can start from epochs 2, 3: tuilab fork {parent.id} --at-epoch N" in shown
    monkeypatch.setattr("sys.executable", str(stand_in.python))
    call(capsys, "fork", parent.id, "--at-epoch", "2", "--detach")
    shown = call(capsys, "show", "latest").out
    assert f"fork     of {parent.id} after epoch 2\n" in shown
    assert "forks    can start from epoch 2:" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at-epoch", "1"], ["no checkpoint of epoch '1'", "it must be one of 2, 3, last and best"]),
        (["--at-epoch", "\x1b[2J"], ["no checkpoint of epoch '\\e[2J'"]),
        (["--set", "model.dropout=2"], ["model.dropout = 2"]),
        (["--set", "model.filters=[3]"], ["a fork cannot change model.filters"]),
        (["--set", "training.epochs=3"], ["nothing left to train", "training.epochs=8"]),
        (["--detach", "--json"], ["--detach exits before"]),
    ],
)
def test_what_cannot_be_forked_is_a_sentence_and_makes_nothing(
    words: list[str], said: list[str], parent: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(call(capsys, "fork", parent.id, *words), 2, *said)
    assert [run.id for run in store.list_runs()] == [parent.id]


def test_without_a_checkpoint_there_is_no_fork(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run()
    assert_refused(call(capsys, "fork", run.id), 3, f"{run.id} has no checkpoint of a whole epoch")
