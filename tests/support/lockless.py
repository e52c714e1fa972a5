"""A disk without locks: ``flock`` below some folder fails, in this process and in those it starts."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

ANSWERS = {
    "ENOSYS": errno.ENOSYS,
    "EOPNOTSUPP": errno.EOPNOTSUPP,
    "ENOLCK": errno.ENOLCK,
    "EINVAL": errno.EINVAL,
}
"""What file systems without locks answer."""
_SITE = f"""\
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import lockless
lockless.break_flock(os.environ["LOCKLESS_BELOW"].split(":"), int(os.environ["LOCKLESS_ERRNO"]))
"""


def break_flock(folders: list[str], number: int) -> Any:
    """Have ``flock`` fail below these folders; return the real one."""
    real = fcntl.flock

    def flock(fd: Any, operation: int) -> None:
        path = str(Path(f"/proc/self/fd/{fd if isinstance(fd, int) else fd.fileno()}").readlink())
        if any(path.startswith(folder) for folder in folders):
            raise OSError(number, os.strerror(number))
        real(fd, operation)

    fcntl.flock = flock
    return real


def without_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, *below: Path | str) -> None:
    """Take the locks from some folders, here and in every Python that is started from here."""
    folders = [os.path.realpath(folder) for folder in below]
    real = break_flock(folders, number)
    broken = fcntl.flock
    fcntl.flock = real
    monkeypatch.setattr(fcntl, "flock", broken)
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(_SITE)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    )
    monkeypatch.setenv("LOCKLESS_BELOW", ":".join(folders))
    monkeypatch.setenv("LOCKLESS_ERRNO", str(number))
