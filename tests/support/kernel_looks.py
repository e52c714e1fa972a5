"""Runs whose gradients and kernels were measured, from fixed numbers; and their pictured states."""

from collections.abc import Mapping

from finished_runs import finished_run
from looked_into import answers, looking
from records import CIFAR10, epoch
from snapshot_states import State

from tuilab.looks.catalogue import LOOKS, LookName
from tuilab.runs import measurements
from tuilab.runs.answers import save
from tuilab.runs.gradients import GradientMoment, LayerGradient, MeasuredGradients
from tuilab.runs.kernels import Kernel, KernelMoment, MeasuredKernels
from tuilab.runs.run import Run

LAYERS = {"block1_conv1": 32, "block1_conv2": 32, "block2_conv1": 64, "block2_conv2": 64, "dense": 512}
"""Layers with a ReLU, and its units; ``classes`` follows."""


def run_of(preset: str = "bn-l2", **settings: object) -> Run:
    """Make a finished run of three epochs of CIFAR-10."""
    return finished_run(
        preset,
        {"data.source": "cifar10", **settings},
        epochs=[epoch(number) for number in range(1, 4)],
        dataset=CIFAR10,
    )


def gradient_moment(number: int, *, factor: float = 0.4, dead: int = 3) -> GradientMoment:
    """Return a network after some epochs.

    Args:
        number: how many.
        factor: what the gradient is multiplied by from a layer back to the one before it.
        dead: units of ``dense`` that are.
    """
    places = [*LAYERS, "classes"]
    layers = []
    for place, name in enumerate(places):
        size = factor ** (len(places) - 1 - place) / number
        units = LAYERS.get(name)
        layers.append(
            LayerGradient(
                name=name,
                weights=864 * (place + 1),
                norm=2.0 + place,
                gradient=size,
                of_loss=size + 0.01,
                units=units,
                dead=None if units is None else dead if name == "dense" else 0,
                zeros=None if units is None else 0.4 + 0.05 * place,
            )
        )
    return GradientMoment(epoch=number, global_norm=1.5 / number, layers=tuple(layers))


def with_gradients(**moment: float) -> Run:
    """Make a run whose gradients were measured after each epoch."""
    run = run_of()
    moments = tuple(gradient_moment(number, **moment) for number in (1, 2, 3))  # type: ignore[arg-type]
    save(run, answers())
    measurements.save(run, "gradients", MeasuredGradients(images=256, batch=64, moments=moments))
    return run


def kernel_moment(number: int, *, before: int = 5, share: float = 0.001) -> KernelMoment:
    """Return a network after some epochs, whose kernels grow shorter.

    Args:
        number: how many.
        before: the first so many kernels feed a batch normalization.
        share: of epsilon in what they are divided by.
    """
    kernels = tuple(
        Kernel(
            name=name,
            weights=864 * (place + 1),
            norm=(2.0 + place) / number,
            penalty=0.0 if name == "classes" else 0.001 * ((2.0 + place) / number) ** 2,
            trained=True,
            normalized="directly" if place < before else "no",
            epsilon_share=share if place < before else None,
            angle=None if number == 1 else 12.5 + place,
        )
        for place, name in enumerate([*LAYERS, "classes"])
    )
    return KernelMoment(epoch=number, kernels=kernels)


def with_kernels(preset: str = "bn-l2", settings: Mapping[str, object] | None = None, **moment: float) -> Run:
    """Make a run whose kernels were measured after each epoch."""
    run = run_of(preset, **(settings or {}))
    moments = tuple(kernel_moment(number, **moment) for number in (1, 2, 3))  # type: ignore[arg-type]
    save(run, answers())
    measurements.save(run, "kernels", MeasuredKernels(moments=moments))
    return run


def _to(name: LookName) -> str:
    """Return the keys that lead from the first look to another."""
    return " ".join(["tab"] * [one.name for one in LOOKS].index(name))


KERNEL_STATES = {
    "look-kernels": State(with_kernels, looking(_to("kernels"))),
    "look-gradients": State(with_gradients, looking(_to("gradients"))),
}
"""Pictured at both sizes, dark."""
