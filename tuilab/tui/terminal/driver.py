"""The terminal's driver: Textual's own, made to survive a terminal that is gone or has no Unicode."""

import signal
import time
from typing import Any, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

from tuilab.tui.terminal.signals import stop_here, wait_for_foreground
from tuilab.tui.terminal.transliteration import to_ascii

_QUERY = "\x1b[?2026$p"
"""Textual asks every terminal whether it can draw without tearing; the answer tells how far away it is."""


class LabDriver(LinuxDriver):
    """Writes through a ``Terminal``, notes when a question went out, and gives the terminal back whole."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        assert self._file is not None
        self.terminal = Terminal(self._file)
        self._file = cast("TextIO", self.terminal)
        self.asked_at: float | None = None
        # Textual stops and starts the app within a signal's handler, where it may wait for itself, and
        # starts it a second time where SIGCONT comes alone: the app asks for both when it can (see below)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)

    def write(self, data: str) -> None:
        """Write, in ASCII where the app says so."""
        if _QUERY in data:
            self.asked_at = time.monotonic()
        super().write(to_ascii(data) if getattr(self._app, "ascii_only", False) else data)

    def start_application_mode(self) -> None:
        """Start, but never in the background."""
        wait_for_foreground(self.fileno)
        super().start_application_mode()

    def release_terminal(self, *, group: bool) -> bool:
        """Give the terminal back and stop; return once the app has the terminal again.

        Args:
            group: stop the whole process group, as ``stop_here`` has it.

        Returns:
            False if nothing stopped.
        """
        self.suspend_application_mode()
        stopped = stop_here(group=group)
        self.resume_application_mode()
        return stopped

    def reclaim_terminal(self) -> None:
        """Take the terminal again: somebody else may have had it."""
        self.suspend_application_mode()
        self.resume_application_mode()

    def disable_input(self) -> None:
        """Leave reports of the size, and of the mouse by pixels, once nobody reads any more.

        The thread that reads switches both on when the terminal says that it knows them, which may be at
        the last moment; and Textual never takes the pixels back.
        """
        super().disable_input()
        self.write("\x1b[?2048l\x1b[?1016l")
        self._mouse_pixels = False

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:  # the terminal is gone: SIGHUP, or whoever holds the other end, ends the app
            self.terminal.lost = True
            self._app.call_later(self._app.exit)


class Terminal:
    """The terminal as a file that never fails: when it is gone there is nobody left to tell."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.lost = False
        """Whether it refused a write."""
        self.written = 0
        """Characters written so far."""

    def write(self, text: str) -> int:
        """Write, unless the terminal is gone."""
        if not self.lost:
            try:
                self._file.write(text)
                self.written += len(text)
            except UnicodeEncodeError:  # a locale that the table of transliterations does not know
                self._file.write(text.encode("ascii", "replace").decode("ascii"))
            except OSError:
                self.lost = True
        return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        if not self.lost:
            try:
                self._file.flush()
            except OSError:
                self.lost = True

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._file.isatty()
