"""What the lengths of kernels say: the rate that each one really has, and what a penalty does there."""

from dataclasses import dataclass
from typing import Literal, assert_never

from tuilab.experiment.optimizers import AdamSpec, AdamWSpec, OptimizerSpec, RmspropSpec, SgdSpec
from tuilab.runs.kernels import Kernel, KernelMoment

Rule = Literal["by its square", "by its length"]
"""What divides the rate where a kernel's length does not matter: the gradient shrinks with the length, so
steps of plain gradients turn a kernel by rate / length^2, steps of a size of their own by rate / length."""


def rule_of(optimizer: OptimizerSpec) -> Rule:
    """Return what divides an optimizer's rate."""
    match optimizer:
        case SgdSpec():
            return "by its square"
        case AdamSpec() | AdamWSpec() | RmspropSpec():
            return "by its length"
        case _:
            assert_never(optimizer)


def decoupled_decay(optimizer: OptimizerSpec) -> float:
    """Return the factor of decay that an optimizer does beside the gradient; 0 for one that has none."""
    match optimizer:
        case AdamWSpec():
            return optimizer.weight_decay
        case SgdSpec() | AdamSpec() | RmspropSpec():
            return 0.0
        case _:
            assert_never(optimizer)


def normalized(moment: KernelMoment) -> list[Kernel]:
    """Return the kernels that train and whose length does not matter."""
    return [kernel for kernel in moment.kernels if kernel.trained and kernel.normalized == "directly"]


def effective_rate(kernel: Kernel, optimizer: OptimizerSpec) -> float | None:
    """Return rate / length^2; None where the length matters, or is 0."""
    if not kernel.trained or kernel.normalized != "directly" or not kernel.norm:
        return None
    return optimizer.learning_rate / kernel.norm**2


@dataclass(frozen=True)
class Penalty:
    """What the weight penalties add to the loss.

    Attributes:
        whole: all of them.
        of_rate: those of kernels whose length does not matter: there they change the rate, not the function.
    """

    whole: float
    of_rate: float


def penalty(moment: KernelMoment) -> Penalty:
    """Return what a network pays."""
    return Penalty(
        sum(kernel.penalty for kernel in moment.kernels), sum(kernel.penalty for kernel in normalized(moment))
    )
