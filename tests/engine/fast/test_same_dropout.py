"""Dropout drops the same units as Keras's own, in the plain graph and compiled by XLA, in every precision."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuilab.engine.fast import same_dropout

SHAPE = (3, 5, 7)


def twins(rate: float) -> tuple[Any, Any]:
    """Two dropouts that will draw the same."""
    return keras.layers.Dropout(rate, seed=7), keras.layers.Dropout(rate, seed=7)


@pytest.mark.parametrize("compiled", [False, True], ids=["plain graph", "XLA"])
@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("rate", [0.5, 0.3])
def test_it_drops_the_units_that_keras_drops_and_scales_the_others_alike_step_after_step(
    rate: float, precision: str, compiled: bool
) -> None:
    keras.config.set_dtype_policy(precision)
    ours, theirs = twins(rate)
    x = tf.cast(np.random.default_rng(0).uniform(1, 2, SHAPE), ours.compute_dtype)

    @tf.function(jit_compile=compiled, autograph=False)
    def quick() -> Any:
        return same_dropout.compute(ours, x, training=True)

    plain = tf.function(lambda: theirs(x, training=True), autograph=False)
    dropped = set()
    for _ in range(3):
        here, there = quick().numpy(), plain().numpy()
        np.testing.assert_array_equal(here, there)
        dropped.add((here == 0).tobytes())
    assert len(dropped) == 3, "each step drops others"
    assert ours.seed_generator.state.numpy().tolist() == theirs.seed_generator.state.numpy().tolist()


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_its_gradient_is_that_of_keras(precision: str) -> None:
    keras.config.set_dtype_policy(precision)
    x = tf.cast(np.random.default_rng(1).normal(size=SHAPE), keras.config.dtype_policy().compute_dtype)
    gradients: list[Any] = []
    for compute in (lambda d: same_dropout.compute(d, x, training=True), lambda d: d(x, training=True)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(tf.sin(compute(keras.layers.Dropout(0.3, seed=7))))
        gradients.append(tape.gradient(total, x))
    np.testing.assert_array_equal(*gradients)


def test_outside_of_training_it_does_nothing_and_draws_nothing() -> None:
    layer, _ = twins(0.5)
    before = layer.seed_generator.state.numpy().tolist()
    x = tf.ones(SHAPE)
    assert same_dropout.compute(layer, x, training=False) is x
    assert layer.seed_generator.state.numpy().tolist() == before


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.Dropout(0.0),
        lambda: keras.layers.Dropout(1.0),
        lambda: keras.layers.Dropout(0.5, noise_shape=(None, 1)),
        lambda: keras.layers.Dropout(0.5, dtype="float64"),
        lambda: keras.layers.SpatialDropout2D(0.5),
    ],
    ids=["none", "all", "whole rows", "float64", "whole maps"],
)
def test_other_dropouts_are_left_to_keras(layer: Any) -> None:
    assert not same_dropout.pays(layer(), (None, 8, 8, 3))
