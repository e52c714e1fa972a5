"""What the tests of the engine share: a home of their own, and a Keras that is left as it was found."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))


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
