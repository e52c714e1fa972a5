"""From uint8 pixels to what the network is fed, computed where the network runs.

===============  ==========================================================================
``unit``         x / 255, in [0, 1]
``standardize``  (x - mean) / deviation, per channel, of the training images
``imagenet``     BGR, x - (103.939, 116.779, 123.68): Keras's ``preprocess_input`` in its
                 "caffe" mode, with no division
===============  ==========================================================================
"""

from collections.abc import Callable
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.experiment.experiment import Pixels

IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)

Scale = Callable[[Any], Any]
"""uint8 tensor (n, 32, 32, 3), RGB, to float32 of the same shape."""


def described(pixels: Pixels, training_images: NDArray[np.uint8]) -> str:
    """Return how pixels are scaled, statistics included, as text: equal texts scale alike."""
    match pixels:
        case "unit" | "imagenet":
            return pixels
        case "standardize":
            mean, deviation = channel_statistics(training_images)
            return f"standardize {np.asarray(mean).tolist()} {np.asarray(deviation).tolist()}"
        case _:
            assert_never(pixels)


def scaling(pixels: Pixels, training_images: NDArray[np.uint8]) -> Scale:
    """Return the function that scales a batch.

    Args:
        pixels: ``unit``, ``standardize`` or ``imagenet``.
        training_images: uint8 (n, 32, 32, 3), those that train: their mean and deviation are used,
            never those of validation or test images.
    """
    import tensorflow as tf

    match pixels:
        case "unit":
            return lambda images: tf.cast(images, tf.float32) / 255.0
        case "standardize":
            mean, deviation = channel_statistics(training_images)
            return lambda images: (tf.cast(images, tf.float32) - mean) / deviation
        case "imagenet":
            means = np.array(IMAGENET_MEANS_BGR, np.float32)
            return lambda images: tf.reverse(tf.cast(images, tf.float32), axis=[-1]) - means
        case _:
            assert_never(pixels)


def unscaled(features: Any) -> Any:
    """Return frozen features as they are: they were scaled before they were computed."""
    return features


def channel_statistics(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and deviation of each channel, float32 (3,), in units of 0-255.

    Exact: counted in a histogram of the 256 values, so the size of the data does not matter. A
    channel that never varies gets the deviation 1.
    """
    levels = np.arange(256, dtype=np.float64)
    counts = np.stack([np.bincount(images[..., channel].ravel(), minlength=256) for channel in range(3)])
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    variance = share @ levels**2 - mean**2
    deviation = np.sqrt(np.maximum(variance, 0))
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1).astype(np.float32)
