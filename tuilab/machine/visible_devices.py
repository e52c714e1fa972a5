"""What a CUDA_VISIBLE_DEVICES leaves visible, read as CUDA reads it, and what it means in words.

Entries are all numbers, or all the beginning of one GPU's UUID (``GPU-8932f937``), or all names of MIG
slices: ``MIG-`` and a UUID, or as drivers before 470 had them ``MIG-GPU-.../1/0``, with the numbers of the
GPU instance and the compute instance. The first entry that names nothing ends the list, and one that names a
device again leaves none visible. A GPU that is split by MIG stands for its slices.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.machine.gpus import Gpu

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable that names the GPUs that CUDA shows a process."""
_OWN = "this process's own"
_NOTHING = frozenset({"", "-1", "NoDevFiles", "void", "none"})
"""What people, and the schedulers of clusters and containers, write for no GPU at all."""
_NUMBER = re.compile(r"\+?([0-9]+)")
_OLD_SLICE = re.compile(r"MIG-(GPU-[^/]*)/([0-9]+)/([0-9]+)")
_KINDS = ("GPU-", "MIG-")


@dataclass(frozen=True)
class Restriction:
    """What the variable leaves.

    Attributes:
        gpus: those that it leaves visible, by index.
        problem: what is wrong with it, a clause; empty: nothing.
    """

    gpus: tuple[Gpu, ...]
    problem: str = ""


def visible_gpus(gpus: Sequence[Gpu], restriction: str | None = _OWN) -> tuple[Gpu, ...]:
    """Return those of ``gpus`` that a CUDA_VISIBLE_DEVICES leaves visible, in their own order.

    Args:
        gpus: as ``list_gpus`` returns them.
        restriction: the value of that variable; None: not set. Without it, this process's own is obeyed.
    """
    if restriction == _OWN:
        restriction = os.environ.get(VISIBLE)
    return tuple(gpus) if restriction is None else read_restriction(restriction, gpus).gpus


def read_restriction(value: str, gpus: Sequence[Gpu]) -> Restriction:
    """Read a value of CUDA_VISIBLE_DEVICES."""
    if value.strip() in _NOTHING:
        return Restriction(())
    chosen: list[Gpu] = []
    entries = [entry.strip() for entry in value.split(",")]
    kind = _kind(entries[0])
    problem = ""
    for place, entry in enumerate(entries):
        if place and entry == NO_GPU:
            break  # how a list is ended on purpose
        named, why = _named(entry, gpus) if _kind(entry) == kind else ([], _MIXED)
        if any(gpu in chosen for gpu in named):
            return Restriction((), f"it names {entry!r} again, and CUDA then shows no GPU; name each once")
        if not named:
            rest = ", and CUDA ignores it and all after it" if chosen else ""
            problem = f"{entry!r} {why}{rest}"
            break
        chosen += named
    return Restriction(tuple(gpu for gpu in gpus if gpu in chosen), problem)


NO_GPU = "-1"
"""The value of CUDA_VISIBLE_DEVICES that hides every GPU."""
_MIXED = "is not of the first entry's kind: they have to be all numbers, all GPU-... or all MIG-..."


def _kind(entry: str) -> str:
    return entry[:4] if entry.startswith(_KINDS) else ""


def _named(entry: str, gpus: Sequence[Gpu]) -> tuple[list[Gpu], str]:
    """Return what an entry names; where that is nothing, also why: the end of a clause."""
    if number := _NUMBER.match(entry):  # as CUDA does, what follows the digits is not looked at
        found = [gpu for gpu in gpus if gpu.index == int(number[1])]
        return found, f"is no GPU of this machine; {_there(gpus)}"
    if old := _OLD_SLICE.fullmatch(entry):
        wanted = (int(old[2]), int(old[3]))
        found = [
            gpu
            for gpu in gpus
            if gpu.uuid == entry or (gpu.board.startswith(old[1]) and gpu.instance == wanted)
        ]
    elif entry.startswith("GPU-"):
        boards = {name for gpu in gpus if (name := gpu.board or gpu.uuid).startswith(entry)}
        found = [gpu for gpu in gpus if (gpu.board or gpu.uuid) in boards]
        if len(boards) > 1:
            return [], "is the beginning of more than one UUID; write more of it"
    elif entry.startswith("MIG-"):
        found = [gpu for gpu in gpus if gpu.uuid.startswith(entry)]
    else:
        return [], "is neither a number nor a UUID that begins with GPU- or MIG-"
    if len(found) > 1 and not entry.startswith("GPU-"):
        return [], "is the beginning of more than one UUID; write more of it"
    return found, "is the UUID of nothing on this machine; nvidia-smi -L lists them"


def _there(gpus: Sequence[Gpu]) -> str:
    numbers = sorted({gpu.index for gpu in gpus})
    return f"the driver numbers them {numbers[0]} to {numbers[-1]}" if numbers else "the driver shows none"
