"""A process that is watched: when it prints, what memory it and its children hold, that all of them end."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_SECONDS = 0.2
"""Between two looks at its memory."""

LOOKS_A_SEARCH = 5
"""Looks until its children are searched for again, which costs more than a look."""


@dataclass(frozen=True)
class Line:
    """A line of its stdout, and the seconds from its start to when the line came."""

    seconds: float
    text: str


class Child:
    """A process of a session of its own. Use it in a ``with``: nothing of it is left behind.

    Attributes:
        peak_tree: most memory that it and its children held at one time (sum of their RSS), in bytes.
        peak_process: most that a single one of them held.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it.

        Args:
            command: program and arguments.
            environment: all of it.
            log: takes its stderr; overwritten.

        Raises:
            OSError: it cannot be started.
        """
        self._began = time.perf_counter()
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=dict(environment),
                text=True,
                encoding="utf-8",
                errors="replace",
                # Ctrl-C is for whoever measures; the child is ended by ``end``
                start_new_session=True,
                umask=0o077,
            )
        self._root = psutil.Process(self._process.pid)
        self._family = {self._root.pid: self._root}
        self.peak_tree = self.peak_process = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._watch_memory, name="memory", daemon=True)

    def __enter__(self) -> "Child":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        self.end()

    def lines(self) -> Iterator[Line]:
        """Yield the lines of stdout as they come, to its end."""
        assert self._process.stdout is not None
        for text in self._process.stdout:
            yield Line(time.perf_counter() - self._began, text.rstrip("\n"))

    def wait(self) -> int:
        """Wait for its end; return its exit code (negative: the signal that ended it)."""
        return self._process.wait()

    def end(self) -> None:
        """End it and its children, also those that outlive it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._root.suspend()  # it starts no further child while they are looked for
            self._search()
        for process in self._family.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # psutil makes sure that the number was not given out again
        psutil.wait_procs(self._family.values(), timeout=10)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _watch_memory(self) -> None:
        looks = 0
        while not self._over.wait(LOOK_SECONDS):
            if looks % LOOKS_A_SEARCH == 0:
                self._search()
            looks += 1
            held = [_resident(process) for process in self._family.values()]
            self.peak_tree = max(self.peak_tree, sum(held))
            self.peak_process = max(self.peak_process, *held)

    def _search(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._family |= {process.pid: process for process in self._root.children(recursive=True)}


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
