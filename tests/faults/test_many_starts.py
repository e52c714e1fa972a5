"""Workers start, one after the other, and none dies of what its libraries do to each other as they load."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_runs import small_run

pytestmark = pytest.mark.faults

STARTS = 10
AT_ONCE = 2


def start(_: int) -> str:
    """Let a process of its own train a small run; return what went wrong, or nothing."""
    run = small_run(epochs=1)
    command = [sys.executable, "-P", "-m", "tuilab.engine.worker", str(run.folder)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, check=False)
    return "" if done.returncode == 0 else f"{done.returncode}: {done.stderr[-2000:]}"


def test_no_worker_dies_as_it_starts() -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [failure for failure in pool.map(start, range(STARTS)) if failure] == []
