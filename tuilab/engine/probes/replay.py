"""Moving statistics from recorded batch statistics, for any momentum: the operations of the training's graph.

TensorFlow computes them, not NumPy: it makes numbers too small for float32's full precision 0, as a channel's
variance becomes that never fires, and NumPy does not.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistics = Sequence[NDArray[np.float32]]
"""Of each layer the moving mean, then the moving variance; layers in the order of the records' columns."""


def variables_of(norms: Sequence[Any]) -> list[Any]:
    """Return the variables that hold the moving statistics of some layers."""
    return [variable for norm in norms for variable in (norm.moving_mean, norm.moving_variance)]


class Replay:
    """Moves statistics as a training with some momentum does."""

    def __init__(self, momentum: float) -> None:
        """Take the momentum of all layers."""
        self._momentum = momentum
        self._moved: Any = None

    def moved(self, statistics: Statistics, rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the statistics after the batches that rows tell of.

        Args:
            statistics: those before.
            rows: as they are recorded, (steps, numbers).
        """
        import tensorflow as tf

        if self._moved is None:
            one, many = tf.TensorSpec([None], tf.float32), tf.TensorSpec([None, None], tf.float32)
            self._moved = tf.function(self._graph, input_signature=[one, many, many], autograph=False)
        batches, weights = self._columns([len(one) for one in statistics], rows)
        together = self._moved(np.concatenate(statistics), batches, weights).numpy()
        return np.split(together, np.cumsum([len(one) for one in statistics])[:-1])

    def _columns(self, sizes: list[int], rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return what the batches say of each statistic, and how much that counts."""
        weight = np.float32(1 - self._momentum)
        batches, weights, at = [], [], 0
        for size in sizes[::2]:
            end = at + 2 * size
            batches.append(rows[:, at:end])
            weights.append(np.full((len(rows), size), weight))
            weights.append(np.repeat(rows[:, end : end + 1] * weight, size, axis=1))
            at = end + 1
        return np.concatenate(batches, axis=1), np.concatenate(weights, axis=1)

    def _graph(self, start: Any, batches: Any, weights: Any) -> Any:
        import tensorflow as tf

        count, momentum = tf.shape(batches)[0], self._momentum

        def step(n: Any, moving: Any) -> tuple[Any, Any]:
            return n + 1, moving * momentum + tf.gather(batches, n) * tf.gather(weights, n)

        _, moving = tf.while_loop(
            lambda n, _: n < count,
            step,
            (tf.constant(0), start),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
            parallel_iterations=1,
        )
        return moving
