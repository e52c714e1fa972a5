"""What tests of sweeps share: workers that train in no time, and no Optuna but where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from leases import end_workers
from quick_trainer import python_of

pytest.importorskip("optuna", reason="sweeps need Optuna")


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Workers that train in no time, in this process and in those that it starts; none outlives its test."""
    place = tmp_path / "quick"
    place.mkdir()
    python = python_of(place)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    yield python
    end_workers()
