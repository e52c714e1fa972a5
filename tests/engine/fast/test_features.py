"""Frozen features: the fast path changes no result."""

from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, transfer, unit

from tuilab import presets
from tuilab.engine import evaluation, freezing, networks, optimizers, pixels
from tuilab.engine.fast import features
from tuilab.engine.splits import Split
from tuilab.engine.training import Trainer
from tuilab.experiment import AdamSpec, TransferSpec
from tuilab.experiment.experiment import Pixels
from tuilab.experiment.workload import Images, workload

pytestmark = pytest.mark.usefixtures("deterministic")

HEAD = {"dense": 8, "dropout": 0.5}


def computed(divided: features.Cut, scale: pixels.Scale, split: Split) -> Split:
    """The features of a split."""
    pieces = features.compute(divided, [divided.after], scale, [split.images], should_stop=lambda: False)
    return Split(np.concatenate([piece for (piece,) in pieces]), split.labels)


def lively(model: TransferSpec) -> Any:
    """The network, its base's kernels so large that images do not all look alike to the head."""
    keras.utils.set_random_seed(1)
    network = networks.build(model, CLASSES)
    rng = np.random.default_rng(0)
    for layer in network.get_layer("vgg16").layers:
        if layer.weights:
            shape = layer.kernel.shape
            layer.kernel.assign(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
    return network


@pytest.fixture(scope="module")
def three_blocks() -> Any:
    return networks.build(transfer(last_layer="block3_pool", head=HEAD), CLASSES)


@pytest.mark.parametrize(
    ("unfreeze", "after"),
    [
        ("none", "block3_pool"),
        ("last-2", "block3_conv2"),
        ("blocks:2,3", "block1_pool"),
        ("blocks:3", "block2_pool"),
        ("blocks:1,3", None),
        ("all", None),
        ("last-1", "block3_pool"),  # a pool has nothing to train
    ],
)
def test_the_cut_is_made_before_the_first_layer_that_trains(
    unfreeze: str, after: str | None, three_blocks: Any
) -> None:
    network = three_blocks
    freezing.set_trained_layers(
        network.get_layer("vgg16"), transfer(last_layer="block3_pool", unfreeze=unfreeze)
    )
    divided = features.cut(network)
    assert (divided and divided.after) == after
    if divided is not None:
        assert divided.prefix.trainable_variables == []
        rest, whole = divided.rest.trainable_variables, network.trainable_variables
        assert [v.path for v in rest] == [v.path for v in whole]
        assert all(a is b for a, b in zip(rest, whole, strict=True))
        freezing.check_rest(divided.rest, network)


def test_a_base_without_a_pool_is_not_worth_a_cut() -> None:
    """Its output is larger than the image."""
    network = networks.build(transfer(last_layer="block1_conv2", head=HEAD), CLASSES)
    assert features.cut(network) is None


def test_a_network_without_a_base_has_nothing_frozen() -> None:
    assert features.cut(networks.build(small_cnn(), CLASSES)) is None


@pytest.mark.parametrize("pixel_scale", ["unit", "standardize", "imagenet"])
def test_prefix_and_rest_together_are_the_whole(pixel_scale: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    network = lively(transfer(last_layer="block3_pool", unfreeze="blocks:3", head=HEAD))
    split = small_split(10)
    scale = pixels.scaling(pixel_scale, split.images)
    divided = features.cut(network)
    assert divided is not None
    monkeypatch.setattr(features, "BATCH", 4)  # a last batch that is smaller
    blocks = [split.images[:3], split.images[3:]]
    pieces = list(features.compute(divided, [divided.after], scale, blocks, should_stop=lambda: False))
    assert [len(piece) for (piece,) in pieces] == [4, 4, 2], "blocks are gone through as if they were one"
    computed = np.concatenate([piece for (piece,) in pieces])
    assert computed.shape == (10, *divided.shape) == (10, 8, 8, 128) and computed.dtype == divided.dtype
    assert computed[0].nbytes == divided.bytes_per_image
    whole = np.asarray(network(scale(split.images), training=False))
    parts = np.asarray(divided.rest(computed, training=False))
    assert whole.std(axis=0).max() > 1e-3
    np.testing.assert_allclose(parts, whole, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("unfreeze", ["none", "blocks:2"])
def test_an_epoch_from_frozen_features_is_the_epoch_of_the_whole_network(unfreeze: str) -> None:
    """Loss, penalty, gradient norm, validation and weights, dropout included."""
    model = transfer(last_layer="block2_pool", unfreeze=unfreeze, head=HEAD, l2=0.001)
    experiment = small_experiment(model, AdamSpec(kind="adam", learning_rate=0.001), batch_size=8)
    training, validation = small_split(20), small_split(10, seed=9)

    slow = lively(model)
    slow_trainer = new_trainer(experiment, slow, training)
    expected = slow_trainer.train_epoch(1)

    quick = lively(model)
    divided = features.cut(quick)
    assert divided is not None
    scale = pixels.scaling("unit", training.images)
    parts = [computed(divided, scale, part) for part in (training, validation)]
    quick_trainer = Trainer(
        experiment,
        divided.rest,
        optimizers.build(experiment.optimizer, "float32"),
        pixels.unscaled,
        parts[0],
        report=lambda record: None,
        should_stop=lambda: False,
    )
    means = quick_trainer.train_epoch(1)
    assert means == pytest.approx(expected, rel=1e-3)
    told = quick_trainer.evaluate(parts[1])
    assert told == pytest.approx(slow_trainer.evaluate(validation), rel=1e-3)
    # the whole network, which is the one that is tested and saved, has what its rest has learned
    whole = evaluation.Evaluator(quick, scale, should_stop=lambda: False).evaluate(validation)
    assert whole == pytest.approx(told, rel=1e-4)
    np.testing.assert_allclose(
        np.asarray(quick(unit(validation.images))), np.asarray(slow(unit(validation.images))), atol=2e-3
    )


def test_a_stop_ends_the_computing_of_features() -> None:
    network = networks.build(transfer(last_layer="block1_pool", head=HEAD), CLASSES)
    divided = features.cut(network)
    assert divided is not None
    with pytest.raises(evaluation.StopRequested):
        list(
            features.compute(
                divided,
                [divided.after],
                pixels.unscaled,
                [small_split(2).images],
                should_stop=lambda: True,
            )
        )


def test_what_an_image_gives_does_not_depend_on_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a run that reads features which a larger one kept trains the same numbers."""
    divided = features.cut(lively(transfer(last_layer="block1_pool", head=HEAD)))
    assert divided is not None
    monkeypatch.setattr(features, "BATCH", 8)
    split = small_split(30)
    many, few = (
        computed(divided, pixels.unscaled, Split(split.images[:n], split.labels[:n])) for n in (30, 13)
    )
    np.testing.assert_array_equal(many.images[:13], few.images)


def test_one_pass_gives_earlier_layers_too() -> None:
    divided = features.cut(lively(transfer(last_layer="block2_pool", head=HEAD)))
    assert divided is not None
    split = small_split(6)
    ((after, earlier),) = features.compute(
        divided, [divided.after, "block1_pool"], pixels.unscaled, [split.images], should_stop=lambda: False
    )
    np.testing.assert_allclose(
        earlier, divided.up_to("block1_pool")([split.images.astype("float32")]), rtol=1e-5
    )
    np.testing.assert_array_equal(after, computed(divided, pixels.unscaled, split).images)


@pytest.mark.parametrize(
    "name", ["iteration-i", "iteration-ii", "iteration-iii", "iteration-iv", "recorded-i"]
)
def test_an_estimate_counts_the_frozen_part_where_the_engine_divides(name: str) -> None:
    experiment = presets.find(name).experiment
    divided = features.cut(networks.build(experiment.model, 10))
    work = workload(experiment, Images(8, 2), memory=2.0**40)
    assert work.feature_bytes == (divided.bytes_per_image * 10 if divided else 0)
