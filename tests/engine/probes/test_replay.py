"""Moving statistics replayed from batch statistics: those of Keras with that momentum, to the last bit."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from tuilab.engine.probes.replay import Replay, variables_of

MOMENTA = (0.0, 0.6, 0.8, 0.99, 0.999)


def start(width: int) -> list[NDArray[np.float32]]:
    return [np.zeros(width, np.float32), np.ones(width, np.float32)]


def rows_of(batches: NDArray[np.float32], factor: float = 1.0) -> NDArray[np.float32]:
    """Rows as they are recorded, of batches (steps, images, width), worked out by hand."""
    mean, variance = batches.mean(1), batches.var(1) / np.float32(factor)
    return np.concatenate([mean, variance, np.full((len(batches), 1), factor)], axis=1).astype(np.float32)


@pytest.mark.parametrize("momentum", MOMENTA)
def test_it_is_what_a_person_works_out(momentum: float) -> None:
    batches = np.random.default_rng(0).normal(3, 2, (40, 16, 5)).astype(np.float32)
    rows = rows_of(batches, 15 / 16)
    mean, variance = start(5)
    kept, taken = np.float32(momentum), np.float32(1 - momentum)
    for row in rows:
        mean = mean * kept + row[:5] * taken
        variance = variance * kept + row[5:10] * (row[10] * taken)
    moved = Replay(momentum).moved(start(5), rows)
    np.testing.assert_array_equal(moved[0], mean)
    np.testing.assert_array_equal(moved[1], variance)
    # and the formula itself, in double precision
    weights = (1 - momentum) * np.power(float(momentum), np.arange(len(rows))[::-1])
    np.testing.assert_allclose(moved[0], weights @ batches.astype(float).mean(1), rtol=1e-4)


@pytest.mark.parametrize("momentum", MOMENTA)
def test_it_is_what_keras_makes_of_the_same_batches(momentum: float) -> None:
    """With a channel that never fires, whose variance shrinks until TensorFlow makes it 0."""
    batches = np.random.default_rng(1).normal(0, 1, (300, 4, 3)).astype(np.float32)
    batches[:, :, 1] = 0
    layer = keras.layers.BatchNormalization(momentum=momentum)
    layer.build((None, 3))
    told: list[tuple[Any, Any]] = []
    moments: Any = layer._moments

    def tell(inputs: Any, mask: Any) -> tuple[Any, Any]:
        told.append(moments(inputs, mask))
        return told[-1]

    layer._moments = tell

    @tf.function(autograph=False)
    def step(batch: Any) -> tuple[Any, Any]:
        layer(batch, training=True)
        return told[-1]

    rows = np.stack([np.concatenate([*(part.numpy() for part in step(batch)), [1]]) for batch in batches])
    moved = Replay(momentum).moved(start(3), rows.astype(np.float32))
    for found, variable in zip(moved, variables_of([layer]), strict=True):
        assert found.tobytes() == variable.numpy().tobytes()
    if momentum == 0.6:
        assert moved[1][1] == 0


def test_several_layers_go_together_and_in_parts() -> None:
    rng = np.random.default_rng(2)
    one, other = (rows_of(rng.normal(1, 2, (20, 8, width)).astype(np.float32)) for width in (3, 2))
    together = np.concatenate([one, other], axis=1)
    replay = Replay(0.8)
    middle = replay.moved([*start(3), *start(2)], together[:7])
    end = replay.moved(middle, together[7:])
    expected = [*Replay(0.8).moved(start(3), one), *Replay(0.8).moved(start(2), other)]
    assert [part.tobytes() for part in end] == [part.tobytes() for part in expected]
