"""What the first start says of the machine."""

import pytest

from tuilab.machine import gpus, hardware
from tuilab.machine.gpus import DriverReport, Gpu
from tuilab.tui.screens.welcome_facts import Fact, cpu, gpu

CARD = Gpu(0, "GPU-0", "A card", 2**34, 2**30, None, None, None, None)


@pytest.mark.parametrize(("cores", "words"), [(1, "A processor, 1 core"), (8, "A processor, 8 cores")])
def test_the_processor_has_its_name_and_cores(
    cores: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "cpu_model", lambda: "A processor")
    monkeypatch.setattr(hardware, "usable_cores", lambda: cores)
    assert cpu() == Fact("there", words)


def test_gpus_are_named_or_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(gpus, "list_gpus", lambda: (CARD,))
    assert gpu().state == "there" and "A card" in gpu().words
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpu() == Fact("absent", "none usable, CUDA_VISIBLE_DEVICES hides them; runs use the CPU")
    monkeypatch.setattr(gpus, "list_gpus", tuple)
    monkeypatch.setattr(gpus, "driver_report", lambda: DriverReport(None, None, "no NVIDIA driver"))
    assert gpu() == Fact("absent", "none, runs use the CPU: no NVIDIA driver")
