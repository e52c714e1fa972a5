"""Networks against the course's description: order of layers, counts made by hand, plain Keras."""

from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, small_cnn, transfer, values

from tuilab import presets
from tuilab.engine import networks


def walk(network: Any) -> list[tuple[str, str]]:
    """Type and name of each operation, from the input to the output, read off the graph's edges."""
    path: list[tuple[str, str]] = []
    tensor = network.outputs[0]
    while True:
        operation = tensor._keras_history.operation
        path.insert(0, (type(operation).__name__, operation.name))
        if isinstance(operation, keras.layers.InputLayer):
            return path
        tensor = operation.input


def types(network: Any) -> list[str]:
    return [kind for kind, _ in walk(network)]


def decayed(network: Any) -> dict[str, Any]:
    """The regularizer of each weight that has one."""
    return {v.path: v.regularizer for v in network.weights if getattr(v, "regularizer", None) is not None}


def test_the_baseline_is_blocks_of_two_convolutions_pool_and_dropout() -> None:
    network = networks.build(presets.find("baseline").experiment.model, 10)
    block = ["Conv2D", "Activation", "Conv2D", "Activation", "MaxPooling2D", "Dropout"]
    head = ["Flatten", "Dense", "Activation", "Dropout", "Dense"]
    assert types(network) == ["InputLayer", *block, *block, *block, *head]
    sides = [tuple(layer.output.shape[1:3]) for layer in network.layers if "pool" in layer.name]
    assert sides == [(10, 10), (3, 3), (1, 1)]


def test_batch_normalization_before_the_activation_stands_between_layer_and_relu() -> None:
    network = networks.build(small_cnn(batch_norm=True, bn_position="before"), CLASSES)
    assert types(network) == [
        *["InputLayer", "Conv2D", "BatchNormalization", "Activation", "MaxPooling2D", "Flatten"],
        *["Dense", "BatchNormalization", "Activation", "Dense"],
    ]


def test_batch_normalization_after_the_activation_follows_the_relu() -> None:
    network = networks.build(small_cnn(batch_norm=True, bn_position="after"), CLASSES)
    assert types(network) == [
        *["InputLayer", "Conv2D", "Activation", "BatchNormalization", "MaxPooling2D", "Flatten"],
        *["Dense", "Activation", "BatchNormalization", "Dense"],
    ]


def test_momentum_reaches_every_batch_normalization() -> None:
    network = networks.build(small_cnn(batch_norm=True, bn_momentum=0.8), CLASSES)
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in norms] == [0.8, 0.8]


def test_the_baselines_parameters_are_those_counted_by_hand() -> None:
    # a convolution: 3 * 3 * in * out + out; a dense layer: in * out + out; 1 x 1 x 128 is flattened
    convolutions = 896 + 9_248 + 18_496 + 36_928 + 73_856 + 147_584
    dense = 128 * 128 + 128 + 128 * 10 + 10
    network = networks.build(presets.find("baseline").experiment.model, 10)
    assert network.count_params() == convolutions + dense == 304_810


def test_batch_normalization_adds_four_numbers_a_channel_two_of_them_trained() -> None:
    channels = 2 * (32 + 64 + 128) + 128
    network = networks.build(presets.find("bn").experiment.model, 10)
    assert network.count_params() == 304_810 + 4 * channels
    trained = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    assert trained == 304_810 + 2 * channels


@pytest.mark.parametrize("decay_dense", [True, False])
def test_decay_lies_on_the_convolutions_and_if_asked_on_the_first_dense_layer(decay_dense: bool) -> None:
    network = networks.build(
        small_cnn(filters=(4, 5), l2=0.001, batch_norm=True, decay_dense=decay_dense), CLASSES
    )
    expected = {"block1_conv1/kernel", "block2_conv1/kernel"} | ({"dense/kernel"} if decay_dense else set())
    assert set(decayed(network)) == expected


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.02), (0.01, 0.02)])
def test_the_penalty_is_l1_times_the_sum_of_sizes_plus_l2_times_the_sum_of_squares(
    l1: float, l2: float
) -> None:
    network = networks.build(small_cnn(l1=l1, l2=l2), CLASSES)
    weights = values(network)
    kernels = [weights[name].astype(np.float64) for name in ("block1_conv1/kernel", "dense/kernel")]
    by_hand = sum(l1 * np.abs(k).sum() + l2 * np.square(k).sum() for k in kernels)
    assert float(sum(network.losses)) == pytest.approx(by_hand, rel=1e-5)


def test_without_decay_nothing_is_added_to_the_loss() -> None:
    assert networks.build(small_cnn(), CLASSES).losses == []


def test_under_a_mixed_policy_the_softmax_stays_in_float32() -> None:
    keras.config.set_dtype_policy("mixed_float16")
    network = networks.build(small_cnn(batch_norm=True), CLASSES)
    assert network.get_layer("block1_conv1").compute_dtype == "float16"
    assert network.get_layer("classes").compute_dtype == "float32"
    assert {str(v.dtype) for v in network.weights} == {"float32"}
    # probabilities below the smallest number that float16 can hold (6e-8)
    network.get_layer("classes").bias.assign([20.0, 0.0, 0.0])
    probabilities = np.asarray(network(np.zeros((2, 32, 32, 3), np.float32)))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities[:, 1], np.exp(-20) / (1 + 2 * np.exp(-20)), rtol=1e-4)


def test_the_transfer_network_computes_what_the_notebooks_keras_computes() -> None:
    network = networks.build(transfer(), CLASSES)
    nothing: Any = None
    notebook = keras.Sequential(
        [
            keras.applications.VGG16(include_top=False, weights=nothing, input_shape=(32, 32, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(256),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(0)
    # kernels of a size at which the features neither vanish nor explode on the way through the base
    weights = [
        rng.normal(0, np.sqrt(2 / np.prod(w.shape[:-1])), w.shape).astype(np.float32) if w.ndim > 1 else w
        for w in network.get_weights()
    ]
    network.set_weights(weights)
    notebook.set_weights(weights)
    images = rng.random((4, 32, 32, 3), dtype=np.float32)
    ours, theirs = np.asarray(network(images)), np.asarray(notebook(images))
    assert ours.std(axis=0).min() > 1e-3, "images that all look alike to the network would prove nothing"
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_three_blocks_kept_end_at_block3_pool_and_flatten_4_by_4_by_256() -> None:
    network = networks.build(transfer(last_layer="block3_pool"), CLASSES)
    assert [layer.name for layer in network.get_layer("vgg16").layers[1:]] == [
        *["block1_conv1", "block1_conv2", "block1_pool", "block2_conv1", "block2_conv2", "block2_pool"],
        *["block3_conv1", "block3_conv2", "block3_conv3", "block3_pool"],
    ]
    assert tuple(network.get_layer("flatten").output.shape) == (None, 4 * 4 * 256)


@pytest.mark.parametrize(
    ("unfreeze", "decay_dense", "penalized"),
    [
        ("none", True, ["dense"]),
        ("none", False, []),
        ("blocks:2", False, ["block2_conv1", "block2_conv2"]),
        ("last-2", True, ["block3_conv3", "dense"]),
    ],
)
def test_the_penalty_of_a_frozen_layer_is_not_in_the_loss(
    unfreeze: str, decay_dense: bool, penalized: list[str]
) -> None:
    """Trap 3: the loss is not comparable between phases that train different layers."""
    model = transfer(last_layer="block3_pool", unfreeze=unfreeze, l2=0.01, decay_dense=decay_dense)
    network = networks.build(model, CLASSES)
    weights = values(network)
    by_hand = sum(0.01 * np.square(weights[f"{name}/kernel"].astype(np.float64)).sum() for name in penalized)
    assert float(sum(network.losses)) == pytest.approx(by_hand, rel=1e-5)
