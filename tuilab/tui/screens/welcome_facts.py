"""What a first start needs to know of this machine, each found out by itself; none of it on the UI thread."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from tuilab.bases.base_network import BaseNetwork
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import TuilabError
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.named import COURSE, DATASETS
from tuilab.terminal import clean, path_text

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
    from tuilab.machine.visible_devices import visible_gpus

    listed = gpus.list_gpus()
    visible = visible_gpus(listed)
    if visible:
        return Fact("there", clean(", ".join(map(gpus.describe, visible))))
    if listed:
        return Fact("absent", "none usable, CUDA_VISIBLE_DEVICES hides them; runs use the CPU")
    problem = gpus.driver_report().problem or "the NVIDIA driver shows none"
    return Fact("absent", f"none, runs use the CPU: {clean(problem)}")


def data_set(info: DatasetInfo) -> Fact:
    """Where a data set is, or why no copy of it can be used."""
    if info.files is None:
        return Fact("there", f"{info.images:,} {info.about}, built in")
    try:
        path = info.files.location()
    except TuilabError as error:
        return Fact("wrong", error.sentence)
    return Fact("absent", "not on this machine") if path is None else Fact("there", path_text(path))


def weights(base: BaseNetwork) -> Fact:
    """Where a base's weights are, or why a file of that name cannot be used."""
    from tuilab.sources import base_weights

    try:
        found = base_weights.location(base)
    except TuilabError as error:
        return Fact("wrong", error.sentence)
    if found is None:
        return Fact("absent", "not on this machine; transfer learning needs them")
    return Fact("there", f"{clean(found[0])}: {path_text(found[1])}")


DATA_SETS = sorted(DATASETS.values(), key=lambda info: info.files is not None)
"""Those that need no download first."""

FACTS: dict[str, Callable[[], Fact]] = {
    "CPU": cpu,
    "GPU": gpu,
    **{info.title: partial(data_set, info) for info in DATA_SETS},
    **{base.title: partial(weights, base) for base in BASES.values()},
}
"""What is looked for, in the order in which it is shown."""

ONLY_WHERE_FOUND = frozenset(
    {info.title for info in DATA_SETS if info.files and info.name != COURSE}
    | {base.title for base in BASES.values() if base.name != COURSE_BASE}
)
"""What has no line while it is not here: that it can be downloaded says as much."""
