"""What tests of a real card share. They are skipped, with the reason, where there is none.

    pytest -m gpu -n 0 -rsP tests/gpu

Where nothing but pytest itself was brought along, without the other tests' conftest and plugins:

    python3 -m pytest -o addopts= --confcutdir tests/gpu -p no:cacheprovider -m gpu -rs -v tests/gpu

``TUILAB_TEST_DEVICE=gpu:1`` takes another card; ``TUILAB_TEST_DEVICE=cpu`` runs them without one.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from card import DEVICE, ON_CARD, Lab, memory_used, parts

from tuilab.machine.gpus import driver_report

_SEEN = "import tensorflow as tf; print('GPUs:', len(tf.config.list_physical_devices('GPU')))"


@pytest.fixture(scope="session", autouse=True)
def _card() -> None:
    """There is a card, and TensorFlow sees it."""
    if not ON_CARD:
        return
    if not parts():
        pytest.skip(f"no {DEVICE} here: {driver_report().problem or 'the driver shows no such GPU'}")
    seen = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, timeout=170)
    if seen.returncode or "GPUs: 0" in seen.stdout:
        pytest.skip(f"TensorFlow sees no GPU; tuilab doctor says what is missing: {seen.stderr[-800:]}")


@pytest.fixture(scope="session")
def lab(_card: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A home for all runs of these tests; nothing that works in it outlives them."""
    home = tmp_path_factory.mktemp("lab")
    yield Lab(home, memory_used())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get("TUILAB_HOME") == str(home):
                process.kill()


@pytest.fixture(autouse=True)
def _its_home(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test itself reads of runs is that of the commands."""
    monkeypatch.setenv("TUILAB_HOME", str(lab.home))
    monkeypatch.chdir(tmp_path)
