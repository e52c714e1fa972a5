"""Whatever ends the app, the terminal is given back as it was, and what has to be said is said."""

import os
import re
import signal
import sys
import termios
import time
from pathlib import Path

import pytest
from terminals import TUILAB, PtyProgram

from tuilab.tui import ground

LEFT = b"\x1b[?1049l"  # the other screen
CURSOR = b"\x1b[?25h"


def the_app(tmp_path: Path, *, command: list[str] | None = None, **environment: str) -> PtyProgram:
    """Start the app and wait until its panes are there."""
    ground.save(ground.file(), ground.Ground(source="digits"))
    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", **environment}
    app = PtyProgram(160, 50, command or TUILAB, home)
    app.until(lambda text: "bn-l2" in text and "No runs yet" in text)
    return app


def assert_given_back(app: PtyProgram) -> None:
    assert LEFT in app.written, "the alternate screen is left"
    assert app.written.rindex(CURSOR) > app.written.rindex(b"\x1b[?25l"), "the cursor is shown"
    for mode in (b"1000", b"1003", b"1004", b"2004"):
        assert b"\x1b[?" + mode + b"l" in app.written, f"mode {mode!r} is off"
    after = termios.tcgetattr(app.fd)
    assert after[3] == app.before[3], "echo and lines as before"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_app_and_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    app = the_app(tmp_path)
    os.kill(app.pid, number)
    assert app.end() == 128 + number
    assert_given_back(app)
    assert f"tuilab was ended by {number.name}.".encode() in app.written


def test_q_ends_it_with_nothing_left_on_the_terminal(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    app.press(b"q")
    assert app.end() == 0
    assert_given_back(app)
    assert re.sub(rb"\x1b\[[?<][0-9;]*[a-z]", b"", app.written.split(LEFT)[-1]).strip() == b""


def test_an_error_of_ours_goes_to_the_log_whose_path_is_printed(tmp_path: Path) -> None:
    broken = (
        "from tuilab.tui.screens.lab import LabScreen\n"
        "from tuilab.tui.launch import launch\n"
        "def fail(self, step): raise ZeroDivisionError('made by the test')\n"
        "LabScreen.action_step_preset = fail\n"
        "raise SystemExit(launch())"
    )
    app = the_app(tmp_path, command=[sys.executable, "-c", broken])
    app.press(b"]")
    assert app.end() == 1
    assert_given_back(app)
    log = tmp_path / "tuilab-home" / "app.log"
    said = app.written.split(LEFT)[-1].decode()
    assert f"tuilab met an error that it does not know: the traceback is in {log}" in said
    assert "Traceback" not in said
    assert "ZeroDivisionError: made by the test" in log.read_text()


def test_a_terminal_that_vanishes_ends_the_app(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    os.close(app.fd)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        pid, status = os.waitpid(app.pid, os.WNOHANG)
        if pid:
            assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
            return
        time.sleep(0.05)
    os.kill(app.pid, signal.SIGKILL)
    pytest.fail("it lives on without a terminal")


def test_ascii_writes_nothing_else(tmp_path: Path) -> None:
    app = the_app(tmp_path, command=[*TUILAB, "--ascii"])
    app.press(b"1234?")
    app.until(lambda text: "Everywhere" in text)
    app.press(b"\x1b")
    app.until(lambda text: "Everywhere" not in text)
    app.press(b"q")
    assert app.end() == 0
    assert app.written.isascii()


@pytest.mark.parametrize(
    "environment", [{"TERM": "linux"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_without_unicode_gets_ascii_by_itself(tmp_path: Path, environment: dict[str, str]) -> None:
    app = the_app(tmp_path, command=None, **environment)
    app.press(b"q")
    assert app.end() == 0
    assert app.written.isascii()


def test_no_color_sets_no_colour(tmp_path: Path) -> None:
    app = the_app(tmp_path, NO_COLOR="1")
    app.press(b"q")
    assert app.end() == 0
    codes = {code for style in re.findall(rb"\x1b\[([0-9;]*)m", app.written) for code in style.split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"9"}, "attributes alone"


def test_without_the_mouse_none_is_asked_for(tmp_path: Path) -> None:
    app = the_app(tmp_path, command=[*TUILAB, "--no-mouse"])
    app.press(b"q")
    assert app.end() == 0
    assert b"\x1b[?1000h" not in app.written
