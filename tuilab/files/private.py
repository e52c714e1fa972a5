"""Folders that are one person's alone: made so, and refused if they are not.

Whoever else may write into a folder can put a link where a file is about to be written. So a folder is
trusted where it belongs to whoever runs this process and not everybody may write to it; its own group may,
because that is how folders are made where the umask is 002. A symbolic link is trusted where that person
made it and it leads to such a folder (many keep their runs on a big disk that way). Nobody is above that:
root reads and writes no other person's folder either.
"""

import os
import pwd
import stat
from pathlib import Path

from tuilab.errors import RunError
from tuilab.terminal import clean


def make_private(folder: Path) -> None:
    """Make a folder, and those missing above it, each of mode 0700 whatever the umask.

    One that is there keeps its mode.

    Raises:
        OSError: it cannot be made.
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


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that somebody else could have filled; one that is not there is nobody's.

    Raises:
        RunError: it belongs to another person, others may write to it, or it is a symbolic link that
            another person made or that leads nowhere; the sentence says which, the remedies what to do.
    """
    shown = clean(str(folder))
    elsewhere = "or choose another folder: TUILAB_HOME=/a/folder"
    try:
        found = folder.lstat()
        if stat.S_ISLNK(found.st_mode):
            if found.st_uid != os.geteuid():
                raise RunError(
                    f"{shown} is refused: it is a symbolic link made by {_person(found.st_uid)}, "
                    f"not by {_person(os.geteuid())}",
                    ["remove the link, " + elsewhere],
                )
            if not folder.exists():
                raise RunError(
                    f"{shown} is refused: it is a symbolic link that points to nothing",
                    [f"make the folder {clean(str(folder.readlink()))} that it points to, " + elsewhere],
                )
            found = folder.stat()
    except FileNotFoundError:
        return
    except OSError:
        return  # nothing can be said of it; whoever goes on to read it is told why
    if found.st_uid != os.geteuid():
        raise RunError(
            f"{shown} is refused: it belongs to {_person(found.st_uid)}, not to {_person(os.geteuid())}",
            [f"work as {_person(found.st_uid)}, " + elsewhere],
        )
    if stat.S_ISDIR(found.st_mode) and _shared(found):
        raise RunError(
            f"{shown} is refused: others may write to it (its mode is {stat.S_IMODE(found.st_mode):04o})",
            [f"if you trust what is in it: chmod go-w {shown}", elsewhere.removeprefix("or ")],
        )


def why_shared(folder: Path) -> str:
    """Return why others may write into a folder, as a clause; empty if only its owner may.

    A link to a folder is judged by where it leads, and by who made it.

    Raises:
        OSError: it is not there.
    """
    for found in (folder.lstat(), folder.stat()):
        if found.st_uid != os.geteuid():
            return f"it belongs to {_person(found.st_uid)}"
    return f"others may write into it (mode {stat.S_IMODE(found.st_mode):04o})" if _shared(found) else ""


def _shared(found: os.stat_result) -> bool:
    """Return whether anybody but the owner and the owner's own group may write."""
    group = found.st_mode & stat.S_IWGRP and found.st_gid != os.getegid()
    return bool(group or found.st_mode & stat.S_IWOTH)


def _person(uid: int) -> str:
    try:
        return clean(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return f"user {uid}"
