"""What gradients say: whether they grow or shrink on their way back, and which units are dead."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

from tuilab.experiment.optimizers import AdamSpec, AdamWSpec, OptimizerSpec, RmspropSpec, SgdSpec
from tuilab.runs.gradients import GradientMoment, LayerGradient

FACTOR = 10.0
"""From the last layer to the first, a gradient that grows by more explodes, one that shrinks by more
vanishes."""

Way = Literal["explodes", "vanishes", "keeps its size"]
"""What becomes of a gradient on its way back."""


@dataclass(frozen=True)
class WayBack:
    """A gradient on its way from the output to the input.

    Attributes:
        last: the trained layer nearest to the output.
        first: that nearest to the image.
        factor: how many times as large it is at ``first`` as at ``last``; infinite where it is 0 at ``last``.
        way: what that is called.
    """

    last: LayerGradient
    first: LayerGradient
    factor: float
    way: Way


def trained(moment: GradientMoment) -> list[LayerGradient]:
    """Return the layers that have a gradient, from the image to the classes."""
    return [layer for layer in moment.layers if layer.gradient is not None]


def gradient_of(layer: LayerGradient) -> float:
    """Return the norm of the gradient of a layer that is not frozen."""
    assert layer.gradient is not None
    return layer.gradient


def way_back(moment: GradientMoment) -> WayBack | None:
    """Return what becomes of the gradient; None where fewer than two layers have one, or where it is 0."""
    layers = trained(moment)
    if len(layers) < 2:
        return None
    first, last = layers[0], layers[-1]
    near, far = gradient_of(first), gradient_of(last)
    if not math.isfinite(near + far) or near == far == 0:
        return None
    factor = near / far if far else math.inf
    way: Way = "explodes" if factor > FACTOR else "vanishes" if factor < 1 / FACTOR else "keeps its size"
    return WayBack(last, first, factor, way)


@dataclass(frozen=True)
class Dead:
    """Units behind ReLUs.

    Attributes:
        units: how many there are.
        dead: how many are 0 everywhere in every image.
        worst: the layer with the largest share of dead ones; None where there are none.
    """

    units: int
    dead: int
    worst: LayerGradient | None


def dead_units(moment: GradientMoment) -> Dead:
    """Return how many units are dead."""
    relus = [layer for layer in moment.layers if layer.units]
    dead = sum(layer.dead or 0 for layer in relus)
    worst = max(relus, key=lambda layer: (layer.dead or 0) / (layer.units or 1)) if dead else None
    return Dead(sum(layer.units or 0 for layer in relus), dead, worst)


def is_step(optimizer: OptimizerSpec) -> bool:
    """Return whether a step is the rate times the gradient, and nothing else."""
    match optimizer:
        case SgdSpec():
            return not optimizer.momentum
        case AdamSpec() | AdamWSpec() | RmspropSpec():
            return False
        case _:
            assert_never(optimizer)


def step_to_weight(
    moment: GradientMoment, optimizer: OptimizerSpec
) -> Callable[[LayerGradient], float | None]:
    """Return what gives a layer's rate x gradient / weight: that of the whole loss, clipped as in training.

    Where ``is_step``, that is how far a step moves a kernel, as a share of its norm.
    """
    clip = optimizer.clip_norm
    shortened = min(1.0, clip / moment.global_norm) if clip and moment.global_norm > 0 else 1.0

    def ratio(layer: LayerGradient) -> float | None:
        if layer.of_loss is None or not layer.norm:
            return None
        return optimizer.learning_rate * shortened * layer.of_loss / layer.norm

    return ratio
