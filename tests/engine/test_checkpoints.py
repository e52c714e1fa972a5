"""Tensors of a checkpoint: all that the next step depends on comes back to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from records import INITIAL
from small_experiments import (
    CLASSES,
    MOMENTUM,
    new_trainer,
    small_cnn,
    small_experiment,
    small_split,
    transfer,
    values,
)

from tuilab.engine import checkpoints, networks
from tuilab.engine.checkpoints import Checkpointer
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.training import Trainer
from tuilab.errors import MissingError
from tuilab.experiment import AdamSpec, AdamWSpec, ModelSpec, OptimizerSpec, SgdSpec
from tuilab.runs.checkpoints import FROZEN, Position, read
from tuilab.runs.metrics import METRICS

CNN = small_cnn(batch_norm=True, dropout=0.2)
ADAM = AdamSpec(kind="adam", learning_rate=0.01)


def started(model: ModelSpec, optimizer: OptimizerSpec = ADAM) -> tuple[Any, Trainer]:
    import keras

    keras.utils.set_random_seed(1)
    network = networks.build(model, CLASSES)
    return network, new_trainer(small_experiment(model, optimizer), network, small_split(48))


def checkpointer(folder: Path, network: Any, trainer: Trainer, **changed: Any) -> Checkpointer:
    settings: dict[str, Any] = {
        "experiment_digest": "e1",
        "dataset_digest": "d1",
        "weights": INITIAL,
        "optimizer_kind": "adam",
        "features": False,
        "before": None,
        **changed,
    }
    return Checkpointer(folder, network, trainer.steps.optimizer, **settings)


@pytest.mark.parametrize("optimizer", [ADAM, AdamWSpec(kind="adamw"), SgdSpec(kind="sgd", momentum=0.9)])
def test_a_training_goes_on_from_it_as_if_it_had_never_stopped(
    optimizer: OptimizerSpec, tmp_path: Path, deterministic: None
) -> None:
    network, trainer = started(CNN, optimizer)
    trainer.train_epoch(1)
    keep = checkpointer(tmp_path, network, trainer, optimizer_kind=optimizer.kind)
    saved = keep.save(Position(1), [], 0.0)
    second = trainer.train_epoch(2)

    other, goes_on = started(CNN, optimizer)
    read_back = read(saved.folder)
    checkpoints.load_weights(read_back, other)
    assert checkpoints.load_optimizer(read_back, other, goes_on.steps.optimizer, optimizer.kind)
    goes_on.resume_from(read_back.manifest.position)
    assert goes_on.train_epoch(2) == second
    ours, theirs = values(network), values(other)
    assert all(np.array_equal(ours[path], theirs[path]) for path in ours)


def test_an_epoch_goes_on_from_the_step_at_which_it_was_left(tmp_path: Path, deterministic: None) -> None:
    whole = started(CNN)[1].train_epoch(1)

    network, stopped = started(CNN)
    answers = iter([False, True])
    stopped._should_stop = lambda: next(answers)
    with pytest.raises(StopRequested):
        stopped.train_epoch(1)
    position = stopped.position()
    assert (position.epoch, position.step) == (0, 1) and position.sums["images"] == 16, (
        "the images of one batch"
    )
    saved = checkpointer(tmp_path, network, stopped).save(position, [], 0.0)

    other, goes_on = started(CNN)
    checkpoints.load_weights(saved, other)
    assert checkpoints.load_optimizer(saved, other, goes_on.steps.optimizer, "adam")
    goes_on.resume_from(read(saved.folder).manifest.position)
    assert goes_on.train_epoch(1) == whole


EARLIER = Path(__file__).parent / "earlier" / "epoch-00000-step-000001"
"""Written after one of three steps, by a version in which sums had no names: SGD of ``SMALLEST``."""
SMALLEST = small_cnn(batch_norm=True, dropout=0.2, filters=(2,), pool=16, dense=3)


def test_an_epoch_goes_on_from_a_checkpoint_of_an_earlier_version(deterministic: None) -> None:
    whole = started(SMALLEST, MOMENTUM)[1].train_epoch(1)
    saved = read(EARLIER)
    network, goes_on = started(SMALLEST, MOMENTUM)
    checkpoints.load_weights(saved, network)
    assert checkpoints.load_optimizer(saved, network, goes_on.steps.optimizer, "sgd")
    goes_on.resume_from(saved.manifest.position)
    means = goes_on.train_epoch(1)
    # the first step may have been another processor's
    since = {metric.name for metric in METRICS[2:]}  # of which that step was not counted
    assert means == pytest.approx({n: v for n, v in whole.items() if n not in since}, rel=1e-4)
    assert not since & set(goes_on.position().sums)
    assert set(goes_on.train_epoch(2)) == set(whole), "the next epoch has all of them"


def test_weights_that_never_change_are_one_file_under_many_names(tmp_path: Path) -> None:
    model = transfer(last_layer="block2_pool", unfreeze="last-2")
    network, trainer = started(model)
    keep = checkpointer(tmp_path, network, trainer)
    first, second = keep.save(Position(1), [], 0.0), keep.save(Position(2), [], 0.0)
    inodes = {(saved.folder / FROZEN).stat().st_ino for saved in (first, second)}
    assert len(inodes) == 1
    assert first.manifest.files[FROZEN] == second.manifest.files[FROZEN]
    assert read(second.folder).manifest == second.manifest
    frozen = {network.weights[n].path for n in first.manifest.frozen}
    assert {path.split("/")[-2] for path in frozen} == {"block1_conv1", "block1_conv2", "block2_conv1"}


def test_they_are_written_anew_where_somebody_deleted_them(tmp_path: Path) -> None:
    network, trainer = started(transfer(last_layer="block1_pool"))
    keep = checkpointer(tmp_path, network, trainer)
    (keep.save(Position(1), [], 0.0).folder / FROZEN).unlink()
    assert FROZEN in read(keep.save(Position(2), [], 0.0).folder).manifest.files


def test_a_cnn_has_nothing_that_never_changes(tmp_path: Path) -> None:
    network, trainer = started(CNN)
    saved = checkpointer(tmp_path, network, trainer).save(Position(1), [], 0.0)
    assert saved.manifest.frozen == () and not (saved.folder / FROZEN).exists()
    assert len(saved.manifest.trained) == len(network.weights), "moving statistics among them"


def test_a_frozen_batch_normalization_keeps_its_statistics() -> None:
    network = networks.build(CNN, CLASSES)
    normalization = next(layer for layer in network.layers if layer.name.endswith("_bn"))
    normalization.trainable = False
    _, frozen = checkpoints.places(network)
    assert len(frozen) == 4


def test_the_learning_rate_is_the_experiments_and_no_checkpoints(tmp_path: Path) -> None:
    network, trainer = started(CNN)
    trainer.train_epoch(1)
    saved = checkpointer(tmp_path, network, trainer).save(Position(1), [], 0.0)
    other, slower = started(CNN, AdamSpec(kind="adam", learning_rate=0.001))
    assert checkpoints.load_optimizer(saved, other, slower.steps.optimizer, "adam")
    assert float(slower.steps.optimizer.learning_rate) == pytest.approx(0.001)
    assert int(slower.steps.optimizer.iterations) == 3, "which corrects Adam's bias"


@pytest.mark.parametrize(
    ("optimizer", "kind", "model"),
    [
        (SgdSpec(kind="sgd", momentum=0.9), "sgd", CNN),
        (SgdSpec(kind="sgd"), "adam", CNN),
    ],
    ids=["another kind", "different variables"],
)
def test_the_state_of_another_optimizer_is_not_taken(
    optimizer: OptimizerSpec, kind: str, model: ModelSpec, tmp_path: Path
) -> None:
    network, trainer = started(CNN)
    saved = checkpointer(tmp_path, network, trainer).save(Position(1), [], 0.0)
    other, fresh = started(model, optimizer)
    assert not checkpoints.load_optimizer(saved, other, fresh.steps.optimizer, kind)


def test_the_state_of_other_trained_layers_is_not_taken(tmp_path: Path) -> None:
    network, trainer = started(transfer(last_layer="block1_pool"))
    saved = checkpointer(tmp_path, network, trainer).save(Position(1), [], 0.0)
    other, fresh = started(transfer(last_layer="block1_pool", unfreeze="all"))
    checkpoints.load_weights(saved, other)
    assert not checkpoints.load_optimizer(saved, other, fresh.steps.optimizer, "adam")


@pytest.mark.parametrize(
    "other", [small_cnn(batch_norm=True, dense=9), small_cnn()], ids=["wider", "without BN"]
)
def test_another_network_is_refused_and_nothing_is_loaded(other: ModelSpec, tmp_path: Path) -> None:
    network, trainer = started(CNN)
    saved = checkpointer(tmp_path, network, trainer).save(Position(1), [], 0.0)
    stranger = networks.build(other, CLASSES)
    before = values(stranger)
    with pytest.raises(MissingError, match="belongs to a different network"):
        checkpoints.load_weights(saved, stranger)
    assert all(np.array_equal(before[path], array) for path, array in values(stranger).items())
