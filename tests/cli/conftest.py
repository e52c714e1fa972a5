"""What tests of the command line share: workers that train nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from leases import end_workers
from stand_in import StandIn


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    """Stand-ins for workers; none outlives its test."""
    place = tmp_path / "stand-in"
    place.mkdir()
    yield StandIn(place)
    end_workers()
