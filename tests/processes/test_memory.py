"""Main memory that is left is the machine's or the container's, whichever is less."""

from pathlib import Path

import psutil
import pytest

from tuilab.processes.memory import available_memory

GIB = 1 << 30


def limited(groups: Path, most: str, used: int, cache: int, *, first_version: bool = False) -> Path:
    """Return the folder in which Linux tells a container's memory, of the second or first version."""
    folder = groups / "memory" if first_version else groups
    folder.mkdir(parents=True)
    limit, now = (
        ("memory.limit_in_bytes", "memory.usage_in_bytes")
        if first_version
        else ("memory.max", "memory.current")
    )
    (folder / limit).write_text(f"{most}\n")
    (folder / now).write_text(f"{used}\n")
    name = "total_inactive_file" if first_version else "inactive_file"
    (folder / "memory.stat").write_text(f"anon 1\n{name} {cache}\nfile 2\n")
    return groups


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Machine:
        available = 16 * GIB

    monkeypatch.setattr(psutil, "virtual_memory", Machine)


def test_without_a_limit_it_is_the_machines(tmp_path: Path) -> None:
    assert available_memory(tmp_path) == 16 * GIB
    assert available_memory(limited(tmp_path / "max", "max", 3 * GIB, 0)) == 16 * GIB


@pytest.mark.parametrize("first_version", [False, True])
def test_a_limit_counts_without_the_files_that_were_read(tmp_path: Path, first_version: bool) -> None:
    groups = limited(tmp_path / "groups", str(4 * GIB), 3 * GIB, GIB, first_version=first_version)
    assert available_memory(groups) == 2 * GIB


def test_a_limit_beyond_the_machines_memory_is_none_and_one_that_is_passed_leaves_nothing(
    tmp_path: Path,
) -> None:
    assert available_memory(limited(tmp_path / "large", str(64 * GIB), GIB, 0)) == 16 * GIB
    assert available_memory(limited(tmp_path / "full", str(GIB), 2 * GIB, 0)) == 0
