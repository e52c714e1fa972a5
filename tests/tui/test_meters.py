"""Meters: what the machine says, and nothing of what it does not say."""

from typing import Any

import psutil
import pytest

from tuilab.machine import gpus
from tuilab.machine.gpus import Gpu
from tuilab.tui.meters import GpuReading, Reading, read_meters, words

GIB = 2**30


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        total, available = 16 * GIB, 10 * GIB

    monkeypatch.setattr(psutil, "cpu_percent", lambda *_: 37.4)
    monkeypatch.setattr(psutil, "virtual_memory", Memory)


def card(**changed: Any) -> Gpu:
    facts: dict[str, Any] = {
        "index": 0,
        "uuid": "GPU-1",
        "name": "a card",
        "memory_total": 24 * GIB,
        "memory_used": 6 * GIB,
        "utilization": 91,
        "temperature": 64,
        "power_watts": 215.6,
        "compute_capability": (8, 6),
    }
    return Gpu(**{**facts, **changed})


def test_a_machine_without_a_gpu_is_told_without_fuss(machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "list_gpus", lambda: ())
    reading = read_meters()
    assert reading == Reading(37.4, 6 * GIB, 16 * GIB)
    assert words(reading) == "CPU 37 % · memory 6.0 of 16.0 GiB"


def test_every_gpu_is_told_beside_the_machine(machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "list_gpus", lambda: (card(), card(index=1, utilization=0)))
    assert words(read_meters()) == (
        "CPU 37 % · memory 6.0 of 16.0 GiB · GPU 0 91 % 6.0 of 24.0 GiB 64 °C 216 W"
        " · GPU 1 0 % 6.0 of 24.0 GiB 64 °C 216 W"
    )


def test_what_a_card_does_not_say_is_left_out() -> None:
    silent = GpuReading(0, None, 0, 0, None, None)
    assert words(Reading(0.0, 0, GIB, (silent,))) == "CPU 0 % · memory 0.0 of 1.0 GiB · GPU 0"
    part = GpuReading(1, None, GIB, 2 * GIB, 50, None)
    assert words(Reading(100.0, 0, GIB, (part,))).endswith("GPU 1 1.0 of 2.0 GiB 50 °C")


def test_this_machine_can_be_read() -> None:
    reading = read_meters()
    assert 0 <= reading.cpu <= 100
    assert 0 < reading.used < reading.total
    assert reading.total == psutil.virtual_memory().total
