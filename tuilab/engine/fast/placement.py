"""Where the images that train are held: on the GPU, in main memory, or in the file they are read from."""

import sys
from typing import Any, Literal

import numpy as np
import psutil
from numpy.typing import NDArray

from tuilab.experiment.feature_choice import MEMORY_SHARE

Place = Literal["device", "memory", "disk"]
"""``device``: a step gathers its batch on the GPU. ``memory``: it gathers it in main memory, and copies it to
where it computes. ``disk``: each step reads its own from a file that is mapped."""

DEVICE_SHARE = 0.4
"""Largest share of what is left of a GPU's memory beside the network that images or features may take: what
the network needs is counted, and can be more."""

WORD = 8
"""Bytes that are gathered at once on a GPU: TensorFlow has no kernel there that gathers single ones."""


def place_of(images: NDArray[Any], device_bytes: int | None) -> Place:
    """Decide where images or features are held.

    Args:
        images: (n, ...), any type.
        device_bytes: free bytes of the GPU that trains; None: the CPU trains.
    """
    if device_bytes is not None and images.nbytes <= DEVICE_SHARE * device_bytes:
        return "device"
    return "memory" if fits_memory(images) else "disk"


def fits_memory(images: NDArray[Any]) -> bool:
    """Return whether images or features may be held in main memory; TensorFlow makes a copy of them."""
    return images.nbytes <= MEMORY_SHARE * psutil.virtual_memory().available


class DeviceRows:
    """Images and labels on the device that computes, from which a step gathers its batch there."""

    def __init__(self, images: NDArray[Any], labels: NDArray[np.int32]) -> None:
        """Copy them.

        Args:
            images: (n, ...), uint8 images or features of any type.
            labels: int32 (n,).
        """
        import tensorflow as tf

        self._shape, self._type = images.shape[1:], tf.as_dtype(images.dtype)
        row = int(np.prod(self._shape)) * images.dtype.itemsize
        self._in_words = images.dtype == np.uint8 and row % WORD == 0 and sys.byteorder == "little"
        held = np.ascontiguousarray(images).reshape(len(images), -1)
        with tf.device("/GPU:0" if tf.config.get_visible_devices("GPU") else "/CPU:0"):
            self._images = tf.constant(held.view(np.int64) if self._in_words else held)
            # int32 would be held in main memory, wherever the rest is
            self._labels = tf.constant(labels.astype(np.int64))

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Return images (n, ...) and labels int64 (n,) of some rows, int64 (n,)."""
        import tensorflow as tf

        images = tf.gather(self._images, rows)
        if self._in_words:
            images = tf.bitcast(images, self._type)
        return tf.reshape(images, [-1, *self._shape]), tf.gather(self._labels, rows)


class MemoryRows:
    """Images and labels in main memory: a step copies only its own batch to the device."""

    def __init__(self, images: NDArray[Any], labels: NDArray[np.int32]) -> None:
        """Hold them, as ``DeviceRows`` does."""
        import tensorflow as tf

        with tf.device("/CPU:0"):
            self._images, self._labels = tf.constant(images), tf.constant(labels)

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Return images (n, ...) and labels int32 (n,) of some rows, int32 (n,)."""
        import tensorflow as tf

        with tf.device("/CPU:0"):
            return tf.gather(self._images, rows), tf.gather(self._labels, rows)
