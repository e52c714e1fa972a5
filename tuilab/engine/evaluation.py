"""A network measured as it is used: accuracy and cross-entropy, without dropout."""

import math
from collections.abc import Callable
from typing import Any

from tuilab.engine.pixels import Scale
from tuilab.engine.splits import Split

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

    def evaluate(self, split: Split, progress: Callable[[int], None] | None = None) -> tuple[float, float]:
        """Return accuracy (share of 1) and mean cross-entropy (nats) over a split.

        Args:
            split: what the network takes, with labels.
            progress: takes the number of images done after each step.

        Raises:
            StopRequested: asked to stop, at a batch boundary.
        """
        import tensorflow as tf

        if self._step is None:
            images = tf.TensorSpec([None, *split.images.shape[1:]], tf.as_dtype(split.images.dtype))
            labels = tf.TensorSpec([None], tf.int32)
            self._step = tf.function(self._measure, input_signature=[images, labels], autograph=False)
        correct = nats = 0.0
        for start in range(0, len(split), self._batch):
            if self._should_stop():
                raise StopRequested
            part = slice(start, start + self._batch)
            batch_correct, batch_nats = self._step(split.images[part], split.labels[part])
            correct += float(batch_correct)
            nats += float(batch_nats)
            if progress is not None:
                progress(min(start + self._batch, len(split)))
        return correct / len(split), nats / len(split)

    def _measure(self, images: Any, labels: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        probabilities = self._network(self._scale(images), training=False)
        nats = tf.cast(cross_entropy(labels, probabilities), tf.float64)
        return tf.reduce_sum(tf.cast(hits(labels, probabilities), tf.float64)), tf.reduce_sum(nats)


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


def hits(labels: Any, probabilities: Any) -> Any:
    """Return whether the most probable class is the label's, bool (n,)."""
    import tensorflow as tf

    return tf.equal(tf.argmax(probabilities, axis=-1, output_type=tf.int32), labels)
