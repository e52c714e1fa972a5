"""What an experiment asks of a machine, counted from its layers: operations, steps and bytes.

An epoch is the training images forward and backward and the validation images forward. The frozen
part of a base is computed once a run, where memory holds its output; then epochs begin behind it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from math import ceil, prod

from tuilab.experiment.experiment import Experiment
from tuilab.experiment.feature_choice import MEMORY_SHARE
from tuilab.experiment.network import PlannedLayer, layer_stack, totals

FEATURE_BATCH = 250
"""Images a step while the frozen part is computed."""


@dataclass(frozen=True)
class Images:
    """How many images an epoch goes through."""

    training: int
    validation: int


@dataclass(frozen=True)
class Workload:
    """What a run asks for.

    Attributes:
        epoch_flops: floating-point operations an epoch, validation included.
        epoch_steps: batches an epoch, validation left out.
        once_flops: operations before the first epoch, for the frozen part; 0 if nothing is kept.
        once_steps: batches of that.
        activation_bytes: kept for the backward pass of one batch.
        parameter_bytes: the weights.
        gradient_bytes: a number for each weight that trains.
        optimizer_bytes: what the optimizer remembers of each such weight.
        feature_bytes: the frozen part's output for all images; 0 if it is not kept.
    """

    epoch_flops: float
    epoch_steps: int
    once_flops: float
    once_steps: int
    activation_bytes: int
    parameter_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    feature_bytes: int


def workload(experiment: Experiment, images: Images, *, classes: int = 10, memory: float) -> Workload:
    """Count what a run asks for.

    Args:
        experiment: what is trained.
        images: how many images.
        classes: units of the last layer.
        memory: free bytes of the machine, which decide whether the frozen part is computed once.
    """
    stack, training = layer_stack(experiment, classes), experiment.training
    number = training.activation_bytes
    frozen, everything = frozen_part(stack), images.training + images.validation
    feature_bytes = prod(frozen[-1].output) * number * everything if frozen else 0
    if feature_bytes > MEMORY_SHARE * memory:
        frozen, feature_bytes = (), 0
    rest, whole = stack[len(frozen) :], totals(stack)
    forward = totals(rest).flops
    return Workload(
        epoch_flops=float(images.training * (forward + _backward(rest)) + images.validation * forward),
        epoch_steps=ceil(images.training / training.batch_size),
        once_flops=float(everything * totals(frozen).flops),
        once_steps=ceil(everything / FEATURE_BATCH) if frozen else 0,
        activation_bytes=min(training.batch_size, images.training) * whole.activations * number,
        parameter_bytes=4 * whole.parameters,
        gradient_bytes=4 * whole.trained,
        optimizer_bytes=4 * whole.trained * experiment.optimizer.memories,
        feature_bytes=feature_bytes,
    )


def frozen_part(stack: tuple[PlannedLayer, ...]) -> tuple[PlannedLayer, ...]:
    """Return the layers that the engine runs once."""
    base = [layer for layer in stack if layer.part == "base"]
    return tuple(base[: frozen_layers((layer.trained > 0, layer.type == "MaxPooling2D") for layer in base)])


def frozen_layers(base: Iterable[tuple[bool, bool]]) -> int:
    """Return how many layers of a base are run once, and their output kept.

    They are those before the first that trains. A convolution or two at the very beginning are not worth
    it: the output of block 1 is larger than the image by far, so it is none where the first pool is not
    among them.

    Args:
        base: of each layer whether it trains and whether it is a pool, from the image on.
    """
    frozen = list(takewhile(lambda layer: not layer[0], base))
    return len(frozen) if any(pool for _, pool in frozen) else 0


def _backward(layers: Iterable[PlannedLayer]) -> int:
    """Return the operations of the backward pass: the forward pass's again for the weights of a layer
    that trains, and again for its input where something before it trains.
    """
    flops, trains = 0, False
    for layer in layers:
        flops += layer.flops * (bool(layer.trained) + trains)
        trains = trains or layer.trained > 0
    return flops
