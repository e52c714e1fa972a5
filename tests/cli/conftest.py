"""What tests of the command line share: workers that train nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from leases import end_workers
from stand_in import StandIn


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Stand-ins for workers, also where this process has them started; none outlives its test."""
    place = tmp_path / "stand-in"
    place.mkdir()
    made = StandIn(place)
    monkeypatch.setattr("sys.executable", str(made.python))
    yield made
    end_workers()
