"""Gradients by layer, and ReLUs that are 0, on the same training images for every epoch.

As a training step sees them: batch normalizations that train take the statistics of the batch. Only dropout
is off, so that chance has no part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.evaluation import cross_entropy
from tuilab.engine.fast.quick_layers import chain
from tuilab.engine.pixels import Scale
from tuilab.engine.probes.moments import by_epoch
from tuilab.engine.splits import Split
from tuilab.engine.subject import Subject
from tuilab.runs import measurements
from tuilab.runs.gradients import GradientMoment, LayerGradient, MeasuredGradients

IMAGES, BATCH = 256, 64
"""How many are looked at, and at most so many at once: whatever the run's batch, so that runs compare."""

_HALF_SCALE = 2.0**10
"""What losses are multiplied by in half precision, whose smallest numbers would be 0 otherwise."""


def measure(subject: Subject) -> None:
    """Measure, and keep it; raises StopRequested, OSError and MissingError."""
    training = subject.parts.training
    probes = Split(training.images[:IMAGES], training.labels[:IMAGES])
    moments, passed_over = by_epoch(
        subject, lambda epoch: gradients(subject.network, probes, subject.scaling, epoch)
    )
    found = MeasuredGradients(
        images=len(probes), batch=BATCH, moments=tuple(moments), passed_over=tuple(passed_over)
    )
    measurements.save(subject.run, "gradients", found)


def gradients(network: Any, probes: Split, scale: Scale, epoch: int) -> GradientMoment:
    """Measure a network; its weights and statistics are afterwards what they were.

    Args:
        network: a chain of layers; their flags say what trains.
        probes: images with labels, as they are stored.
        scale: of their pixels.
        epoch: how many it has trained.
    """
    layers = chain(network)
    kernels = [layer for layer in layers if hasattr(layer, "kernel")]
    relus = _relus(layers)
    sums = _Sums()
    moving = [v for layer in layers for v in layer.non_trainable_variables if layer.trainable]
    before = [v.numpy() for v in moving]
    parts = np.array_split(np.arange(len(probes)), -(-len(probes) // BATCH))
    for part in parts:
        _add(sums, network, layers, relus, scale(probes.images[part]), probes.labels[part], len(probes))
    for variable, value in zip(moving, before, strict=True):
        variable.assign(value)
    trained = list(network.trainable_variables)
    whole = _with_penalties(network, trained, sums.gradients)
    places = {id(variable): n for n, variable in enumerate(trained)}
    found = []
    for layer in kernels:
        place, outputs = places.get(id(layer.kernel)), sums.relus.get(layer.name)
        found.append(
            LayerGradient(
                name=layer.name,
                weights=int(np.prod(layer.kernel.shape)),
                norm=norm_of(layer.kernel.numpy()),
                gradient=None if place is None else norm_of(sums.gradients[place]),
                of_loss=None if place is None else norm_of(whole[place]),
                units=None if outputs is None else len(outputs.fired),
                dead=None if outputs is None else int((~outputs.fired).sum()),
                zeros=None if outputs is None else outputs.zeros / outputs.numbers,
            )
        )
    everything = float(np.sqrt(sum(norm_of(one) ** 2 for one in whole)))
    return GradientMoment(epoch=epoch, global_norm=everything, layers=tuple(found))


def norm_of(values: NDArray[Any]) -> float:
    """Return the Euclidean norm of an array, added up in double precision."""
    return float(np.linalg.norm(np.asarray(values, np.float64).ravel()))


@dataclass
class _Outputs:
    """What a ReLU put out so far: which units fired, how many numbers there were and how many were 0."""

    fired: NDArray[np.bool_]
    numbers: int = 0
    zeros: int = 0


@dataclass
class _Sums:
    """Over batches: gradients of the mean cross-entropy, and outputs by the layer before the ReLU."""

    gradients: list[NDArray[np.float64]] = field(default_factory=list)
    relus: dict[str, _Outputs] = field(default_factory=dict)


def _add(
    sums: _Sums,
    network: Any,
    layers: Sequence[Any],
    relus: dict[str, str],
    images: Any,
    labels: NDArray[np.int32],
    total: int,
) -> None:
    """Add a batch, which counts as its share of all images."""
    import tensorflow as tf

    half = _HALF_SCALE if any(layer.compute_dtype == "float16" for layer in layers) else 1.0
    variables = list(network.trainable_variables)
    with tf.GradientTape() as tape:
        x, outputs = images, dict[str, Any]()
        for layer in layers:
            x = _computed(layer, x)
            if layer.name in relus:
                outputs[relus[layer.name]] = x
        loss = half * tf.reduce_sum(cross_entropy(labels, x)) / total
    parts = [np.asarray(one, np.float64) / half for one in tape.gradient(loss, [v.value for v in variables])]
    sums.gradients = [a + b for a, b in zip(sums.gradients, parts, strict=True)] if sums.gradients else parts
    for name, output in outputs.items():
        _count(sums.relus, name, output.numpy())


def _computed(layer: Any, x: Any) -> Any:
    match type(layer).__name__:
        case "Dropout":
            return x
        case "BatchNormalization":
            return layer(x, training=True)
        case _:
            return layer(x)


def _count(relus: dict[str, _Outputs], name: str, output: NDArray[Any]) -> None:
    seen = relus.setdefault(name, _Outputs(np.zeros(output.shape[-1], bool)))
    seen.fired |= (output > 0).reshape(-1, output.shape[-1]).any(axis=0)
    seen.numbers += output.size
    seen.zeros += int((output <= 0).sum())


def _with_penalties(
    network: Any, trained: Sequence[Any], gradients: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Return the gradients of the whole loss from those of the cross-entropy."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        penalties = network.losses
        penalty = tf.add_n([tf.cast(p, tf.float32) for p in penalties]) if penalties else tf.constant(0.0)
    parts = tape.gradient(penalty, [v.value for v in trained])
    return [
        one if part is None else one + np.asarray(part, np.float64)
        for one, part in zip(gradients, parts, strict=True)
    ]


def _relus(layers: Sequence[Any]) -> dict[str, str]:
    """Return for each layer that puts out a ReLU the layer whose kernel is the last before it."""
    found, last = dict[str, str](), ""
    for layer in layers:
        if hasattr(layer, "kernel"):
            last = layer.name
        if getattr(getattr(layer, "activation", None), "__name__", "") == "relu":
            found[layer.name] = last
    return found
