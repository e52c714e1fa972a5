"""Whatever ends the app, the terminal is given back as it was, and what has to be said is said."""

import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest
from terminals import TUILAB, PtyProgram

from tuilab.lab import data_choice
from tuilab.tui.terminal.signals import ending, name

LEFT = b"\x1b[?1049l"  # the other screen
CURSOR = b"\x1b[?25h"


def the_app(tmp_path: Path, *, command: list[str] | None = None, **environment: str) -> PtyProgram:
    """Start the app and wait until its panes are there."""
    data_choice.save(data_choice.file(), data_choice.DataChoice(source="digits"))
    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", **environment}
    app = PtyProgram(160, 50, command or TUILAB, home)
    app.until(lambda text: "bn-l2" in text and "No runs yet" in text)
    # a terminal that tells its size, and can tell where the mouse is by pixels
    app.press(b"\x1b[?2048;2$y")
    return app


def modes(written: bytes) -> tuple[set[bytes], set[bytes]]:
    """Return the private modes that are on, and that are off but were on before anybody touched them."""
    last = dict(re.findall(rb"\x1b\[\?(\d+)([hl])", written))
    last.pop(b"2026", None)  # begin and end of one redraw
    on = {mode for mode, state in last.items() if state == b"h"}
    return on, {mode for mode in (b"7", b"25") if last.get(mode) == b"l"}


def assert_given_back(app: PtyProgram) -> None:
    assert LEFT in app.written, "the alternate screen is left"
    assert app.written.rindex(CURSOR) > app.written.rindex(b"\x1b[?25l"), "the cursor is shown"
    left_on, left_off = modes(app.written)
    assert left_on <= {b"25", b"7"}, "every mode that was switched on is off"
    assert not left_off, "the cursor is shown and lines wrap"
    after = termios.tcgetattr(app.fd)
    assert after[3] == app.before[3], "echo and lines as before"


OTHERS = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGXCPU, signal.SIGABRT, signal.SIGPROF]


@pytest.mark.parametrize(
    "number",
    [
        *(signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT),
        *(pytest.param(number, marks=pytest.mark.slow) for number in OTHERS),
    ],
)
def test_a_signal_ends_the_app_and_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    app = the_app(tmp_path)
    os.kill(app.pid, number)
    assert app.end() == 128 + number
    assert_given_back(app)
    assert f"tuilab was ended by {number.name}.".encode() in app.written


DEADLY = """\
import os, resource, signal
for number in signal.valid_signals():
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(number, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.kill(os.getpid(), number)
        except (OSError, ValueError):
            pass
        os._exit(0)
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    elif os.WIFSIGNALED(status):
        print(int(number))
"""


def test_every_signal_that_would_end_a_process_is_handled_but_those_that_nobody_can() -> None:
    found = subprocess.run([sys.executable, "-c", DEADLY], capture_output=True, text=True, check=True).stdout
    deadly = set(map(int, found.split()))
    spared = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
    assert deadly - set(ending()) == {*spared, signal.SIGPIPE, signal.SIGXFSZ}, "Python ignores two of them"
    assert set(ending()) <= deadly


@pytest.mark.parametrize(
    ("number", "called"),
    [(signal.SIGQUIT, "SIGQUIT"), (signal.SIGRTMIN + 5, "SIGRTMIN+5"), (signal.SIGRTMAX, "SIGRTMAX")],
)
def test_every_signal_has_a_name(number: int, called: str) -> None:
    assert name(number) == called


class Shell(PtyProgram):
    """The app in a shell that can stop it and let it continue."""

    def __init__(self, tmp_path: Path) -> None:
        if shutil.which("bash") is None:
            pytest.skip("no bash on this machine")
        data_choice.save(data_choice.file(), data_choice.DataChoice(source="digits"))
        home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", "PS1": "shell> "}
        super().__init__(160, 50, ["bash", "--norc", "--noprofile", "-i"], home)
        self.until(lambda text: "shell> " in text)
        self.type(" ".join(TUILAB))
        self.until(lambda text: "bn-l2" in text and "No runs yet" in text)
        (self.app,) = psutil.Process(self.pid).children()

    def type(self, line: str) -> None:
        self.press(f"{line}\n".encode())

    def settle(self) -> str:
        """Return the screen once nothing more comes."""
        while self.read(0.7):
            pass
        return self.text

    def stopped(self) -> None:
        """See that the shell has its terminal, and draw over what is there."""
        self.until(lambda text: "Stopped" in text)
        on, off = modes(self.written)
        assert on <= {b"25", b"7", b"2004"} and not off, "the last is the shell's own wish"
        self.type("clear; seq 200 240")
        self.until(lambda text: "240" in text)


def test_ctrl_z_goes_back_to_the_shell_and_fg_brings_the_whole_screen_back(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    before = shell.settle()
    shell.press(b"\x1a")
    shell.stopped()
    shell.type("fg")
    shell.until(lambda text: text == before)

    # from outside, while the help is open
    shell.press(b"?")
    shell.until(lambda text: "Help · " in text)
    before = shell.settle()
    shell.app.send_signal(signal.SIGTSTP)
    shell.stopped()
    shell.type("bg; sleep 1; jobs")  # it wants its terminal, and stops again
    shell.until(lambda text: "Stopped" in text)
    shell.type("fg")
    shell.until(lambda text: text == before)

    # without a word, and the shell writes over it
    shell.app.send_signal(signal.SIGSTOP)
    shell.until(lambda text: "Stopped" in text)
    shell.type("fg")
    shell.until(lambda text: text == before)
    shell.press(b"\x1b")
    shell.until(lambda text: "Help · " not in text)
    shell.press(b"q")
    shell.until(lambda text: "shell> " in text)
    shell.type("exit")
    assert shell.end() == 0


def test_ctrl_z_with_no_shell_to_go_back_to_says_how_to_leave(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    app.press(b"\x1a")
    app.until(lambda text: "there is no shell to return to: q quits" in text)
    assert "bn-l2" in app.text
    app.press(b"q")
    assert app.end() == 0


def test_ctrl_l_draws_what_something_else_wrote_over(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    while app.read(0.7):
        pass
    before = app.text
    app.draw("\x1b[2J\x1b[5;5Hwall: the machine goes down at noon")
    assert "noon" in app.text
    app.press(b"\x0c")
    app.until(lambda text: text == before)
    app.press(b"q")
    assert app.end() == 0


def test_q_ends_it_with_nothing_left_on_the_terminal(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    app.press(b"q")
    assert app.end() == 0
    assert_given_back(app)
    assert re.sub(rb"\x1b\[[?<][0-9;]*[a-z]", b"", app.written.split(LEFT)[-1]).strip() == b""


def test_an_error_of_ours_goes_to_the_log_whose_path_is_printed(tmp_path: Path) -> None:
    broken = (
        "from tuilab.tui.app import LabApp\n"
        "from tuilab.tui.launch import launch\n"
        "def fail(self, step): raise ZeroDivisionError('made by the test')\n"
        "LabApp.action_step_preset = fail\n"
        "raise SystemExit(launch())"
    )
    app = the_app(tmp_path, command=[sys.executable, "-c", broken])
    app.press(b"]")
    assert app.end() == 1
    assert_given_back(app)
    log = tmp_path / "tuilab-home" / "app.log"
    said = app.written.split(LEFT)[-1].decode()
    assert f"unexpected error: the traceback is in {log}" in said
    assert "Traceback" not in said
    assert "ZeroDivisionError: made by the test" in log.read_text()


def test_a_terminal_that_vanishes_ends_the_app(tmp_path: Path) -> None:
    app = the_app(tmp_path)
    os.close(app.fd)
    deadline = time.monotonic() + 60
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
