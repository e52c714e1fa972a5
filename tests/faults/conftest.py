"""What tests of real faults share: a home, and a process that starts workers in no time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from workers import Nursery


@pytest.fixture(autouse=True)
def _home_of_the_file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of a process share a home, so that a run made once serves many."""
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path_factory.getbasetemp() / "faults-home"))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """A nursery for the tests of one file."""
    command = [sys.executable, str(Path(__file__).parents[1] / "support" / "nursery.py")]
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    yield Nursery(process)
    process.stdin.close()
    process.wait(30)
    process.stdout.close()
