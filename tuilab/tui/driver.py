"""The terminal's driver: Textual's own, made to survive a terminal that is gone or has no Unicode."""

import time
from typing import Any, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

from tuilab.tui.transliteration import to_ascii

_QUERY = "\x1b[?2026$p"
"""Textual asks every terminal whether it can draw without tearing; the answer tells how far away it is."""


class LabDriver(LinuxDriver):
    """Writes through a ``Terminal``, and notes when the first question went out."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        assert self._file is not None
        self.terminal = Terminal(self._file)
        self._file = cast("TextIO", self.terminal)
        self.asked_at: float | None = None

    def write(self, data: str) -> None:
        """Write, in ASCII where the app says so."""
        if _QUERY in data:
            self.asked_at = time.monotonic()
        super().write(to_ascii(data) if getattr(self._app, "ascii_only", False) else data)

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
