"""What the processors and memories are at: psutil for the machine, NVML for its GPUs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GpuReading:
    """One GPU at one moment.

    Attributes:
        index: as ``nvidia-smi`` counts.
        utilization: percent; None if the card does not say.
        used: bytes.
        total: bytes; 0 if the card does not say.
        temperature: degrees Celsius; None if the card does not say.
        power: watts; None if the card does not say.
    """

    index: int
    utilization: int | None
    used: int
    total: int
    temperature: int | None
    power: float | None


@dataclass(frozen=True)
class Reading:
    """The machine at one moment.

    Attributes:
        cpu: percent of all cores together since the reading before.
        used: bytes of memory that cannot be had.
        total: bytes of memory there are.
        gpus: empty if there are none.
    """

    cpu: float
    used: int
    total: int
    gpus: tuple[GpuReading, ...] = ()


def read_meters() -> Reading:
    """Ask the machine. Takes milliseconds; not for the UI thread."""
    import psutil

    from tuilab.machine.gpus import list_gpus

    memory = psutil.virtual_memory()
    gpus = tuple(
        GpuReading(
            gpu.index, gpu.utilization, gpu.memory_used, gpu.memory_total, gpu.temperature, gpu.power_watts
        )
        for gpu in list_gpus()
    )
    return Reading(psutil.cpu_percent(), memory.total - memory.available, memory.total, gpus)


def words(reading: Reading) -> str:
    """Return a reading as one line; what a card does not say is left out."""
    parts = [f"CPU {reading.cpu:.0f} %", f"memory {_gib(reading.used)} of {_gib(reading.total)} GiB"]
    for gpu in reading.gpus:
        facts = [
            f"{gpu.utilization} %" if gpu.utilization is not None else "",
            f"{_gib(gpu.used)} of {_gib(gpu.total)} GiB" if gpu.total else "",
            f"{gpu.temperature} °C" if gpu.temperature is not None else "",
            f"{gpu.power:.0f} W" if gpu.power is not None else "",
        ]
        parts.append(" ".join([f"GPU {gpu.index}", *(fact for fact in facts if fact)]))
    return " · ".join(parts)


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"
