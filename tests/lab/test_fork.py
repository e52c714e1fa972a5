"""A fork continues from a checkpoint with something changed, never with what it could not continue with."""

import shutil

import pytest
from checkpoint_folders import written
from finished_runs import finished_run
from records import epoch

from tuilab.errors import MissingError, UsageError
from tuilab.lab.fork import fork, forkable_epochs
from tuilab.results.changes import Origin
from tuilab.results.rows import fixed
from tuilab.runs import checkpoints
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


@pytest.fixture
def parent() -> Run:
    """A run of five epochs, the third the best, with checkpoints of three, four and five."""
    accuracies = {1: 0.1, 2: 0.2, 3: 0.9, 4: 0.5, 5: 0.6}
    epochs = [epoch(n, val_accuracy=accuracy) for n, accuracy in accuracies.items()]
    run = finished_run("bn", epochs=epochs)
    for number in (3, 4, 5):
        written(run.checkpoints, number, history=tuple(epochs[:number]))
    written(run.checkpoints, 5, 7)
    return run


def test_a_fork_is_a_run_with_the_parents_checkpoint_and_one_thing_changed(parent: Run) -> None:
    made = fork(parent, "4", ["optimizer.learning_rate=0.5"], name="faster")
    assert made.changed == ("optimizer.learning_rate=0.5",)
    child = made.start()
    manifest = child.manifest()
    assert (manifest.parent, manifest.forked_at, manifest.preset, manifest.name) == (
        parent.id,
        4,
        "bn",
        "faster",
    )
    assert child.experiment().optimizer.learning_rate == 0.5
    assert child.experiment().model == parent.experiment().model
    saved, _ = checkpoints.newest(child.checkpoints)
    assert saved is not None and saved.manifest.position.epoch == 4
    assert checkpoints.whole_epochs(child.checkpoints) == [4]
    assert summarize(child).state == "waiting"


def test_it_does_not_need_its_parent_any_more(parent: Run) -> None:
    child = fork(parent, "5", ["training.epochs=9"]).start()
    shutil.rmtree(parent.folder)
    assert checkpoints.newest(child.checkpoints)[0] is not None


@pytest.mark.parametrize(("words", "number"), [("last", 5), ("best", 3), ("3", 3), ("5", 5)])
def test_an_epoch_is_a_number_or_last_or_best(words: str, number: int, parent: Run) -> None:
    assert fork(parent, words, ["training.epochs=9"]).epoch == number


def test_without_a_change_it_trains_the_epochs_that_are_left_as_its_parent_did(parent: Run) -> None:
    made = fork(parent, "3", [])
    assert made.experiment == parent.experiment() and made.changed == ()


@pytest.mark.parametrize("words", ["1", "2", "6", "0", "-3", "³", "3.0", "", "9" * 400, "first", "\x1b[31m"])
def test_another_epoch_is_refused_with_those_that_there_are(words: str, parent: Run) -> None:
    with pytest.raises(UsageError) as caught:
        fork(parent, words, [])
    assert "it must be one of 3, 4, 5, last and best" in caught.value.sentence
    assert "\x1b" not in caught.value.sentence and len(caught.value.sentence) < 200


@pytest.mark.parametrize(
    "change",
    [
        "model.dense=64",
        "model.batch_norm=false",
        "model.kind=transfer",
        "data.source=cifar10",
        "training.limit=100",
        "training.validation=last-20%",
    ],
)
def test_what_would_be_another_network_or_other_images_is_refused(change: str, parent: Run) -> None:
    with pytest.raises(UsageError, match=r"a fork cannot change (model|data|training)\."):
        fork(parent, "3", [change])


@pytest.mark.parametrize(
    "change",
    [
        "optimizer.kind=adamw",
        "training.batch_size=8",
        "training.seed=7",
        "model.l2=0.1",
        "model.bn_momentum=0.5",
        "model.dropout=0",
        "data.pixels=imagenet",
        "training.keep_checkpoints=all",
    ],
)
def test_what_leaves_weights_and_images_as_they_are_is_allowed(change: str, parent: Run) -> None:
    assert any(change in changed for changed in fork(parent, "3", [change]).changed)


def test_nothing_left_to_train_is_refused_with_what_would_help(parent: Run) -> None:
    with pytest.raises(UsageError, match=r"after epoch 5 of 5 .* train longer: training\.epochs=10"):
        fork(parent, "last", ["optimizer.learning_rate=0.5"])


def test_a_damaged_checkpoint_is_refused(parent: Run) -> None:
    (parent.checkpoints / "epoch-00004" / "trained.npz").write_bytes(b"else")
    with pytest.raises(MissingError, match="is damaged"):
        fork(parent, "4", [])


def test_a_run_without_a_checkpoint_cannot_be_forked() -> None:
    run = finished_run("bn")
    assert forkable_epochs(run) == []
    with pytest.raises(MissingError, match="has no checkpoint of a whole epoch"):
        fork(run, "last", [])


def test_a_fork_never_stands_for_its_presets_own_run(parent: Run) -> None:
    child = fork(parent, "3", []).start()
    origin = Origin(parent.manifest(), parent.experiment())
    row = fixed(child.experiment(), child.manifest(), origin).values
    assert row["parent"] == parent.id
    assert f"fork of {parent.id} at epoch 3" in row["changed"]
