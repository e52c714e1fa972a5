"""Whether a GPU has the memory that a run needs, said before anything starts."""

from collections.abc import Sequence

from tuilab.errors import RunError, listed
from tuilab.machine.finding import gib
from tuilab.machine.gpus import Gpu, processes_on
from tuilab.terminal import clean

_MOST_NAMED = 3


def fits(gpu: Gpu, needed: int) -> bool:
    """Return whether so many bytes are free; a GPU that does not report its memory has enough."""
    return not gpu.memory_total or needed <= gpu.memory_free


def too_little(gpu: Gpu, needed: int, ways: Sequence[str], others: Sequence[Gpu] = ()) -> RunError:
    """Return the error that says how much is needed and free, who holds the rest, and what helps.

    Args:
        gpu: the one that was chosen.
        needed: bytes.
        ways: what else would make it fit.
        others: the GPUs that a run may take; one that has enough is named.
    """
    name = f"GPU {gpu.index} ({clean(gpu.name)})"
    held = _held(gpu)
    free = f"{gib(gpu.memory_free)} of {gib(gpu.memory_total)} are free{f'; {held}' if held else ''}"
    sentence = f"this training needs about {gib(needed)} of memory on {name}, where {free}"
    enough = [other for other in others if other.index != gpu.index and other.memory_free >= needed]
    elsewhere = [
        f"another GPU: --device gpu:{other.index} has {gib(other.memory_free)} free" for other in enough[:1]
    ]
    return RunError(sentence, [*ways, *elsewhere, "--device cpu trains without it"])


def _held(gpu: Gpu) -> str:
    """Return which processes hold most of it: a clause, empty where the driver does not tell."""
    found = [one for one in processes_on(gpu) if one.memory]
    named = [f"process {one.pid} holds {gib(one.memory or 0)}" for one in found[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        named.append(f"{len(found) - _MOST_NAMED} more hold less")
    return listed(named)
