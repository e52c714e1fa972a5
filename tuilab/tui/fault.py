"""What ended the app by mistake, written where a person can find it."""

import os
import time
import traceback
from pathlib import Path

from tuilab import __version__
from tuilab.files import paths


def log_fault(error: BaseException | None) -> Path | None:
    """Write an exception's traceback to the app's log; return the file, None if no disk takes it."""
    lines = traceback.format_exception(error) if error is not None else ["no exception is known\n"]
    return log_text("".join(lines))


def log_text(text: str) -> Path | None:
    """Append text to the app's log with the time and the version; return the file, or None."""
    path = paths.home() / "app.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"-- {time.strftime('%Y-%m-%d %H:%M:%S')} tuilab {__version__}\n{text}\n")
    except OSError:
        return None
    return path
