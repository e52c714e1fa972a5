"""A fake ``pynvml`` at the driver's edge: boards, slices, and what they do not answer."""

import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

GIB = 2**30


@dataclass
class FakeBoard:
    uuid: str
    name: str = "NVIDIA A100"
    total: int = 80 * GIB
    used: int = 0
    busy: int = 0
    refuses: tuple[str, ...] = ()
    slices: list["FakeBoard"] = field(default_factory=list)
    mig: bool = False
    refuses_with: type[Exception] | None = None
    as_bytes: bool = False
    holders: tuple[tuple[int, int | None], ...] = ()
    capability: tuple[int, int] = (8, 0)


class FakeNvml(ModuleType):
    """As much of pynvml as is asked, with its error classes; counts the sessions left open."""

    NVML_TEMPERATURE_GPU = 0
    NVML_DEVICE_MIG_ENABLE = 1

    class NVMLError(Exception):
        pass

    class NVMLError_LibraryNotFound(NVMLError): ...

    class NVMLError_DriverNotLoaded(NVMLError): ...

    class NVMLError_LibRmVersionMismatch(NVMLError): ...

    class NVMLError_NoPermission(NVMLError): ...

    class NVMLError_NotSupported(NVMLError): ...

    class NVMLError_FunctionNotFound(NVMLError): ...

    class NVMLError_GpuIsLost(NVMLError): ...

    class NVMLLibraryMismatchError(Exception): ...

    def __init__(self, *boards: FakeBoard, broken: type[NVMLError] | None = None) -> None:
        super().__init__("pynvml")
        self.boards, self.broken, self.open_sessions, self.sessions = boards, broken, 0, 0

    def nvmlInit(self) -> None:
        if self.broken:
            raise self.broken("the driver's words")
        self.open_sessions += 1
        self.sessions += 1

    def nvmlShutdown(self) -> None:
        self.open_sessions -= 1

    def _answer(self, board: FakeBoard, what: str, value: Any) -> Any:
        if what in board.refuses:
            raise (board.refuses_with or self.NVMLError_NotSupported)(what)
        return value

    def nvmlSystemGetDriverVersion(self) -> str:
        return "550.54.15"

    def nvmlSystemGetCudaDriverVersion(self) -> int:
        return 12040

    def nvmlDeviceGetCount(self) -> int:
        return len(self.boards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeBoard:
        return self._answer(self.boards[index], "handle", self.boards[index])

    def nvmlDeviceGetUUID(self, board: FakeBoard) -> str | bytes:
        return self._answer(board, "uuid", board.uuid.encode() if board.as_bytes else board.uuid)

    def nvmlDeviceGetName(self, board: FakeBoard) -> str | bytes:
        return self._answer(board, "name", board.name.encode() if board.as_bytes else board.name)

    def nvmlDeviceGetComputeRunningProcesses(self, board: FakeBoard) -> list[SimpleNamespace]:
        if "processes" in board.refuses:
            raise self.NVMLLibraryMismatchError
        return [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in board.holders]

    def nvmlDeviceGetComputeRunningProcesses_v2(self, board: FakeBoard) -> list[SimpleNamespace]:
        told = [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in board.holders]
        return self._answer(board, "processes_v2", told)

    def nvmlDeviceGetGpuInstanceId(self, part: FakeBoard) -> int:
        return self._answer(part, "instance", int(part.uuid[-1]))

    def nvmlDeviceGetComputeInstanceId(self, part: FakeBoard) -> int:
        return self._answer(part, "instance", 0)

    def nvmlDeviceGetMemoryInfo(self, board: FakeBoard) -> SimpleNamespace:
        return self._answer(board, "memory", SimpleNamespace(total=board.total, used=board.used))

    def nvmlDeviceGetUtilizationRates(self, board: FakeBoard) -> SimpleNamespace:
        return self._answer(board, "utilization", SimpleNamespace(gpu=board.busy))

    def nvmlDeviceGetTemperature(self, board: FakeBoard, sensor: int) -> int:
        return self._answer(board, "temperature", 41)

    def nvmlDeviceGetPowerUsage(self, board: FakeBoard) -> int:
        return self._answer(board, "power", 61500)

    def nvmlDeviceGetCudaComputeCapability(self, board: FakeBoard) -> tuple[int, int]:
        return self._answer(board, "capability", board.capability)

    def nvmlDeviceGetMigMode(self, board: FakeBoard) -> list[int]:
        return self._answer(board, "mig", [int(board.mig), int(board.mig)])

    def nvmlDeviceGetMaxMigDeviceCount(self, board: FakeBoard) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, board: FakeBoard, number: int) -> FakeBoard:
        if number >= len(board.slices):
            raise self.NVMLError("Not Found")
        return board.slices[number]


def install(monkeypatch: pytest.MonkeyPatch, fake: FakeNvml) -> FakeNvml:
    """Have it asked instead of the driver."""
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return fake
