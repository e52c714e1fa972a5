"""Main memory that is left: the machine's, or what a container is still given of it."""

import contextlib
import math
from pathlib import Path

import psutil


def available_memory(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many bytes a process can still take without anything being swapped out or killed.

    Args:
        groups: where Linux tells the memory limit of a control group.
    """
    return int(min(psutil.virtual_memory().available, _left_of_limit(groups)))


def _left_of_limit(groups: Path) -> float:
    """Return the bytes left of a container's limit; infinite where nothing limits it."""
    for limit, used, cache in (
        ("memory.max", "memory.current", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ):
        with contextlib.suppress(OSError, ValueError):  # another system, or no limit ("max")
            most, now = (int((groups / name).read_text("ascii")) for name in (limit, used))
            # files that were read are counted, and given back when memory is asked for
            lines = ((groups / limit).parent / "memory.stat").read_text("ascii").splitlines()
            given_back = sum(int(line.split()[1]) for line in lines if line.split()[0] == cache)
            return max(0, most - now + given_back)
    return math.inf
