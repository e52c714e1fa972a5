"""The CPU: its model and how many of its cores this process may use."""

import contextlib
import math
import os
import platform
import re
from pathlib import Path


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the CPU's model as the system names it, or its architecture."""
    try:
        text = cpuinfo.read_text("utf-8", "replace")
    except OSError:
        text = ""
    named = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(\S.*)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine() or "not known"


def usable_cores(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many cores this process may use, 1 or more: the scheduler's and a container's limits hold.

    Args:
        groups: where Linux tells the CPU quota of a control group.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _quota(groups))))


def _quota(groups: Path) -> float:
    """Return how many cores' time a container is given; infinite where nothing limits it."""
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):  # another system, or no limit
        quota, period = (groups / "cpu.max").read_text("ascii").split()
        return int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (
            int((groups / "cpu" / f"cpu.cfs_{name}_us").read_text("ascii")) for name in ("quota", "period")
        )
        return quota / period if quota > 0 else math.inf
    return math.inf
