"""Starting the app: only where there is a terminal, and with a sentence where it cannot be."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import TUILAB, PtyProgram

from tuilab.errors import UsageError
from tuilab.tui import launch as launching


class Stream:
    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_without_a_terminal_it_says_so_and_what_works_without_one() -> None:
    done = subprocess.run(TUILAB, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert "the app needs a terminal, and standard input is not one" in done.stderr
    assert "tuilab run --preset NAME" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_pipe_in_place_of_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(True))
    monkeypatch.setattr(sys, "stderr", Stream(False))
    with pytest.raises(UsageError, match="standard error is not one"):
        launching.launch()


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_show_screens_is_told_apart(term: str) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            TUILAB,
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=follower,
            env={**os.environ, "TERM": term},
            timeout=120,
        )
        said = os.read(leader, 10_000).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 2
    assert f"TERM = '{term}' cannot show the app" in said
    assert b"\x1b" not in done.stdout


def test_a_preset_that_is_not_there_is_said_when_the_terminal_is_given_back(tmp_path: Path) -> None:
    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home")}
    app = PtyProgram(100, 30, [*TUILAB, "--preset", "no\x1b[31mne"], home)
    assert app.end() == 2
    said = app.written.split(b"\x1b[?1049l")[-1].decode()
    assert "there is no preset" in said
    assert "e[31mne" in said, "the escape sequence is shown"
    assert "\x1b[31m" not in said, "and not obeyed"
    assert "Traceback" not in said


def test_a_home_that_is_a_file_is_said_and_does_not_keep_the_app_from_opening(tmp_path: Path) -> None:
    home = tmp_path / "tuilab-home"
    home.write_text("not a folder")
    app = PtyProgram(120, 40, TUILAB, {"TUILAB_HOME": str(home)})
    app.until(lambda text: "cannot be" in text and "Where to begin" in text)
    app.press(b"\x1b")
    app.until(lambda text: "LESSON" in text and "Where to begin" not in text and "gd-full-batch" in text)
    app.press(b"q")
    assert app.end() == 0
