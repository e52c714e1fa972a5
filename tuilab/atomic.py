"""Files that are there whole or not at all: written beside their place, synced, then renamed into it."""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text file of mode 0600 (UTF-8) in one step; one that is there keeps its mode.

    A link is followed: the file it leads to is replaced, not the link. Two who write at the same time
    leave one of the two texts, never a mixture.

    Raises:
        OSError: the disk is full, or the folder is gone or not writable; the old file stays as it was.
    """
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    draft = path.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8", newline="") as file:
            draft.chmod(mode)  # whatever the umask
            file.write(text)
            file.flush()
            os.fsync(fd)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
