"""The kernels' lengths and penalties, and what a batch normalization makes of a length: nothing."""

import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from small_experiments import CLASSES, one_hot, small_cnn, small_split, unit

from tuilab.engine import networks
from tuilab.engine.probes.kernels import Lengths, angle_of
from tuilab.experiment import CnnSpec

FACTOR = 3.0
STEPS = 12


def of(model: CnnSpec, seed: int = 1) -> Any:
    """Return a network, its batch normalizations without the epsilon that spoils the principle a little."""
    keras.utils.set_random_seed(seed)
    network = networks.build(model, CLASSES)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = 1e-12
    return network


def probabilities(
    model: CnnSpec, scaled: str, *, rate: float, momentum: float = 0.0, velocity: bool = True
) -> list[NDArray[np.float64]]:
    """Train one kernel with SGD, in double precision; return what the network says after each step.

    Args:
        scaled: its layer; empty: the kernel stays as it is drawn, else its length is multiplied by
            ``FACTOR``, the rate by its square.
        velocity: whether that of the first step is scaled, too.
    """
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    network, split = of(model), small_split(16)
    images, targets = unit(split.images).astype(np.float64), one_hot(split.labels)
    name = scaled or TRAINED
    kernel = network.get_layer(name).kernel
    # a velocity from steps before
    moving = np.random.default_rng(4).normal(0, 0.01, kernel.shape) * bool(momentum)
    if scaled:
        kernel.assign(kernel * FACTOR)
        rate *= FACTOR**2
        moving = moving * (FACTOR if velocity else 1)

    @tf.function
    def step() -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            said = network(images, training=True)
            loss = -tf.reduce_mean(tf.math.log(tf.reduce_sum(said * targets, axis=1)))
        return said, tape.gradient(loss, kernel.value)

    told = []
    for _ in range(STEPS):
        said, gradient = step()
        told.append(said.numpy())
        moving = momentum * moving - rate * gradient.numpy()
        kernel.assign_add(moving)
    return told


TRAINED = "block1_conv1"
NORMALIZED = small_cnn(filters=(2,), batch_norm=True)


def apart(first: list[NDArray[np.float64]], second: list[NDArray[np.float64]]) -> float:
    """Return the largest difference of two networks' answers, over all steps."""
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_longer_kernel_at_the_rate_of_its_length_squared_is_the_same_function_all_along(
    momentum: float,
) -> None:
    plain = probabilities(NORMALIZED, "", rate=0.05, momentum=momentum)
    longer = probabilities(NORMALIZED, TRAINED, rate=0.05, momentum=momentum)
    assert apart(plain, longer) < 1e-7
    assert float(np.abs(plain[0] - plain[-1]).max()) > 0.01  # it did learn something


def test_without_the_batch_normalization_it_is_another_function() -> None:
    model = small_cnn(filters=(2,))
    plain = probabilities(model, "", rate=0.05)
    assert apart(plain, probabilities(model, TRAINED, rate=0.05)) > 0.01


def test_with_a_velocity_that_was_not_scaled_it_is_another_function() -> None:
    plain = probabilities(NORMALIZED, "", rate=0.05, momentum=0.9)
    assert apart(plain, probabilities(NORMALIZED, TRAINED, rate=0.05, momentum=0.9, velocity=False)) > 1e-4


def test_norms_and_penalties_are_those_of_the_kernels() -> None:
    network = of(small_cnn(batch_norm=True, l1=0.01, l2=0.1, decay_dense=True))
    found = Lengths(network).measured(1)
    assert [k.name for k in found.kernels] == ["block1_conv1", "dense", "classes"]
    for kernel in found.kernels:
        w = network.get_layer(kernel.name).kernel.numpy().astype(np.float64)
        assert kernel.norm == pytest.approx(math.sqrt((w**2).sum()))
        wanted = 0 if kernel.name == "classes" else 0.01 * np.abs(w).sum() + 0.1 * (w**2).sum()
        assert kernel.penalty == pytest.approx(wanted, rel=1e-5)
    assert sum(k.penalty for k in found.kernels) == pytest.approx(float(sum(network.losses)), rel=1e-5)


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        pytest.param(small_cnn(batch_norm=True), ["directly", "directly", "no"], id="before"),
        pytest.param(
            small_cnn(batch_norm=True, bn_position="after"),
            ["behind its ReLU", "behind its ReLU", "no"],
            id="after",
        ),
        pytest.param(small_cnn(), ["no", "no", "no"], id="none"),
    ],
)
def test_it_is_told_which_kernels_are_normalized(model: CnnSpec, wanted: list[str]) -> None:
    assert [k.normalized for k in Lengths(of(model)).measured(1).kernels] == wanted


def test_a_frozen_normalization_does_not_hide_a_length() -> None:
    network = of(small_cnn(batch_norm=True))
    network.get_layer("block1_conv1_bn").trainable = False
    assert Lengths(network).measured(1).kernels[0].normalized == "no"


def test_the_share_of_epsilon_is_against_the_moving_variance() -> None:
    network = of(small_cnn(batch_norm=True))
    norm = network.get_layer("block1_conv1_bn")
    norm.epsilon = 0.5
    norm.moving_variance.assign([0.5, 0.5, 1.5, 1.5])
    assert Lengths(network).measured(1).kernels[0].epsilon_share == pytest.approx(
        (0.5 + 0.5 + 0.25 + 0.25) / 4
    )


def test_an_epochs_angle_is_measured_where_the_epoch_before_was_kept() -> None:
    network = of(small_cnn(filters=(2,)))
    lengths = Lengths(network)
    kernel = network.get_layer("block1_conv1").kernel
    start = np.zeros(kernel.shape, np.float32)
    start.flat[0] = 2.0
    kernel.assign(start)
    assert lengths.measured(1).kernels[0].angle is None
    start.flat[1] = 2.0
    kernel.assign(start)
    assert lengths.measured(2).kernels[0].angle == pytest.approx(45.0)
    assert lengths.measured(4).kernels[0].angle is None


def test_a_tiny_angle_is_exact_and_a_vanished_kernel_has_none() -> None:
    assert angle_of(np.array([1.0, 0.0]), np.array([1.0, 1e-9])) == pytest.approx(math.degrees(1e-9))
    assert angle_of(np.array([1.0, 0.0]), np.array([0.0, 0.0])) is None
