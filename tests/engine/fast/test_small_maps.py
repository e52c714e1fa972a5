"""Convolutions on small maps: the quick way gives what the library's gives, taken only where it pays."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuilab.engine.fast import small_maps

pytestmark = pytest.mark.usefixtures("deterministic")


@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (3, 2), (1, 4), (2, 1), (1, 1)])
def test_it_is_the_convolution_and_so_are_its_gradients(shape: tuple[int, int]) -> None:
    """Against sums written out in NumPy, and against TensorFlow's gradients."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, *shape, 5)).astype(np.float32)
    kernel = rng.normal(size=(3, 3, 5, 6)).astype(np.float32)
    padded = np.pad(x.astype(np.float64), [(0, 0), (1, 1), (1, 1), (0, 0)])
    by_hand = np.zeros((3, *shape, 6))
    for row, column in np.ndindex(shape):
        window = padded[:, row : row + 3, column : column + 3]
        by_hand[:, row, column] = np.einsum("nijc,ijcf->nf", window, kernel)
    np.testing.assert_allclose(small_maps.convolve(tf.constant(x), kernel), by_hand, rtol=1e-4, atol=1e-5)

    weight = tf.constant(rng.normal(size=by_hand.shape), tf.float32)
    gradients: list[Any] = []
    for way in (small_maps.convolve, lambda a, b: tf.nn.conv2d(a, b, 1, "SAME")):
        a, b = tf.constant(x), tf.constant(kernel)
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            y = tf.reduce_sum(weight * way(a, b))
        gradients.append(tape.gradient(y, [a, b]))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def convolution(**settings: Any) -> Any:
    given: dict[str, Any] = {"filters": 256, "kernel_size": 3, "padding": "same", **settings}
    layer = keras.layers.Conv2D(**given)
    layer.build((None, 4, 4, 256))
    return layer


def test_it_is_taken_on_small_maps_of_many_channels_only() -> None:
    assert small_maps.pays(convolution(), (None, 2, 2, 256))
    assert small_maps.pays(convolution(), (None, 4, 4, 256))
    assert not small_maps.pays(convolution(), (None, 8, 8, 256))
    assert not small_maps.pays(convolution(), (None, 2, 2, 128))
    assert not small_maps.pays(convolution(), (None, None, None, 256))
    assert not small_maps.pays(convolution(filters=64), (None, 2, 2, 256))
    assert not small_maps.pays(keras.layers.MaxPooling2D(), (None, 2, 2, 256))


@pytest.mark.parametrize(
    "setting", [{"padding": "valid"}, {"strides": 2}, {"dilation_rate": 2}, {"kernel_size": 2}, {"groups": 2}]
)
def test_other_convolutions_are_left_to_the_library(setting: dict[str, Any]) -> None:
    assert not small_maps.pays(convolution(**setting), (None, 4, 4, 256))
