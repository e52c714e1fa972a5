"""How many cores a process may use."""

from pathlib import Path

import pytest

from tuilab.machine import hardware
from tuilab.machine.hardware import usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("900000 100000", 8),
    ],
)
def test_a_containers_quota_is_a_limit(text: str, cores: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("300000", 3)])
def test_an_older_systems_quota_is_a_limit_too(quota: str, cores: int, tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize("text", ["", "nonsense", "5 0", "1 2 3"])
def test_what_says_nothing_limits_nothing(text: str, tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "none") == 8
    (tmp_path / "cpu.max").write_text(text)
    assert usable_cores(tmp_path) == 8
