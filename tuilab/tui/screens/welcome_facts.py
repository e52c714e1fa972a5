"""What a first start needs to know of this machine, each found out by itself; none of it on the UI thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tuilab.errors import TuilabError
from tuilab.terminal import clean

State = Literal["there", "absent", "wrong"]


@dataclass(frozen=True)
class Fact:
    """One line of what is on this machine.

    Attributes:
        state: there, not there, or there and not usable.
        words: what was found; clean.
    """

    state: State
    words: str


def cpu() -> Fact:
    """The CPU and its cores."""
    from tuilab.machine.hardware import cpu_model, usable_cores

    cores = usable_cores()
    return Fact("there", f"{clean(cpu_model(), limit=80)}, {cores} core{'s' if cores != 1 else ''}")


def gpu() -> Fact:
    """The GPUs that a run may take, or why there is none."""
    from tuilab.machine import gpus

    listed = gpus.list_gpus()
    visible = gpus.visible_gpus(listed)
    if visible:
        return Fact("there", clean(", ".join(map(gpus.describe, visible))))
    if listed:
        return Fact("absent", "none usable, CUDA_VISIBLE_DEVICES hides them; runs use the CPU")
    problem = gpus.driver_report().problem or "the NVIDIA driver shows none"
    return Fact("absent", f"none, runs use the CPU: {clean(problem)}")


def digits() -> Fact:
    """The images that are always there."""
    return Fact("there", "1,797 small images of digits, built in")


def cifar10() -> Fact:
    """Where CIFAR-10 lies; says so where no copy of it is whole."""
    from tuilab.sources.cifar import cifar10_location

    try:
        path = cifar10_location()
    except TuilabError as error:
        return Fact("wrong", error.sentence)
    return Fact("absent", "not on this machine") if path is None else Fact("there", clean(str(path)))


def vgg16() -> Fact:
    """Where VGG16's weights lie; says so where a file of their name is another."""
    from tuilab.sources.vgg16 import vgg16_location

    try:
        found = vgg16_location()
    except TuilabError as error:
        return Fact("wrong", error.sentence)
    if found is None:
        return Fact("absent", "not on this machine; transfer learning needs them")
    return Fact("there", clean(f"{found[0]}: {found[1]}"))


FACTS: dict[str, Callable[[], Fact]] = {
    "CPU": cpu,
    "GPU": gpu,
    "digits": digits,
    "CIFAR-10": cifar10,
    "VGG16": vgg16,
}
"""What is looked for, in the order in which it is shown."""
