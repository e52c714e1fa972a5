"""Opening what lies under a file's name where anything may lie: regular files only, and never waited for.

A pipe has no end until somebody writes into it, a device none at all, and a link may lead to either. What is
read from a run's folder, or from another place that more than this process writes to, goes through here.
"""

import errno
import os
import stat
from pathlib import Path

_NO_FILE = "It is a pipe or a device, but must be a file"
_LINK = "It is a symbolic link, but must be a regular file"


def open_regular(path: Path, flags: int = os.O_RDONLY, *, links: bool = False) -> int:
    """Return a descriptor of a regular file; one that is made has mode 0600, less the umask.

    Args:
        path: the file.
        flags: as of ``os.open``.
        links: whether the name may be a symbolic link to such a file.

    Raises:
        OSError: it cannot be opened, or is a folder, a pipe, a socket, a device, or a link that is not meant.
    """
    flags |= os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    try:
        fd = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP and not links and path.is_symlink():
            raise OSError(errno.ELOOP, _LINK, str(path)) from error
        if error.errno in (errno.ENXIO, errno.ENODEV):  # a pipe that nobody reads, a socket
            raise OSError(errno.EINVAL, _NO_FILE, str(path)) from error
        raise
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, _NO_FILE, str(path))


def read_regular(path: Path, most: int, *, links: bool = False) -> bytes:
    """Return a regular file's content.

    Args:
        path: the file.
        most: bytes that it may have.
        links: as in ``open_regular``.

    Raises:
        OSError: it cannot be read, is no regular file, or has more than ``most`` bytes.
    """
    with os.fdopen(open_regular(path, links=links), "rb", buffering=0) as file:
        content = file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
        while len(content) <= most and (block := file.read(min(most + 1 - len(content), 1 << 20))):
            content += block  # it grew meanwhile
    if len(content) > most:
        raise OSError(errno.EFBIG, f"It is larger than {_size(most)}", str(path))
    return content


def _size(count: int) -> str:
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count // 1024} KiB"
