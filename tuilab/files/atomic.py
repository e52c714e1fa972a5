"""Files and folders that are there whole or not at all: written beside their place, synced, then renamed."""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAFT = ".draft-"
"""How the names of what is being written begin."""


def write_whole(path: Path, content: str | bytes, *, links: bool = True) -> None:
    """Write a file of mode 0600 (text as UTF-8) in one step; one that is there keeps its mode.

    Two who write at the same time leave what one of the two wrote, never a mixture.

    Args:
        path: the file.
        content: all of it.
        links: whether a symbolic link is followed, so that the file it leads to is replaced; else it is the
            link that is replaced.

    Raises:
        OSError: the disk is full, or the folder is gone or not writable; the old file stays as it was.
    """
    path = _destination(path) if links else path
    there = path.lstat() if os.path.lexists(path) else None
    mode = stat.S_IMODE(there.st_mode) if there is not None and stat.S_ISREG(there.st_mode) else 0o600
    draft = path.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            draft.chmod(mode)  # whatever the umask
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(fd)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _destination(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # before Python 3.13: a link that leads to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Make a folder of mode 0700 in one step, replacing one that is there: fill the draft that is yielded.

    Everything in it is on the disk before it gets its name. Whenever it is ended, the old folder or the new
    one stands under ``target``, or, between two renames, the old one under a draft's name beside it.

    Raises:
        OSError: the disk is full, or the folder is gone or not writable; an old folder stays as it was.
    """
    draft = target.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    draft.mkdir(mode=0o700)
    try:
        draft.chmod(0o700)  # whatever the umask
        yield draft
        for path in (*draft.iterdir(), draft):
            sync(path)
        if target.exists():
            _replace(target, draft)
        else:
            draft.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _replace(target: Path, draft: Path) -> None:
    # a folder cannot be renamed over one that has files: the old one steps aside first
    old = target.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    target.rename(old)
    try:
        draft.rename(target)
    except BaseException:
        old.rename(target)
        raise
    # the new one stands: an old one that stays behind as a draft is nobody's loss
    shutil.rmtree(old, ignore_errors=True)


def make_sure_of_room(folder: Path, size: int) -> None:
    """Raise OSError where the disk of a folder does not take a file of ``size`` bytes now."""
    path = folder / f"{DRAFT}{secrets.token_hex(8)}"
    try:
        with path.open("xb", buffering=0) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                rest = size
                while rest > 0:
                    rest -= file.write(bytes(min(rest, 1 << 20)))
    finally:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the disk has a file, or a folder's list of names."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
