"""One machine and one moment for pictures of the app: nothing of the real ones is on them."""

import importlib
import itertools
import os
import platform
import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from harness import NOON

from tuilab.files import paths
from tuilab.terminal import clean

HOME = "/home/me/.local/share/tuilab"
"""Where the app says that its files are."""
_SHOW_PATHS = ("help", "log", "export", "save_preset", "welcome_facts")
"""Screens with paths on them."""


def freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freeze time, machine and places for one test."""
    _freeze_time(monkeypatch)
    _freeze_machine(monkeypatch)
    for name in _SHOW_PATHS:
        module = importlib.import_module(f"tuilab.tui.screens.{name}")
        monkeypatch.setattr(module, "clean", _at_home(str(paths.home())))


def _freeze_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from tuilab.runs import store
    from tuilab.tui import observer
    from tuilab.tui.tick import RedrawBudget

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    # a run every seven minutes, the first of them in the morning
    moments = itertools.count(NOON - 3 * 3600, 420)
    monkeypatch.setattr(store, "time", SimpleNamespace(time=lambda: float(next(moments))))
    # what would be drawn in a moment is drawn at once
    monkeypatch.setattr(RedrawBudget, "wait", lambda _: 0.0)
    monkeypatch.setattr(observer, "LOOK_SECONDS", 0.02)


def _freeze_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    from tuilab.advice import estimate
    from tuilab.machine import gpus, hardware
    from tuilab.sources import base_weights
    from tuilab.tui import observer
    from tuilab.tui.meters import Reading

    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(platform, "node", lambda: "h")  # where the runs of finished_runs trained
    monkeypatch.setattr(hardware, "cpu_model", lambda: "AMD Ryzen 7 5800X 8-Core Processor")
    monkeypatch.setattr(hardware, "usable_cores", lambda: 8)
    monkeypatch.setattr(gpus, "list_gpus", tuple)
    monkeypatch.setattr(gpus, "driver_report", lambda: gpus.DriverReport(None, None, "no NVIDIA driver"))
    monkeypatch.setattr(base_weights, "offline_model", lambda offline: None)  # whatever is installed
    monkeypatch.setattr(estimate, "_free_memory", lambda: 12.0 * 2**30)
    reading = Reading(cpu=57.0, used=6 * 2**30, total=16 * 2**30)
    monkeypatch.setattr(observer, "read_meters", lambda: reading)


def _at_home(real: str) -> Callable[..., str]:
    def cleaned(text: str, *arguments: Any, **more: Any) -> str:
        return clean(text.replace(real, HOME), *arguments, **more)

    return cleaned


def without_fonts(svg: str) -> str:
    """Return a picture without the places of fonts, which would be fetched from elsewhere."""
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
