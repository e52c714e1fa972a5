"""Keepers of standby workers for tests, which find the same surroundings from a fixture to its test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from tuilab.machine.environment import OPERATIONS, THREADS
from tuilab.runs.worker import standby
from tuilab.runs.worker.process import worker_environment
from tuilab.runs.worker.standby import Standby


def _without_pytests_own(variables: Mapping[str, str]) -> dict[str, str]:
    found = worker_environment(variables)
    return {name: value for name, value in found.items() if name != "PYTEST_CURRENT_TEST"}


@contextmanager
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standby]:
    """Keep a standby worker, whatever memory is left."""
    for name in (THREADS, OPERATIONS):  # whatever an earlier test of this process settled
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(standby, "worker_environment", _without_pytests_own)
    monkeypatch.setattr(standby, "available_memory", lambda: standby.MEMORY_TO_START)
    keeper = Standby()
    try:
        keeper.start()
        yield keeper
    finally:
        keeper.close()
