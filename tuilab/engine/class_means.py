"""The nearest class mean as a network's last layer: calculated from the training images, not trained.

Of all classes the one whose mean m is nearest to x has the largest 2 m · x - |m|²: that is -|x - m|² but for
|x|², which is the same for every class. So a dense layer with the kernel 2 m and the bias -|m|² classifies by
the nearest mean, and its softmax is that over the negative squared distances (Mensink et al. 2013; Snell et
al. 2017, their equation 8).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.evaluation import StopRequested, batch_of
from tuilab.engine.pixels import Scale
from tuilab.engine.splits import Split

NOWHERE = -1e9
"""Bias of a class of which there is no training image: nothing is near it."""


def set_class_means(
    network: Any,
    scale: Scale,
    training: Split,
    *,
    should_stop: Callable[[], bool],
    progress: Callable[[int], None],
) -> None:
    """Give a network's last layer the means of what it gets for the training images of each class.

    Args:
        network: Keras model that ends in a dense layer.
        scale: what the images or features go through before they reach it.
        training: images or features, with labels.
        should_stop: asked at every batch boundary.
        progress: takes the number of images done after each batch.

    Raises:
        StopRequested: asked to stop.
    """
    import keras

    # the node of this very network: the layer may stand in another one too
    last, node, _ = network.output._keras_history
    before = keras.Model(network.inputs, last._inbound_nodes[node].input_tensors[0], name="before_classes")
    classes = last.units
    counts = np.bincount(training.labels, minlength=classes)
    sums = _sums(before, scale, training, classes, should_stop, progress)
    last.set_weights(nearest_mean(sums / np.maximum(counts, 1)[:, np.newaxis], counts > 0))


def nearest_mean(
    means: NDArray[np.float64], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return kernel and bias of the dense layer that classifies by the nearest mean.

    Args:
        means: a row a class.
        known: which classes have one.
    """
    bias = np.where(known, -np.square(means).sum(axis=1), NOWHERE)
    return (2 * means.T).astype(np.float32), bias.astype(np.float32)


def _sums(
    before: Any,
    scale: Scale,
    training: Split,
    classes: int,
    should_stop: Callable[[], bool],
    progress: Callable[[int], None],
) -> NDArray[np.float64]:
    """Return the sum of a network's outputs over the images of each class, a row a class."""
    import tensorflow as tf

    images = tf.TensorSpec([None, *training.images.shape[1:]], tf.as_dtype(training.images.dtype))
    run = tf.function(
        lambda batch: tf.cast(before(scale(batch), training=False), tf.float64),
        input_signature=[images],
        autograph=False,
    )
    sums, size = np.zeros((classes, before.output.shape[-1])), batch_of(before)
    for start in range(0, len(training), size):
        if should_stop():
            raise StopRequested
        part = slice(start, start + size)
        np.add.at(sums, training.labels[part], run(training.images[part]).numpy())
        progress(min(start + size, len(training)))
    return sums
