"""Call tuilab as a person does, in this process or as one of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from warm_python import PYTHON, popen

from tuilab.cli import main as command_line
from tuilab.files import paths
from tuilab.runs import store


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *words: str) -> Ended:
    """Call tuilab in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tuilab", *words])
        patch.setenv("COLUMNS", os.environ.get("COLUMNS", "80"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            command_line.main()
    shown = capsys.readouterr()
    assert isinstance(ended.value.code, int | None)
    return Ended(ended.value.code or 0, shown.out, shown.err)


def process(*words: str, timeout: float = 120, **environment: str) -> Ended:
    """Call tuilab as a process of its own, with pipes for stdout and stderr."""
    with popen(
        command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as started:
        try:
            out, err = started.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            started.kill()
            raise
    return Ended(started.returncode, out, err)


def command(*words: str) -> list[str]:
    """Return the command of a process that runs tuilab."""
    return [PYTHON, "-c", "from tuilab.cli.main import main; main()", *words]


def assert_refused(ended: Ended, code: int, *said: str) -> None:
    """Check that a call ended with one sentence that says these things, and with nothing else."""
    first, *rest = ended.err.splitlines() or [""]
    assert first.startswith("tuilab: ") and len(first) > 20
    assert all(line.startswith("  - ") for line in rest), ended.err
    assert "Traceback" not in ended.err and "\x1b" not in ended.err
    missing = [words for words in said if words not in first]
    assert not missing, f"{missing} is not in {first!r}"
    assert (ended.code, ended.out) == (code, "")


def assert_no_run_is_left() -> None:
    """Check that no run folder, nor the draft of one, lies in the home."""
    assert store.list_runs() == []
    assert not paths.runs().exists() or not list(Path(paths.runs()).iterdir())
