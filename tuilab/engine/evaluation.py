"""A network measured as it is used: every metric, without dropout."""

import math
from collections.abc import Callable
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.pixels import Scale
from tuilab.engine.splits import Split
from tuilab.runs.metrics import METRICS, CrossEntropy, InTop, Measure

MAP_BYTES = {"CPU": 16 * 2**20, "GPU": 256 * 2**20}
"""What the largest map of a step's images may take: about a training step's, which is the most a CPU's run
needs; on a GPU (not measured) enough to keep it busy."""

LEAST, MOST = 50, 1000
"""Images a step of validation and test."""


class StopRequested(Exception):
    """Somebody asked the run to stop; raised at a batch boundary."""


class Evaluator:
    """Measures one network."""

    def __init__(self, network: Any, scale: Scale, *, should_stop: Callable[[], bool]) -> None:
        """Take a Keras model that gives probabilities, and the function that scales its input."""
        self._network = network
        self._scale = scale
        self._should_stop = should_stop
        self._batch = batch_of(network)
        self._step: Any = None

    def evaluate(
        self,
        split: Split,
        progress: Callable[[int], None] | None = None,
        answers: Callable[[NDArray[np.float32]], None] | None = None,
    ) -> dict[str, float]:
        """Return the mean of each metric over a split, by the metric's name.

        Args:
            split: what the network takes, with labels.
            progress: takes the number of images done after each step.
            answers: takes at the end the probability of each class, float32 (n, classes).

        Raises:
            StopRequested: asked to stop, at a batch boundary.
        """
        import tensorflow as tf

        if self._step is None:
            images = tf.TensorSpec([None, *split.images.shape[1:]], tf.as_dtype(split.images.dtype))
            labels = tf.TensorSpec([None], tf.int32)
            self._step = tf.function(self._measure, input_signature=[images, labels], autograph=False)
        sums = [0.0] * len(METRICS)
        said: list[Any] = []
        for start in range(0, len(split), self._batch):
            if self._should_stop():
                raise StopRequested
            part = slice(start, start + self._batch)
            *batch, probabilities = self._step(split.images[part], split.labels[part])
            if answers is not None:
                said.append(probabilities.numpy())
            sums = [before + float(more) for before, more in zip(sums, batch, strict=True)]
            if progress is not None:
                progress(min(start + self._batch, len(split)))
        if answers is not None:
            answers(np.concatenate(said))
        return {metric.name: total / len(split) for metric, total in zip(METRICS, sums, strict=True)}

    def _measure(self, images: Any, labels: Any) -> list[Any]:
        import tensorflow as tf

        probabilities = self._network(self._scale(images), training=False)
        each = measured(labels, probabilities, cross_entropy(labels, probabilities))
        return [*(tf.reduce_sum(tf.cast(values, tf.float64)) for values in each), probabilities]


def batch_of(network: Any) -> int:
    """Return how many images a network is measured on at a time; no metric depends on it but by rounding."""
    import tensorflow as tf

    layers = network._flatten_layers(include_self=False)
    largest = max(math.prod(layer.output.shape[1:]) for layer in layers if hasattr(layer, "output"))
    device = "GPU" if tf.config.get_visible_devices("GPU") else "CPU"
    return min(max(LEAST, MAP_BYTES[device] // (4 * largest)), MOST)


def cross_entropy(labels: Any, probabilities: Any) -> Any:
    """Return the cross-entropy of each image in nats, float32 (n,)."""
    import keras
    import tensorflow as tf

    # Keras takes the logits behind the softmax here, so nothing is lost to a probability of 0
    return keras.losses.categorical_crossentropy(tf.one_hot(labels, probabilities.shape[-1]), probabilities)


def measured(labels: Any, probabilities: Any, nats: Any) -> list[Any]:
    """Return what each of ``METRICS`` says of each image, (n,); ``nats``: their cross-entropy."""
    return [_measured(metric.measure, labels, probabilities, nats) for metric in METRICS]


def _measured(measure: Measure, labels: Any, probabilities: Any, nats: Any) -> Any:
    import tensorflow as tf

    match measure:
        case CrossEntropy():
            return nats
        case InTop(classes=1):
            return tf.equal(tf.argmax(probabilities, axis=-1, output_type=labels.dtype), labels)
        case InTop(classes=most):
            # of equal probabilities it takes the earlier class, as argmax does
            best = tf.math.top_k(probabilities, min(most, probabilities.shape[-1])).indices
            return tf.reduce_any(tf.equal(tf.cast(best, labels.dtype), labels[:, tf.newaxis]), axis=-1)
        case _:
            assert_never(measure)
