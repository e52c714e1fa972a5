"""The length of each kernel, what it costs, whether its length matters, and how far an epoch turned it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.fast.quick_layers import chain
from tuilab.engine.probes.moments import by_epoch
from tuilab.engine.subject import Subject
from tuilab.runs import measurements
from tuilab.runs.kernels import Kernel, KernelMoment, MeasuredKernels, Normalized


def measure(subject: Subject) -> None:
    """Measure, and keep it; raises StopRequested, OSError and MissingError."""
    lengths = Lengths(subject.network)
    moments, passed_over = by_epoch(subject, lengths.measured)
    found = MeasuredKernels(moments=tuple(moments), passed_over=tuple(passed_over))
    measurements.save(subject.run, "kernels", found)


class Lengths:
    """Measures the kernels of one network, epoch by epoch."""

    def __init__(self, network: Any) -> None:
        """Take a chain of layers; their flags say what trains."""
        self._layers = chain(network)
        self._before: tuple[int, dict[str, NDArray[np.float64]]] = -1, {}

    def measured(self, epoch: int) -> KernelMoment:
        """Measure the network as it is after so many epochs; ascending."""
        last, before = self._before
        now, found = dict[str, NDArray[np.float64]](), []
        for place, layer in enumerate(self._layers):
            if not hasattr(layer, "kernel"):
                continue
            kernel = np.asarray(layer.kernel.numpy(), np.float64).ravel()
            now[layer.name] = kernel
            normalized, norm = normalization_of(self._layers, place)
            found.append(
                Kernel(
                    name=layer.name,
                    weights=kernel.size,
                    norm=float(np.linalg.norm(kernel)),
                    penalty=float(sum(float(one) for one in layer.losses)),
                    trained=layer.trainable,
                    normalized=normalized,
                    epsilon_share=_epsilon_share(norm) if normalized == "directly" else None,
                    angle=angle_of(before[layer.name], kernel) if last == epoch - 1 else None,
                )
            )
        self._before = epoch, now
        return KernelMoment(epoch=epoch, kernels=tuple(found))


def normalization_of(layers: Sequence[Any], place: int) -> tuple[Normalized, Any]:
    """Return whether a batch normalization that trains follows a layer, and which one."""
    after = layers[place + 1 : place + 3]
    if getattr(getattr(layers[place], "activation", None), "__name__", "linear") != "linear":
        return "no", None
    if after and _normalizes(after[0]):
        return "directly", after[0]
    relu = after and getattr(getattr(after[0], "activation", None), "__name__", "") == "relu"
    if relu and len(after) > 1 and _normalizes(after[1]):
        return "behind its ReLU", after[1]
    return "no", None


def angle_of(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Return the angle between two vectors in degrees; None where one of them has no direction."""
    lengths = [float(np.linalg.norm(one)) for one in (first, second)]
    if not all(math.isfinite(one) and one > 0 for one in lengths):
        return None
    a, b = (one / length for one, length in zip((first, second), lengths, strict=True))
    # exact for small angles, where the cosine is not
    return math.degrees(2 * math.atan2(float(np.linalg.norm(a - b)), float(np.linalg.norm(a + b))))


def _normalizes(layer: Any) -> bool:
    return type(layer).__name__ == "BatchNormalization" and layer.trainable


def _epsilon_share(norm: Any) -> float:
    variance = np.asarray(norm.moving_variance.numpy(), np.float64)
    return float((norm.epsilon / (variance + norm.epsilon)).mean())
