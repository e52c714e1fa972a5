"""Max pooling as comparisons is TensorFlow's max pooling: output and gradient, of equal pixels too."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuilab.engine.fast import first_maximum

SIDES = pytest.mark.parametrize("side", [1, 2, 3])
SHAPES = pytest.mark.parametrize("shape", [(2, 12, 12, 3), (2, 7, 11, 2)], ids=["divides", "does not divide"])


def with_gradient(pool: Any, x: Any) -> tuple[Any, Any]:
    """What a pool makes of ``x``, and the gradient of a sum in which every pixel weighs differently."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = pool(x)
        weights = np.random.default_rng(5).normal(size=y.shape)
        total = tf.reduce_sum(y * tf.cast(weights, y.dtype))
    return y.numpy(), tape.gradient(total, x).numpy()


def reference(x: Any, side: int) -> tuple[Any, Any]:
    return with_gradient(lambda x: tf.nn.max_pool2d(x, side, side, "VALID"), x)


@SIDES
@SHAPES
@pytest.mark.parametrize("kind", ["normal", "after ReLU", "few values"])
def test_output_and_gradient_are_those_of_tensorflow(side: int, shape: tuple[int, ...], kind: str) -> None:
    """After a ReLU many windows are 0 throughout; of few values many have their maximum twice."""
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    match kind:
        case "after ReLU":
            x = np.maximum(x - 1, 0)
        case "few values":
            x = np.round(x)
        case _:
            pass
    ours = with_gradient(lambda x: first_maximum.pool(x, side), tf.constant(x))
    for here, there in zip(ours, reference(tf.constant(x), side), strict=True):
        np.testing.assert_array_equal(here, there)


def test_so_they_are_where_xla_compiles_them() -> None:
    x = tf.constant(np.round(np.random.default_rng(0).normal(size=(2, 7, 8, 2))).astype(np.float32))
    compiled = tf.function(lambda x: first_maximum.pool(x, 3), jit_compile=True, autograph=False)
    for here, there in zip(with_gradient(compiled, x), reference(x, 3), strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_in_half_precision_too(dtype: str) -> None:
    x = tf.cast(np.round(np.random.default_rng(0).normal(size=(2, 8, 8, 2))), dtype)
    ours = with_gradient(lambda x: first_maximum.pool(x, 2), x)
    for here, there in zip(ours, reference(x, 2), strict=True):
        assert here.dtype == x.dtype.as_numpy_dtype
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    ("settings", "shape", "taken"),
    [
        ({"pool_size": 2}, (None, 32, 32, 3), True),
        ({"pool_size": 3}, (None, 31, 8, 3), True),
        ({"pool_size": 2, "strides": 1}, (None, 32, 32, 3), False),
        ({"pool_size": 2, "padding": "same"}, (None, 32, 32, 3), False),
        ({"pool_size": (2, 3)}, (None, 32, 32, 3), False),
        ({"pool_size": 2}, (None, None, None, 3), False),
    ],
)
def test_it_is_taken_for_windows_beside_each_other_and_for_no_others(
    settings: dict[str, Any], shape: tuple[int | None, ...], taken: bool
) -> None:
    assert first_maximum.pays(keras.layers.MaxPooling2D(**settings), shape) is taken
