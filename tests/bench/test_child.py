"""A watched process: its lines, its memory, and that nothing of it is left."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tuilab.bench.child import Child

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(300)
"""


def python(code: str, folder: Path) -> Child:
    return Child([sys.executable, "-c", code], os.environ, folder / "log")


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_lines_carry_their_time_and_the_log_takes_the_rest(tmp_path: Path) -> None:
    code = "import sys, time; print('a', flush=True); time.sleep(0.5); print('b'); sys.exit('oh no')"
    with python(code, tmp_path) as child:
        first, second = list(child.lines())
        assert child.wait() == 1
    assert (first.text, second.text) == ("a", "b") and second.seconds >= first.seconds + 0.4
    assert (tmp_path / "log").read_text() == "oh no\n"


def test_the_peak_is_that_of_all_its_processes_together(tmp_path: Path) -> None:
    code = """
import subprocess, sys
code = "x = b'1' * 150_000_000; print(flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
x = b"1" * 100_000_000
print(flush=True); print(flush=True)
import time; time.sleep(300)
"""
    with python(code, tmp_path) as child:
        lines = child.lines()
        for _ in range(3):
            next(lines)
        # a look may fall into the filling of the memory: the next one sees all of it
        until(lambda: child.peak_process > 150_000_000 and child.peak_tree > 250_000_000)
    assert child.peak_process < child.peak_tree


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_happens_no_process_of_it_is_left(error: type[BaseException], tmp_path: Path) -> None:
    grandchild = 0
    with pytest.raises(error), python(PARENT, tmp_path) as child:
        grandchild = int(next(child.lines()).text)
        assert not gone(grandchild)
        raise error
    until(lambda: gone(grandchild))
    assert child.wait() is not None


def test_a_child_that_outlives_it_is_ended_too(tmp_path: Path) -> None:
    code = PARENT.replace("time.sleep(300)\n", "time.sleep(3)\n")
    assert code != PARENT
    with python(code, tmp_path) as child:
        line = next(child.lines())
        assert child.wait() == 0
    until(lambda: gone(int(line.text)))
