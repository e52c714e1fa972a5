"""Real terminals for tests: tmux, and a pseudo-terminal whose screen pyte keeps."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest

TUILAB = [str(Path(sys.executable).with_name("tuilab"))]


def _surroundings() -> dict[str, str]:
    """Return the environment, without a size: readline sets one that Python's own view does not show."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}


class Tmux:
    """A tmux server of its own with one window."""

    def __init__(
        self, place: Path, columns: int, rows: int, command: str, environment: dict[str, str]
    ) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("no tmux on this machine: apt-get install tmux")
        self._tmux = ["tmux", "-S", str(place / "tmux.socket"), "-f", "/dev/null"]
        size = ["-x", str(columns), "-y", str(rows)]
        environment = {**_surroundings(), **environment}
        subprocess.run([*self._tmux, "new-session", "-d", *size, command], check=True, env=environment)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        subprocess.run([*self._tmux, "send-keys", *keys], check=True)

    def type(self, text: str) -> None:
        """Type text as it is."""
        subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)

    def shown(self) -> str:
        """Return the screen's text."""
        command = [*self._tmux, "capture-pane", "-p"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def until(self, true: Callable[[str], object], seconds: float = 120.0) -> str:
        """Wait until the screen's text fulfils something, and return it."""
        deadline = time.monotonic() + seconds
        shown = ""
        while time.monotonic() < deadline:
            shown = self.shown()
            if true(shown):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"the screen did not show it within {seconds} s:\n{shown}")

    def kill(self) -> None:
        """End the server and all in it, as a lost machine's terminal ends."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


class PtyProgram:
    """A program on a pseudo-terminal."""

    def __init__(self, columns: int, rows: int, command: list[str], environment: dict[str, str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**_surroundings(), "TERM": "xterm-256color", **environment})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.fd)
        self.written = b""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        """Return what the screen shows."""
        return "\n".join(self.screen.display)

    def read(self, seconds: float) -> bool:
        """Take what comes next within some seconds; False if nothing does or the program is gone."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        self.written += data
        # pyte knows neither private modes of the keyboard nor questions
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]p?", b"", data))
        return bool(data)

    def draw(self, text: str) -> None:
        """Draw on the screen as another program would: the one that runs knows nothing of it."""
        self._stream.feed(text.encode())

    def until(self, true: Callable[[str], object], seconds: float = 120.0) -> None:
        """Read until the screen's text fulfils something."""
        deadline = time.monotonic() + seconds
        while not true(self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"the screen did not show it within {seconds} s:\n{self.text}")
            self.read(0.2)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.fd, keys)

    def end(self, seconds: float = 60.0) -> int:
        """Read to the end; return the exit code (negative: the signal that ended it)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0.1):
                    pass
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"the program did not end within {seconds} s:\n{self.text}")
