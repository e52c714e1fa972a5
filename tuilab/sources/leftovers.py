"""What killed processes leave in a cache, and deleting it with true numbers.

A draft is a folder that is being written under a name of its own. Whoever writes one holds a lock on its
file, so that what is written now is told from what nobody will ever finish.
"""

import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import BinaryIO

from tuilab.files.atomic import DRAFT
from tuilab.files.regular import open_regular
from tuilab.terminal import clean

OLD = 24 * 3600.0
"""Seconds after which what nobody can be seen to write is taken for left behind."""


def mark(file: BinaryIO) -> int:
    """Lock a draft's file; the lock holds until the descriptor that is returned is closed, and the file."""
    fd = os.dup(file.fileno())
    with contextlib.suppress(OSError):  # a disk without locks: there ``sweep`` goes by age
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


def sweep(cache: Path, file: str) -> int:
    """Delete the drafts in a cache that nobody writes; return how many bytes that were.

    If the disk has no locks, and before a draft's file is begun, what is older than ``OLD`` is nobody's.

    Args:
        cache: the folder.
        file: the name of the file in each draft that is locked.

    Raises:
        OSError: the folder cannot be listed.
    """
    drafts = [path for path in cache.iterdir() if path.name.startswith(DRAFT)]
    return sum(delete(draft)[0] for draft in drafts if not _being_written(draft, file))


def clear(cache: Path, file: str) -> tuple[int, dict[Path, str]]:
    """Delete what is in a cache, but for drafts that are being written and locks that are held.

    Returns:
        How many bytes are gone, and what could not be deleted, with the reason.
    """
    freed, left = 0, dict[Path, str]()
    if not cache.exists():
        return freed, left
    for path in list(cache.iterdir()):
        if path.name.startswith(DRAFT) and _being_written(path, file):
            continue
        with contextlib.suppress(OSError):
            if path.suffix == ".lock" and _held(path):
                continue
        gone, problem = delete(path)
        freed += gone
        if problem:
            left[path] = problem
    return freed, left


def delete(path: Path) -> tuple[int, str]:
    """Delete a folder or a file; return how many bytes are gone, and why not all of it where that is so.

    Of a link only the link is deleted.
    """
    before, problem = _size(path), ""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        problem = clean(error.strerror or str(error))
    return before - _size(path), problem


def _being_written(draft: Path, file: str) -> bool:
    try:
        return _held(draft / file)
    except OSError:  # no such file in it yet, or a disk without locks
        try:
            newest = max(path.lstat().st_mtime for path in (draft, draft / file) if path.exists())
        except (OSError, ValueError):
            return False
        return time.time() - newest < OLD


def _held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; OSError if that cannot be found out."""
    fd = open_regular(path, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder; a link to elsewhere has none."""
    if path.is_symlink():
        return 0
    size = 0
    with contextlib.suppress(OSError):
        for part in path.iterdir() if path.is_dir() else [path]:
            size += part.lstat().st_size
    return size
