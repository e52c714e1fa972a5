"""A worker's last words where its journal cannot take them: in its log, marked so that they are found."""

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuilab.files.regular import open_regular
from tuilab.terminal import clean

_MOST = 1 << 16  # bytes of a log's end that are looked at
_REMEDY = "  - "
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class LastWords:
    """Why a worker ended, as it said itself; clean text."""

    sentence: str
    remedies: tuple[str, ...] = ()


def say(sentence: str, remedies: Iterable[str] = ()) -> bool:
    """Write this process's last words to its log; return whether the disk took them."""
    try:
        sys.stderr.write(_text(os.getpid(), sentence, remedies))
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return False
    return True


def leave(log: Path, pid: int, sentence: str, remedies: Iterable[str] = ()) -> None:
    """Write into a log the last words of a worker that had no time for them; a full disk takes none."""
    with contextlib.suppress(OSError):
        fd = open_regular(log, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(fd, _text(pid, sentence, remedies).encode())
        finally:
            os.close(fd)


def _text(pid: int, sentence: str, remedies: Iterable[str]) -> str:
    lines = [f"{_mark(pid)}{clean(sentence)}", *(f"{_REMEDY}{clean(line)}" for line in remedies)]
    return "\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Printed:
    """The end of what a worker printed."""

    text: str

    @classmethod
    def of(cls, log: Path, since: int = 0) -> "Printed":
        """Read a log from a byte on, or its end where that is longer; nothing if it cannot be read."""
        with contextlib.suppress(OSError):
            fd = open_regular(log)
            try:
                begin = max(since, os.fstat(fd).st_size - _MOST)
                return cls(os.pread(fd, _MOST, begin).decode(errors="replace"))
            finally:
                os.close(fd)
        return cls("")

    def last_words(self, pid: int) -> LastWords | None:
        """Return what the worker with that number said last; None if it left nothing."""
        _, mark, rest = self.text.rpartition(f"\n{_mark(pid)}")
        if not mark:
            return None
        sentence, *lines = rest.splitlines() or [""]
        remedies: list[str] = []
        for line in lines:
            if not line.startswith(_REMEDY):
                break
            remedies.append(clean(line.removeprefix(_REMEDY)))
        return LastWords(clean(sentence), tuple(remedies))

    def error(self) -> str:
        """Return the last line of its last traceback, such as ``ImportError: ...``; empty without one."""
        _, mark, rest = self.text.rpartition(_TRACEBACK)
        lines = rest.splitlines()[1:] if mark else []
        last = next((line for line in lines if line and not line[0].isspace()), "")
        return clean(last, limit=300)

    def fatal(self) -> str:
        """Return why a library gave up, as it printed that; empty if it did not.

        TensorFlow begins such a line with ``F``, the C++ runtime with ``terminate called``.
        """
        matching = [line for line in self.text.splitlines() if _FATAL.match(line)]
        return clean(_FATAL.sub("", matching[-1]), limit=300) if matching else ""

    def last_line(self) -> str:
        """Return the last line that is not empty."""
        matching = [line for line in self.text.splitlines() if line.strip()]
        return clean(matching[-1], limit=300) if matching else ""


_FATAL = re.compile(
    r"(?:[0-9-]{10} [0-9:.]+: )?F(?:[0-9]{4} [0-9:.]+ +[0-9]+)? [\w./-]+:[0-9]+\] |(?=terminate called )"
    r"|(?=Fatal Python error)"
)


def _mark(pid: int) -> str:
    return f"tuilab[{pid}]: "
