"""Folders that are the person's own: made for them alone, and never shared with a hostile neighbour.

Whoever else may write into a folder can put a link where a file is about to be written. So a folder is
written into only where nobody else may.
"""

import os
import stat
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each of mode 0700 whatever the umask.

    One that is there keeps its mode.

    Raises:
        OSError: it cannot be made, or something else has its name.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.is_dir():
            return  # another process was faster
        raise
    folder.chmod(0o700)


def why_shared(folder: Path) -> str:
    """Return why others may write into a folder, as half a sentence; empty where only its owner may.

    A link to a folder is judged by where it leads, and by who made it.

    Raises:
        OSError: it is not there.
    """
    for found in (folder.lstat(), folder.stat()):
        if found.st_uid != os.geteuid():
            return f"it belongs to another user (number {found.st_uid})"
    if found.st_mode & stat.S_IWOTH:
        return f"every user may write into it (mode {stat.S_IMODE(found.st_mode):04o})"
    return ""
