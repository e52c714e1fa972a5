"""A network that computes the quick way is the same network."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, transfer, unit

from tuilab.engine import evaluation, freezing, networks
from tuilab.engine.fast import features, fused_norm, quick_layers

pytestmark = pytest.mark.usefixtures("deterministic")


def ways(network: Any) -> list[str]:
    """The names of the layers that go the quick way."""
    return [layer.name.removesuffix("_quick") for layer in network.layers if layer.name.endswith("_quick")]


def a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a GPU compute, as far as the choice of ways goes."""
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["a GPU"])


@pytest.mark.parametrize(("precision", "on_cpu"), [("float32", ["block1_conv1_bn"]), ("mixed_bfloat16", [])])
def test_maps_are_normalized_by_the_fused_kernel_on_a_gpu_in_every_precision_and_on_a_cpu_in_float32(
    precision: str, on_cpu: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keras.config.set_dtype_policy(precision)
    network = networks.build(small_cnn(batch_norm=True), CLASSES)
    assert ways(quick_layers.rebuilt(network)) == on_cpu
    a_gpu(monkeypatch)
    assert ways(quick_layers.rebuilt(network)) == ["block1_conv1_bn"]


def test_a_gpu_multiplies_small_maps_as_its_library_does(monkeypatch: pytest.MonkeyPatch) -> None:
    network = networks.build(transfer(unfreeze="all", head={"dense": 8}), CLASSES)
    a_gpu(monkeypatch)
    assert ways(quick_layers.rebuilt(network)) == ["dense_dropout"]


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_where_xla_compiles_pooling_and_dropout_go_ways_of_their_own(precision: str) -> None:
    keras.config.set_dtype_policy(precision)
    network = networks.build(small_cnn(dropout=0.5), CLASSES)
    assert quick_layers.rebuilt(network) is network
    rebuilt = quick_layers.rebuilt(network, xla=True)
    assert ways(rebuilt) == ["block1_pool", "block1_dropout", "dense_dropout"]
    freezing.check_rest(rebuilt, network)


def test_a_rebuilt_base_shares_every_variable_and_has_the_same_penalties_and_output() -> None:
    network = networks.build(transfer(unfreeze="all", head={"dense": 8}, l2=0.01), CLASSES)
    rebuilt = quick_layers.rebuilt(network)
    assert ways(rebuilt) == [f"block{block}_conv{n}" for block in (4, 5) for n in (1, 2, 3)]
    freezing.check_rest(rebuilt, network)
    assert float(sum(rebuilt.losses)) == pytest.approx(float(sum(network.losses)), rel=1e-6)
    images = unit(small_split(4).images)
    np.testing.assert_allclose(rebuilt(images), network(images), rtol=1e-4, atol=1e-6)


def test_the_rest_of_a_divided_network_takes_it_too() -> None:
    network = networks.build(transfer(unfreeze="last-3", head={"dense": 8}), CLASSES)
    divided = features.cut(network)
    assert divided is not None
    assert ways(divided.rest) == ["block5_conv2", "block5_conv3"]
    freezing.check_rest(divided.rest, network)


def test_a_network_that_has_nothing_to_gain_is_left_as_it_is() -> None:
    network = networks.build(small_cnn(), CLASSES)
    assert quick_layers.rebuilt(network) is network


@pytest.mark.parametrize("training", [True, False])
def test_a_fused_normalization_is_keras_batch_normalization(training: bool) -> None:
    """Output, moving statistics and gradients."""
    x = tf.constant(np.random.default_rng(0).normal(2.0, 3.0, size=(4, 3, 3, 5)), tf.float32)
    told: list[Any] = []
    for quick in (True, False):
        norm: Any = keras.layers.BatchNormalization(momentum=0.8)
        norm.build(x.shape)
        norm.gamma.assign([1.0, 2.0, 0.5, -1.0, 3.0])
        norm.beta.assign([0.0, 1.0, 2.0, 3.0, 4.0])
        norm.moving_variance.assign([1.0, 2.0, 3.0, 4.0, 5.0])
        assert fused_norm.pays(norm, tuple(x.shape))
        layer = quick_layers.quick(norm, fused_norm) if quick else norm
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            nats = tf.reduce_sum(tf.sin(y))
        gradients = tape.gradient(nats, [x, norm.gamma.value, norm.beta.value])
        told.append([y, norm.moving_mean.value, norm.moving_variance.value, *gradients])
    for ours, theirs in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5)


def test_a_frozen_normalization_keeps_its_statistics() -> None:
    norm: Any = keras.layers.BatchNormalization()
    norm.build((None, 3, 3, 2))
    norm.trainable = False
    x = np.random.default_rng(0).normal(5.0, 1.0, size=(4, 3, 3, 2)).astype(np.float32)
    np.testing.assert_allclose(quick_layers.quick(norm, fused_norm)(x, training=True), norm(x), rtol=1e-5)
    assert norm.moving_mean.numpy().tolist() == [0, 0]
    assert not fused_norm.pays(norm, (None, 3, 3, 2)), "no GPU computes its gradient deterministically"


@pytest.mark.parametrize(
    ("settings", "shape"),
    [({}, (None, 8)), ({"axis": 1}, (None, 3, 3, 2)), ({"center": False}, (None, 3, 3, 2))],
)
def test_other_normalizations_are_left_to_keras(
    settings: dict[str, Any], shape: tuple[int | None, ...]
) -> None:
    norm: Any = keras.layers.BatchNormalization(**settings)
    norm.build(shape)
    assert not fused_norm.pays(norm, shape)


def test_an_epoch_the_quick_way_is_the_epoch_of_the_network_as_it_is() -> None:
    """Means, weights, moving statistics and validation."""
    experiment, split, validation = small_experiment(small_cnn()), small_split(40), small_split(20, seed=9)
    told: list[Any] = []
    for rebuild in (quick_layers.rebuilt, lambda network: network):
        keras.utils.set_random_seed(1)
        network = networks.build(small_cnn(batch_norm=True, bn_momentum=0.8), CLASSES)
        trainer = new_trainer(experiment, rebuild(network), split)
        means = trainer.train_epoch(1)
        told.append((means, trainer.evaluate(validation), network.get_weights()))
    (means, validated, weights), (expected, expected_validated, expected_weights) = told
    assert means["cross_entropy"] == pytest.approx(expected["cross_entropy"], rel=1e-5)
    assert validated == pytest.approx(expected_validated, rel=1e-4)
    for ours, theirs in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_a_network_is_measured_on_as_many_images_as_its_largest_map_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = networks.build(small_cnn(), CLASSES)  # four maps of 32x32 values, 16 KiB
    assert evaluation.batch_of(network) == 1000
    monkeypatch.setitem(evaluation.MAP_BYTES, "CPU", 2**20)
    assert evaluation.batch_of(network) == 64
    monkeypatch.setitem(evaluation.MAP_BYTES, "CPU", 1)
    assert evaluation.batch_of(network) == evaluation.LEAST
