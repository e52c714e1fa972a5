"""One machine and one moment for pictures of the app: nothing of the real ones is on them."""

import itertools
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness import NOON

from tuilab.advice.machine import Machine
from tuilab.bases.named import BASES
from tuilab.tui.meters import Reading
from tuilab.tui.screens.welcome_facts import FACTS, Fact
from tuilab.tui.surroundings import Pace, Surroundings

_NO_WEIGHTS = Fact("absent", "not on this machine; transfer learning needs them")
FOUND = {
    "CPU": Fact("there", "AMD Ryzen 7 5800X 8-Core Processor, 8 cores"),
    "GPU": Fact("absent", "none, runs use the CPU: no NVIDIA driver"),
    **{base.title: _NO_WEIGHTS for base in BASES.values()},
}


class Pictured(Surroundings):
    """A machine that is the same everywhere; what would be drawn in a moment is drawn at once."""

    def pace(self, low_bandwidth: bool) -> Pace:
        """Look often, and paint whenever there is news."""
        return Pace(look=0.02, list=0.1, tick=0.0, share=math.inf)

    def meters(self) -> Reading:
        """It is always as busy."""
        return Reading(cpu=57.0, used=6 * 2**30, total=16 * 2**30)

    def machine(self) -> Machine:
        """The runs of ``finished_runs`` trained on it."""
        return Machine("h", cores=8, memory=12.0 * 2**30)

    def facts(self) -> Mapping[str, Callable[[], Fact]]:
        """Its processor, and no weights."""
        return {**FACTS, **{name: lambda fact=fact: fact for name, fact in FOUND.items()}}


def freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs made every seven minutes, the first of them in the morning, in ``~/.local/share/tuilab``."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    moments = itertools.count(NOON - 3 * 3600, 420)
    monkeypatch.setattr("tuilab.runs.store.time", SimpleNamespace(time=lambda: float(next(moments))))
    own = Path(os.environ["TUILAB_HOME"]).parent
    monkeypatch.setenv("HOME", str(own))
    monkeypatch.setenv("TUILAB_HOME", str(own / ".local/share/tuilab"))


def without_fonts(svg: str) -> str:
    """Return a picture without the places of fonts, which would be fetched from elsewhere."""
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
