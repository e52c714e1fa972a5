"""What estimates ask of a machine."""

import os
import platform
from dataclasses import dataclass

from tuilab.machine.gpus import Gpu, freest, list_gpus
from tuilab.machine.visible_devices import visible_gpus


@dataclass(frozen=True)
class Machine:
    """A machine at one moment.

    Attributes:
        host: its name, by which runs are known that trained on it.
        cores: how many it has.
        memory: free bytes.
        gpus: those that a run may take.
    """

    host: str
    cores: int
    memory: float
    gpus: tuple[Gpu, ...] = ()

    def gpu(self, device: str) -> Gpu | None:
        """Return the GPU that ``gpu:K`` or ``auto`` means here, the freest; None: it means none."""
        fitting = [gpu for gpu in self.gpus if device in ("auto", f"gpu:{gpu.index}")]
        return freest(fitting) if fitting else None


def this_machine() -> Machine:
    """Ask this one, and its driver."""
    import psutil

    return Machine(
        platform.node(),
        os.cpu_count() or 1,
        float(psutil.virtual_memory().available),
        visible_gpus(list_gpus()),
    )
