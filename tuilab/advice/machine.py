"""What estimates ask of a machine."""

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """A machine at one moment.

    Attributes:
        host: its name, by which runs are known that trained on it.
        cores: how many it has.
        memory: free bytes.
    """

    host: str
    cores: int
    memory: float


def this_machine() -> Machine:
    """Ask this one."""
    import psutil

    return Machine(platform.node(), os.cpu_count() or 1, float(psutil.virtual_memory().available))
