"""Frozen features: what the base computes before its first trained layer, computed once.

A layer that does not train gives the same output for the same image in every epoch. So the part
of the base before the first trained layer is run once over the images, and training goes on from
what it gave. The rest shares its layers with the whole network, which stays the one that is saved.

The result is that of the whole network up to float rounding: VGG16's base has no layer that looks
at other images of the batch or draws random numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from tuilab.engine.evaluation import StopRequested
from tuilab.engine.networks import BASE
from tuilab.engine.pixels import Scale
from tuilab.engine.splits import Split

BATCH = 250
"""Images a step while features are computed."""

MEMORY_SHARE = 0.25
"""Largest share of the free memory that features may fill; TensorFlow makes a copy of them."""


@dataclass(frozen=True)
class Cut:
    """A network divided at its first trained layer.

    Attributes:
        prefix: Keras model, scaled images to features.
        rest: Keras model, features to probabilities; shares its layers with the whole network.
        after: the name of the prefix's last layer.
        bytes_per_image: size of one image's features.
    """

    prefix: Any
    rest: Any
    after: str
    bytes_per_image: int


def cut(network: Any) -> Cut | None:
    """Divide a network built by ``networks.transfer``; None where nothing before it is frozen.

    A convolution or two at the very beginning are not worth it: block 1's output is larger than
    the image by far, so the cut is made from ``block1_pool`` on.
    """
    import keras

    if BASE not in [layer.name for layer in network.layers]:
        return None
    base = network.get_layer(BASE)
    layers = [layer for layer in base.layers if type(layer).__name__ != "InputLayer"]
    first_trained = next((n for n, layer in enumerate(layers) if layer.trainable_variables), len(layers))
    pools = [n for n, layer in enumerate(layers) if layer.name.endswith("_pool")]
    if not pools or first_trained <= pools[0]:
        return None
    last = layers[first_trained - 1]
    prefix = keras.Model(base.inputs, last.output, name="frozen")
    x = start = keras.Input(last.output.shape[1:], dtype=last.output.dtype, name="features")
    for layer in layers[first_trained:]:
        x = layer(x)
    outer = [layer.name for layer in network.layers]
    for layer in network.layers[outer.index(BASE) + 1 :]:
        x = layer(x)
    size = int(np.prod(last.output.shape[1:])) * np.dtype(_numpy_type(last.output.dtype)).itemsize
    return Cut(prefix, keras.Model(start, x, name="rest"), last.name, size)


def fits(divided: Cut, images: int) -> bool:
    """Return whether the features of so many images fit into the memory that is free."""
    return divided.bytes_per_image * images <= MEMORY_SHARE * psutil.virtual_memory().available


def compute(
    divided: Cut,
    scale: Scale,
    split: Split,
    *,
    progress: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> Split:
    """Return the features of a split's images, in its order, with its labels.

    Args:
        divided: what ``cut`` returned.
        scale: uint8 batch to float32 batch.
        split: images uint8 (n, 32, 32, 3).
        progress: takes the number of images done.
        should_stop: asked at every batch boundary.

    Raises:
        StopRequested: asked to stop.
    """
    import tensorflow as tf

    spec = tf.TensorSpec([None, *split.images.shape[1:]], tf.uint8)

    def prefix(images: Any) -> Any:
        return divided.prefix(scale(images), training=False)

    run = tf.function(prefix, input_signature=[spec], autograph=False)
    shape, dtype = divided.prefix.output.shape[1:], _numpy_type(divided.prefix.output.dtype)
    features: NDArray[Any] = np.empty((len(split), *shape), dtype)
    for start in range(0, len(split), BATCH):
        if should_stop():
            raise StopRequested
        features[start : start + BATCH] = run(split.images[start : start + BATCH]).numpy()
        progress(min(start + BATCH, len(split)))
    return Split(features, split.labels)


def _numpy_type(name: str) -> Any:
    import tensorflow as tf

    return tf.as_dtype(name).as_numpy_dtype
