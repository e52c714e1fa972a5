"""What the tests of the engine share: a Keras that is left as it was found."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _keras_as_it_was() -> Iterator[None]:
    """Put Keras's global settings back: a test may change the dtype policy for itself alone."""
    import keras

    policy, floatx = keras.config.dtype_policy().name, keras.config.floatx()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_floatx(floatx)


@pytest.fixture(scope="session")
def deterministic() -> None:
    """Ask TensorFlow for the same result every time, as the worker does."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
