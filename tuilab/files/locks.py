"""Locks between processes, on every disk: where a file system has none, this machine's own /tmp has.

A lock is ``flock`` on a file beside what it guards. Some network file systems lack that or answer with an
error. There the file that is locked lies in ``/tmp/tuilab-UID`` instead, named after the one that it stands
for: that holds between the processes of one machine. Between machines nothing holds there, so whoever needs
more than that has to look again after writing (``runs.lease_holder`` does). Never a file whose mere existence
is the lock: one that a killed process left would lock for ever.
"""

import errno
import fcntl
import os
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from tuilab.errors import RunError
from tuilab.files.private import make_private, refuse_foreign
from tuilab.files.regular import open_regular
from tuilab.terminal import clean

_NO_LOCKS = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL, errno.EIO})
"""What file systems without locks answer to ``flock``."""


def lock_on(path: Path) -> FileLock:
    """Return the lock that a file stands for, not yet taken.

    Raises:
        RunError: neither its file system nor this machine's temporary folder has locks.
        OSError: the file cannot be made or opened.
    """
    return FileLock(path if lock_problem(path) is None else _local(path), mode=0o600)


def lock_problem(path: Path) -> str | None:
    """Return what the file system answers instead of locking a file, which is made; None if it locks.

    Raises:
        OSError: the file cannot be made or opened.
    """
    fd = open_regular(path, os.O_RDWR | os.O_CREAT)
    try:
        os.fchmod(fd, 0o600)  # whatever the umask
    except OSError:
        os.close(fd)
        raise
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return clean(error.strerror or str(error)) if error.errno in _NO_LOCKS else None
    finally:
        os.close(fd)
    return None


def holder(lock: FileLock) -> int | None:
    """Return the number of the process that holds a lock; None if the system does not tell."""
    try:
        inode = Path(lock.lock_file).stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        # 1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF; a line with an arrow waits
        held = [fields for line in lines if "->" not in (fields := line.split())]
        return next(
            int(fields[4]) for fields in held if fields[1] == "FLOCK" and fields[5].endswith(f":{inode}")
        )
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _local(path: Path) -> Path:
    # not the folder that TMPDIR names: two processes that share a disk may have two of those
    folder = Path("/tmp") / f"tuilab-{os.geteuid()}"
    local = folder / f"{sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]}.lock"
    try:
        make_private(folder)
        refuse_foreign(folder)
        problem = lock_problem(local)
    except OSError as error:
        problem = clean(error.strerror or str(error))
    if problem is not None:
        raise RunError(
            f"{clean(str(path.parent))} is on a file system without locks, and {folder} has none either "
            f"({problem})",
            [
                "put runs on another disk: TUILAB_HOME=/a/folder",
                "tuilab doctor looks at the disk of the home",
            ],
        )
    return local
