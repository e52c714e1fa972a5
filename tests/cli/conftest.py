"""What tests of the command line share: workers that train nothing."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_in import StandIn

from tuilab.runs import store
from tuilab.runs.lease import read_lease


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    """Stand-ins for workers; none outlives its test."""
    place = tmp_path / "stand-in"
    place.mkdir()
    yield StandIn(place)
    end_workers()


def end_workers() -> None:
    """End all that still works on a run of this test's home."""
    for run in store.list_runs():
        lease = read_lease(run.lease)
        process = lease.process() if lease else None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
