"""What may lie where a file belongs, and a time within which nothing may wait for it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

OBSTACLES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a folder": Path.mkdir,
}


def put(obstacle: str, path: Path) -> None:
    """Put an obstacle in a file's place."""
    path.unlink(missing_ok=True)
    OBSTACLES[obstacle](path)


@contextmanager
def no_waiting(seconds: float = 5.0) -> Iterator[None]:
    """Raise TimeoutError where what is done inside takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
