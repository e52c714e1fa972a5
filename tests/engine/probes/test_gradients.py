"""Gradients by layer and dead units: those of NumPy and of finite differences; nothing is changed."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from small_experiments import CLASSES, one_hot, small_cnn, small_split, unit, values

from tuilab.engine import networks, pixels
from tuilab.engine.probes.gradients import BATCH, gradients
from tuilab.engine.splits import Split
from tuilab.runs.gradients import GradientMoment, LayerGradient


def measured(network: Any, split: Split) -> GradientMoment:
    return gradients(network, split, pixels.scaling("unit", split.images), epoch=3)


def layer(moment: GradientMoment, name: str) -> LayerGradient:
    return next(one for one in moment.layers if one.name == name)


def dense_network() -> Any:
    """Two dense layers, the first with a ReLU and a penalty; a unit of it never fires."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(6, kernel_regularizer=keras.regularizers.L2(0.01), name="dense")(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Activation("relu")(x))
    network = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x))
    network.get_layer("dense").bias.assign([-1e4, 0, 0, 0, 0, 0])
    return network


def test_a_dense_network_has_the_gradients_and_zeros_of_plain_numpy() -> None:
    network, split = dense_network(), small_split(BATCH + 30)
    first, bias, second, last = (v.numpy().astype(np.float64) for v in network.trainable_variables)
    x = unit(split.images).reshape(len(split), -1).astype(np.float64)
    hidden = np.maximum(x @ first + bias, 0)
    logits = hidden @ second + last
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    back = (odds / odds.sum(axis=1, keepdims=True) - one_hot(split.labels)) / len(split)
    of_second = hidden.T @ back
    through = (back @ second.T) * (hidden > 0)
    of_first = x.T @ through
    whole = of_first + 2 * 0.01 * first

    found = measured(network, split)
    dense, classes = layer(found, "dense"), layer(found, "classes")
    assert dense.gradient == pytest.approx(np.linalg.norm(of_first), rel=1e-4)
    assert dense.of_loss == pytest.approx(np.linalg.norm(whole), rel=1e-4)
    assert classes.gradient == classes.of_loss == pytest.approx(np.linalg.norm(of_second), rel=1e-4)
    assert dense.norm == pytest.approx(np.linalg.norm(first))
    parts = [whole, through.sum(axis=0), of_second, back.sum(axis=0)]
    assert found.global_norm == pytest.approx(np.sqrt(sum((p**2).sum() for p in parts)), rel=1e-4)
    assert (dense.units, dense.dead) == (6, int((hidden == 0).all(axis=0).sum()))
    assert dense.dead
    assert dense.zeros == pytest.approx((hidden == 0).mean())
    assert (classes.units, classes.dead, classes.zeros) == (None, None, None)


def test_a_saturated_softmax_keeps_its_gradient() -> None:
    network, split = dense_network(), small_split(20)
    network.get_layer("classes").bias.assign([80.0, 0.0, 0.0])
    wrong = split.labels != 0
    back = np.zeros((len(split), CLASSES))
    back[:, 0] = wrong / len(split)
    back[np.arange(len(split)), split.labels] -= wrong / len(split)
    first, bias = (v.numpy().astype(np.float64) for v in network.trainable_variables[:2])
    hidden = np.maximum(unit(split.images).reshape(len(split), -1) @ first + bias, 0)
    found = layer(measured(network, split), "classes")
    assert found.gradient == pytest.approx(np.linalg.norm(hidden.T @ back), rel=1e-4)


def finite_differences(loss: Callable[[], float], kernel: Any, step: float = 3e-4) -> NDArray[np.float64]:
    """Return the gradient of a loss for a kernel, a weight after the other."""
    start = kernel.numpy()
    found = np.zeros(start.size)
    for place in range(start.size):
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved.flat[place] += sign * step
            kernel.assign(moved)
            ends.append(loss())
        found[place] = (ends[0] - ends[1]) / (2 * step)
    kernel.assign(start)
    return found


def test_behind_a_batch_normalization_it_is_the_gradient_of_the_batchs_own_statistics() -> None:
    keras.utils.set_random_seed(2)
    network, split = networks.build(small_cnn(filters=(2,), batch_norm=True), CLASSES), small_split(24)
    images, targets = unit(split.images), one_hot(split.labels).astype(np.float64)
    said_of = tf.function(lambda: network(images, training=True))

    def loss() -> float:
        said = said_of().numpy().astype(np.float64)
        return float(-np.log((said * targets).sum(axis=1)).mean())

    wanted = np.linalg.norm(finite_differences(loss, network.get_layer("block1_conv1").kernel))
    assert layer(measured(network, split), "block1_conv1").gradient == pytest.approx(wanted, rel=0.01)


def test_nothing_is_changed_by_it() -> None:
    keras.utils.set_random_seed(3)
    network = networks.build(small_cnn(batch_norm=True, dropout=0.5), CLASSES)
    before = values(network)
    first, again = measured(network, small_split(100)), measured(network, small_split(100))
    assert first == again
    assert all((before[path] == value).all() for path, value in values(network).items())


def test_a_frozen_layer_has_zeros_and_no_gradient() -> None:
    network, split = dense_network(), small_split(10)
    network.get_layer("dense").trainable = False
    found = layer(measured(network, split), "dense")
    assert (found.gradient, found.of_loss) == (None, None)
    assert found.units == 6
