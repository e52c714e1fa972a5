"""What runs compute on: this machine's devices, which of them are taken, and the freest of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuilab.machine.gpus import Gpu, freest, list_gpus
from tuilab.machine.visible_devices import VISIBLE, visible_gpus

CPU = "cpu"


@dataclass(frozen=True)
class Device:
    """What a run is to compute on.

    Attributes:
        name: ``cpu`` or ``gpu:K``.
        visible: what CUDA_VISIBLE_DEVICES has to be for it to be that GPU, of several; None: as it is.
    """

    name: str
    visible: str | None = None


@dataclass(frozen=True)
class Devices:
    """The devices of this machine: its GPUs; and the CPU, which takes one run as well.

    Attributes:
        gpus: as ``list_gpus`` returns them, a GPU that is split by MIG as its parts.
    """

    gpus: tuple[Gpu, ...] = ()

    @classmethod
    def here(cls) -> "Devices":
        """Ask the driver."""
        return cls(list_gpus())

    def names(self) -> tuple[str, ...]:
        """Return what runs of their own choice compute on, a name for each that can train at once."""
        return tuple(f"gpu:{gpu.index}" for gpu in self.gpus) or (CPU,)

    def choose(
        self, asked: str, taken: Sequence[str], environment: Mapping[str, str], *, beside: bool = False
    ) -> Device | None:
        """Return the freest device that a run may compute on; None if all of them are taken, or none fits.

        Args:
            asked: ``auto``, ``cpu`` or ``gpu:K``.
            taken: the names of devices that runs compute on, one for each run.
            environment: that of whoever asked, whose CUDA_VISIBLE_DEVICES is obeyed.
            beside: whether it may share a device.
        """
        seen = visible_gpus(self.gpus, environment.get(VISIBLE))
        if asked == CPU or (asked == "auto" and not seen):
            return Device(CPU) if beside or CPU not in taken else None
        fitting = [gpu for gpu in seen if asked in ("auto", f"gpu:{gpu.index}")]
        free = fitting if beside else _without(fitting, taken)
        if not free:
            return None
        gpu = freest(free)
        return Device(f"gpu:{gpu.index}", gpu.cuda_name if len(seen) > 1 else None)

    def has(self, asked: str, environment: Mapping[str, str]) -> bool:
        """Return whether this machine has what a run asks for, taken or not."""
        return self.choose(asked, (), environment, beside=True) is not None


def _without(gpus: Sequence[Gpu], taken: Sequence[str]) -> list[Gpu]:
    """Return GPUs without those that are taken; of one in parts, those whose memory is used most are."""
    free = list(gpus)
    for name in taken:
        named = [gpu for gpu in free if f"gpu:{gpu.index}" == name]
        if named:
            free.remove(min(named, key=lambda gpu: gpu.memory_free))
    return free
