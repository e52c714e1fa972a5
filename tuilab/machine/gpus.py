"""Which NVIDIA GPUs there are and which one a run takes, asked of the driver through NVML.

NVML needs no CUDA library and takes no GPU memory, so this works before TensorFlow is imported. A GPU
split by MIG appears as its slices, all with the index of the GPU they are part of; one in MIG mode that
has no slice is not listed, because CUDA shows no device there (``left_out`` says so). What a
CUDA_VISIBLE_DEVICES makes of them is in ``visible_devices``.

The machines this was written on have no GPU: the tests put a fake ``pynvml`` at the driver's edge. On one
real card (an H100, driver 580) it was seen to work; MIG and drivers that do not answer were not.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Gpu:
    """One GPU, or one MIG slice of a GPU, at the moment of asking.

    Attributes:
        index: NVML's number (PCI bus order, as ``nvidia-smi`` counts), from 0.
        uuid: ``GPU-...`` or ``MIG-...``; empty: the driver does not tell.
        name: the driver's name for it; not yet cleaned for a screen.
        memory_total: bytes; 0 if the driver does not say (boards that share the CPU's memory).
        memory_used: bytes, by every process.
        utilization: percent of the last sample in which a kernel ran, 0-100; None: not reported.
        temperature: degrees Celsius; None: not reported.
        power_watts: drawn now; None: not reported.
        compute_capability: (major, minor); None: not reported.
        board: the UUID of the GPU that it is a slice of; empty: it is a whole one.
        instance: the numbers of a slice's GPU instance and compute instance; None: a whole one, or not told.
    """

    index: int
    uuid: str
    name: str
    memory_total: int
    memory_used: int
    utilization: int | None
    temperature: int | None
    power_watts: float | None
    compute_capability: tuple[int, int] | None
    board: str = ""
    instance: tuple[int, int] | None = None

    @property
    def cuda_name(self) -> str:
        """What CUDA_VISIBLE_DEVICES takes for it: the UUID, or its number in PCI bus order."""
        return self.uuid or str(self.index)

    @property
    def memory_free(self) -> int:
        """Bytes that no process holds, 0 or more."""
        return max(self.memory_total - self.memory_used, 0)


@dataclass(frozen=True)
class DriverReport:
    """The NVIDIA driver: its version, the newest CUDA it runs (``12.4``), or why it cannot be asked.

    ``problem`` is a clause without a full stop; None if the driver answers.
    """

    version: str | None
    cuda: str | None
    problem: str | None


@dataclass(frozen=True)
class GpuProcess:
    """A process that computes on a GPU.

    Attributes:
        pid: its number as the driver knows it: inside a container it may be that of the host.
        memory: bytes that it holds; None: not reported.
    """

    pid: int
    memory: int | None


def list_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs the driver shows, by index; empty without a driver (``driver_report`` says why).

    Those that cannot be used are left out.
    """
    return _look()[0]


def left_out() -> tuple[tuple[int, str], ...]:
    """Return the numbers of GPUs that ``list_gpus`` leaves out, each with the reason: a clause."""
    return _look()[1]


def processes_on(gpu: Gpu) -> tuple[GpuProcess, ...]:
    """Return the processes that compute on a GPU or a slice, the largest first; empty if not told."""
    import pynvml

    with suppress(pynvml.NVMLError), _session(pynvml):
        board = pynvml.nvmlDeviceGetHandleByIndex(gpu.index)
        for part in _parts(pynvml, board):
            if _uuid(pynvml, part) == gpu.uuid:
                told = _ask(pynvml, pynvml.nvmlDeviceGetComputeRunningProcesses, part)
                if told is None:  # a driver before 510
                    told = _ask(pynvml, pynvml.nvmlDeviceGetComputeRunningProcesses_v2, part)
                found = [GpuProcess(int(one.pid), _bytes(one.usedGpuMemory)) for one in told or ()]
                return tuple(sorted(found, key=lambda process: -(process.memory or 0)))
    return ()


def _look() -> tuple[tuple[Gpu, ...], tuple[tuple[int, str], ...]]:
    import pynvml

    found: list[Gpu] = []
    unusable: list[tuple[int, str]] = []
    with suppress(pynvml.NVMLError), _session(pynvml):
        for index in range(pynvml.nvmlDeviceGetCount()):
            try:
                board = pynvml.nvmlDeviceGetHandleByIndex(index)
                parts = [_read(pynvml, part, board, index) for part in _parts(pynvml, board)]
            except pynvml.NVMLError as error:
                unusable.append((index, _unopened(pynvml, error)))
                continue
            found += parts
            if not parts:
                unusable.append((index, _NO_SLICE))
    return tuple(found), tuple(unusable)


_NO_SLICE = (
    "it is in MIG mode and has no slice, so that CUDA shows no device there; nvidia-smi mig makes slices"
)


_PCI = Path("/sys/bus/pci/devices")
_NODES = (Path("/dev/nvidia0"), Path("/dev/dxg"))
"""Devices that stand for a GPU where no PCI bus is shown: in a container, and in Windows' Linux."""
_NVIDIA = "0x10de"
_DISPLAY = "0x03"
"""How the PCI class of what draws or computes begins."""


def nvidia_hardware() -> bool:
    """Return whether this machine seems to have an NVIDIA GPU, whatever drives it."""
    for device in _PCI.glob("*"):
        with suppress(OSError):
            kind = (device / "class").read_text()
            if kind.startswith(_DISPLAY) and (device / "vendor").read_text().strip() == _NVIDIA:
                return True
    return any(node.exists() for node in _NODES)


def driver_report() -> DriverReport:
    """Ask the driver for its version and its CUDA version; never raises for a driver that is not there."""
    import pynvml

    try:
        with _session(pynvml):
            version = _ask(pynvml, pynvml.nvmlSystemGetDriverVersion)
            cuda = _ask(pynvml, pynvml.nvmlSystemGetCudaDriverVersion)
    except pynvml.NVMLError as error:
        return DriverReport(None, None, _problem(pynvml, error))
    newest = f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None
    return DriverReport(version, newest, None)


def freest(gpus: Sequence[Gpu]) -> Gpu:
    """Return the GPU with the most free memory; ties: the least utilized, then the lowest index.

    Args:
        gpus: at least one.

    Raises:
        ValueError: ``gpus`` is empty.
    """
    return min(gpus, key=lambda g: (-g.memory_free, 101 if g.utilization is None else g.utilization, g.index))


def describe(gpu: Gpu) -> str:
    """Return ``GPU 0 (NVIDIA A100, 71.2 GiB free)``."""
    free = f", {gpu.memory_free / 2**30:.1f} GiB free" if gpu.memory_total else ""
    return f"GPU {gpu.index} ({gpu.name}{free})"


@contextmanager
def _session(nvml: ModuleType) -> Iterator[None]:
    nvml.nvmlInit()
    try:
        yield
    finally:
        # A failed shutdown leaves nothing to do, and must not hide the error that led here.
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _parts(nvml: ModuleType, board: Any) -> list[Any]:
    """The MIG slices of a GPU in MIG mode, else the GPU itself."""
    mode = _ask(nvml, nvml.nvmlDeviceGetMigMode, board)
    if mode is None or mode[0] != nvml.NVML_DEVICE_MIG_ENABLE:
        return [board]
    count = _ask(nvml, nvml.nvmlDeviceGetMaxMigDeviceCount, board) or 0
    # Numbers without a slice answer "not found".
    slices = [_ask(nvml, nvml.nvmlDeviceGetMigDeviceHandleByIndex, board, number) for number in range(count)]
    return [part for part in slices if part is not None]


def _read(nvml: ModuleType, part: Any, board: Any, index: int) -> Gpu:
    memory = _ask(nvml, nvml.nvmlDeviceGetMemoryInfo, part)
    rates = _ask(nvml, nvml.nvmlDeviceGetUtilizationRates, part)
    # Heat and power belong to the board: a slice does not answer.
    milliwatts = _ask(nvml, nvml.nvmlDeviceGetPowerUsage, board)
    capability = _ask(nvml, nvml.nvmlDeviceGetCudaComputeCapability, board)
    is_slice = part is not board
    instance = _ask(nvml, nvml.nvmlDeviceGetGpuInstanceId, part) if is_slice else None
    computing = _ask(nvml, nvml.nvmlDeviceGetComputeInstanceId, part) if is_slice else None
    return Gpu(
        index=index,
        uuid=_uuid(nvml, part),
        name=_text(_ask(nvml, nvml.nvmlDeviceGetName, part)) or "NVIDIA GPU",
        memory_total=0 if memory is None else int(memory.total),
        memory_used=0 if memory is None else int(memory.used),
        utilization=None if rates is None else int(rates.gpu),
        temperature=_ask(nvml, nvml.nvmlDeviceGetTemperature, board, nvml.NVML_TEMPERATURE_GPU),
        power_watts=None if milliwatts is None else milliwatts / 1000,
        compute_capability=None if capability is None else (int(capability[0]), int(capability[1])),
        board=_uuid(nvml, board) if is_slice else "",
        instance=None if instance is None or computing is None else (int(instance), int(computing)),
    )


def _ask(nvml: ModuleType, read: Callable[..., _T], *arguments: Any) -> _T | None:
    """One answer, or None if this card or driver does not give it: the others still count."""
    try:
        return read(*arguments)
    except (nvml.NVMLError, nvml.NVMLLibraryMismatchError):  # the latter: a driver older than the function
        return None
    except UnicodeDecodeError:  # a name in no encoding
        return None


def _uuid(nvml: ModuleType, part: Any) -> str:
    """The UUID, empty if this driver has none to tell; raises NVMLError where the GPU cannot be asked."""
    try:
        return _text(nvml.nvmlDeviceGetUUID(part))
    except (nvml.NVMLError_NotSupported, nvml.NVMLError_FunctionNotFound):
        return ""


def _text(answer: str | bytes | None) -> str:
    """Return text that some versions of NVML's binding tell as bytes; empty if it was not told."""
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer or ""


def _bytes(answer: int | None) -> int | None:
    """Return a number of bytes; of one that the driver does not know, all bits are set."""
    return None if answer is None or answer >= 2**63 else int(answer)


def _unopened(nvml: ModuleType, error: Exception) -> str:
    if isinstance(error, nvml.NVMLError_NoPermission):
        return "this user is not allowed to open it"
    if isinstance(error, nvml.NVMLError_GpuIsLost):
        return "it has fallen off the bus; restarting the machine may bring it back"
    return f"the NVIDIA driver reports {str(error)!r}"


def _problem(nvml: ModuleType, error: Exception) -> str:
    sentences = (
        (nvml.NVMLError_LibraryNotFound, "no NVIDIA driver is installed (libnvidia-ml.so.1 was not found)"),
        (
            nvml.NVMLError_DriverNotLoaded,
            "the NVIDIA driver is installed but its kernel module is not loaded",
        ),
        (
            nvml.NVMLError_LibRmVersionMismatch,
            "the NVIDIA kernel module and its library have different versions, as after an upgrade; "
            "restarting the machine fixes it",
        ),
        (nvml.NVMLError_NoPermission, "this user is not allowed to open the NVIDIA driver's devices"),
    )
    for kind, sentence in sentences:
        if isinstance(error, kind):
            return sentence
    return f"the NVIDIA driver reports {str(error)!r}"
