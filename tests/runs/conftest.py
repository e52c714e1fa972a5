"""What tests of runs share."""

import pytest
from store_clock import NOON


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The store's clock: stands still at its only number until a test sets it."""
    now = [NOON]
    monkeypatch.setattr("tuilab.runs.store.time.time", lambda: now[0])
    return now
