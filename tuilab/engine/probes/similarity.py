"""How training changed what each layer sees: its features before and after, on the same test images.

Features are flattened, so a pixel that moves counts: a mean over the map would hide it. Their Gram matrices
are computed where the network runs, a batch at a time, so a layer's maps are never held for more images.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.evaluation import StopRequested
from tuilab.engine.fast.quick_layers import chain
from tuilab.engine.pixels import Scale
from tuilab.engine.probes.alignment import LEAST_IMAGES, Gram, alignment
from tuilab.engine.probes.beginning import network_before
from tuilab.engine.subject import Subject
from tuilab.errors import MissingError
from tuilab.runs import measurements
from tuilab.runs.similarity import LayerSimilarity, Similarity

IMAGES = 512
"""Test images at most."""
_BATCH, _SMALL_BATCH = 128, 16
"""Images at a time, and how few where maps are large."""
_BYTES = 64 * 2**20
"""What the largest map of a batch may take in float64, unless a small batch takes more."""
_SEED = 20261127
"""Chooses the images: the same for every run."""
_ARRANGES = ("Flatten", "Dropout")
"""Layers that a trained network only arranges with, or passes through."""


def measure(subject: Subject) -> None:
    """Measure, and keep what was found.

    Raises:
        MissingError: there are too few images, or what it began with is gone.
        StopRequested, OSError: as in ``tuilab.engine.measuring``.
    """
    began = time.perf_counter()
    network = subject.network
    before, origin = network_before(subject)
    batches = batches_of(subject.parts.test.images, largest_map(network))
    grams = Grams(network, subject.scaling, subject.should_stop)
    report, total = subject.report, len(batches) * len(batches[0])

    def seen(what: str) -> list[list[Gram]]:
        report.phase("evaluating", what, 0, total, "images")
        return grams.of(batches, lambda done: report.progress("evaluating", what, done, total, "images"))

    after = seen("layers after training")
    trained = network.get_weights()
    network.set_weights(before.get_weights())
    try:
        early = seen("layers before training")
    finally:
        network.set_weights(trained)
    counted = (
        {layer.name: layer for layer in subject.summary.network.layers} if subject.summary.network else {}
    )
    layers = []
    for place, layer in enumerate(grams.layers):
        pairs = [(one[place], other[place]) for one, other in zip(early, after, strict=True)]
        known = counted.get(layer.name)
        layers.append(
            LayerSimilarity(
                name=layer.name,
                type=type(layer).__name__,
                parameters=int(layer.count_params()),
                trained=known.trained if known else 0,
                similarity=alignment(pairs),
            )
        )
    measurements.save(
        subject.run,
        "similarity",
        Similarity(
            began_with=origin,
            images=total,
            batch=len(batches[0]),
            seconds=round(time.perf_counter() - began, 3),
            layers=tuple(layers),
        ),
    )


def largest_map(network: Any) -> int:
    """Return how many numbers the largest map of an image has."""
    return max(math.prod(layer.output.shape[1:]) for layer in chain(network))


def batches_of(images: NDArray[np.uint8], largest: int) -> list[NDArray[np.uint8]]:
    """Return the images that layers are compared on, in batches of one size; raises MissingError.

    Args:
        images: all test images, of which some are chosen: a data set may have its classes one after another.
        largest: numbers in the largest map of an image.
    """
    if len(images) < LEAST_IMAGES:
        raise MissingError(
            f"layers cannot be compared on {len(images)} test images: it takes {LEAST_IMAGES} at least"
        )
    rows = np.random.default_rng(_SEED).permutation(len(images))[:IMAGES]
    most = min(_BATCH, max(_SMALL_BATCH, _BYTES // (8 * largest)))
    count = math.ceil(len(rows) / most)
    size = len(rows) // count
    return [images[np.sort(rows[n * size : (n + 1) * size])] for n in range(count)]


class Grams:
    """What each layer of a network sees, as Gram matrices.

    Attributes:
        layers: those that see something of their own, from input to output.
    """

    def __init__(self, network: Any, scale: Scale, should_stop: Callable[[], bool]) -> None:
        """Prepare; weights that are put into the network later count."""
        import tensorflow as tf

        self._chain, self._scale, self._should_stop = chain(network), scale, should_stop
        self.layers = [layer for layer in self._chain if type(layer).__name__ not in _ARRANGES]
        self._step = tf.function(self._grams, autograph=False)

    def of(
        self, batches: list[NDArray[np.uint8]], progress: Callable[[int], None] = lambda done: None
    ) -> list[list[Gram]]:
        """Return for each batch, for each layer the Gram matrix; raises StopRequested."""
        found = []
        for number, batch in enumerate(batches, start=1):
            if self._should_stop():
                raise StopRequested
            found.append([*self._step(batch).numpy()])
            progress(number * len(batch))
        return found

    def _grams(self, images: Any) -> Any:
        import tensorflow as tf

        x, found = self._scale(images), []
        for layer in self._chain:
            x = layer(x, training=False)
            if layer in self.layers:
                flat = tf.cast(tf.reshape(x, [x.shape[0], -1]), tf.float64)
                flat -= tf.reduce_mean(flat, axis=0)
                found.append(tf.matmul(flat, flat, transpose_b=True))
        return tf.stack(found)
