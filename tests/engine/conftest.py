"""What the tests of the engine share: a Keras and an environment that are left as they were found."""

import os
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


@pytest.fixture(autouse=True)
def _environment_as_it_was() -> Iterator[None]:
    """Take back what a worker settles in its process: a process that a later test starts would inherit it."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def deterministic() -> None:
    """Ask TensorFlow for the same result every time, as the worker does."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
