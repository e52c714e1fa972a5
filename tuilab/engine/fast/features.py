"""Frozen features: what the base computes before its first trained layer, computed once.

A layer that does not train gives the same output for the same image in every epoch. So the part
of the base before the first trained layer is run once over the images, and training continues from
what it gave. The rest shares its layers with the whole network, which stays the one that is saved.

The result is that of the whole network up to float rounding: a base has no layer that looks at
other images of the batch or draws random numbers.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.base_networks import base_in
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.fast import quick_layers
from tuilab.engine.pixels import Scale
from tuilab.experiment.workload import FEATURE_BATCH, frozen_layers

BATCH = FEATURE_BATCH
"""Images a step while features are computed."""


@dataclass(frozen=True)
class Cut:
    """A network divided at its first trained layer.

    Attributes:
        base: the base inside the network.
        prefix: Keras model, scaled images to features.
        rest: Keras model, features to probabilities; shares its layers with the whole network.
        after: the name of the prefix's last layer.
    """

    base: Any
    prefix: Any
    rest: Any
    after: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image's features."""
        return tuple(self.prefix.output.shape[1:])

    @property
    def dtype(self) -> str:
        """NumPy's name of their type."""
        return numpy_type(self.prefix.output.dtype)

    @property
    def bytes_per_image(self) -> int:
        """Size of one image's features."""
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    def up_to(self, layer: str) -> Any:
        """Return the part of the prefix that ends with an earlier layer, as a Keras model."""
        import keras

        return keras.Model(self.base.inputs, self.base.get_layer(layer).output, name="earlier")


def cut(network: Any, *, xla: bool = False) -> Cut | None:
    """Divide a network behind its frozen layers; None if nothing is run once.

    Args:
        network: of ``networks.transfer``.
        xla: whether XLA compiles what trains the rest.
    """
    import keras

    base = base_in(network)
    if base is None:
        return None
    layers = [layer for layer in base.layers if type(layer).__name__ != "InputLayer"]
    frozen = frozen_layers(
        (bool(layer.trainable_variables), layer.name.endswith("_pool")) for layer in layers
    )
    if not frozen:
        return None
    last = layers[frozen - 1]
    prefix = keras.Model(base.inputs, last.output, name="frozen")
    x = start = keras.Input(last.output.shape[1:], dtype=last.output.dtype, name="features")
    everything = quick_layers.chain(network)
    for layer in everything[everything.index(last) + 1 :]:
        x = quick_layers.through(layer, x, xla=xla)
    return Cut(base, prefix, keras.Model(start, x, name="rest"), last.name)


def weights_digest(model: Any) -> str:
    """Return the SHA-256 (hex) of a model's weights, in the order of its layers."""
    h = hashlib.sha256()
    for variable in model.weights:
        h.update(str(tuple(variable.shape)).encode())
        h.update(np.ascontiguousarray(variable.numpy()).data)
    return h.hexdigest()


def compute(
    divided: Cut,
    layers: Sequence[str],
    scale: Scale,
    blocks: Sequence[NDArray[np.uint8]],
    *,
    should_stop: Callable[[], bool],
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield the outputs of some layers of the prefix, for ``BATCH`` images at a time, in their order.

    One pass through the prefix gives them all. The last images are computed in a batch that is filled up,
    so that what an image gives does not depend on how many there are.

    Args:
        divided: what ``cut`` returned.
        layers: names, each in the prefix.
        scale: uint8 batch to float32 batch.
        blocks: uint8 (n, 32, 32, 3) each; they are gone through as if they were one.
        should_stop: asked at every batch boundary.

    Raises:
        StopRequested: asked to stop.
    """
    import keras
    import tensorflow as tf

    outputs = [divided.base.get_layer(name).output for name in layers]
    model = keras.Model(divided.base.inputs, outputs, name="frozen_outputs")

    def outputs_of(images: Any) -> Any:
        return model(scale(images), training=False)

    spec = tf.TensorSpec([BATCH, *blocks[0].shape[1:]], tf.uint8)
    run = tf.function(outputs_of, input_signature=[spec], autograph=False)
    for batch in _batches(blocks):
        if should_stop():
            raise StopRequested
        filled = batch
        if len(batch) < BATCH:
            filled = np.concatenate([batch, np.zeros((BATCH - len(batch), *batch.shape[1:]), np.uint8)])
        given = run(filled)
        given = given if isinstance(given, list | tuple) else [given]
        yield tuple(output.numpy()[: len(batch)] for output in given)


def _batches(blocks: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Yield ``BATCH`` images at a time, across the blocks' borders."""
    held: list[NDArray[np.uint8]] = []
    missing = BATCH
    for block in blocks:
        start = 0
        while start < len(block):
            piece = block[start : start + missing]
            held.append(piece)
            start, missing = start + len(piece), missing - len(piece)
            if not missing:
                yield held[0] if len(held) == 1 else np.concatenate(held)
                held, missing = [], BATCH
    if held:
        yield held[0] if len(held) == 1 else np.concatenate(held)


def numpy_type(name: str) -> str:
    """Return NumPy's name of a TensorFlow type."""
    import tensorflow as tf

    return np.dtype(tf.as_dtype(name).as_numpy_dtype).name
