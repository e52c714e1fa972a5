"""Locks on a disk that has some, on one that has none, and where nothing has any."""

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from filelock import Timeout
from lockless import ANSWERS, without_locks

from tuilab.errors import RunError
from tuilab.files.locks import holder, lock_on, lock_problem

HOLD = """\
import sys
from pathlib import Path
from tuilab.files.locks import lock_on
with lock_on(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def held_elsewhere(path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def assert_one_at_a_time(path: Path) -> None:
    process = held_elsewhere(path)
    lock = lock_on(path)
    with pytest.raises(Timeout):
        lock.acquire(timeout=0.1)
    assert holder(lock) in (process.pid, None)
    process.kill()
    process.communicate()
    with lock.acquire(timeout=60):  # a process that was killed holds nothing any more
        assert lock.is_locked


@pytest.mark.parametrize("umask", [0o022, 0o777])
def test_where_the_disk_has_locks_the_file_itself_is_locked(disk: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        lock = lock_on(disk / "a.lock")
    finally:
        os.umask(before)
    assert lock.lock_file == str(disk / "a.lock") and lock_problem(disk / "a.lock") is None
    assert (disk / "a.lock").stat().st_mode & 0o777 == 0o600
    assert_one_at_a_time(disk / "a.lock")


@pytest.mark.parametrize("answer", ANSWERS)
def test_where_it_has_none_a_lock_of_this_machine_stands_in(
    answer: str, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_locks(monkeypatch, tmp_path, ANSWERS[answer], disk)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # filelock warns where it takes the existence of a file for a lock
        path = disk / "a.lock"
        assert lock_problem(path) == os.strerror(ANSWERS[answer])
        lock = lock_on(path)
        place = Path(lock.lock_file)
        assert place.parent == Path(f"/tmp/tuilab-{os.geteuid()}")
        assert lock_on(disk / "b.lock").lock_file != lock.lock_file
        (tmp_path / "other").symlink_to(disk)
        assert lock_on(tmp_path / "other" / "a.lock").lock_file == lock.lock_file, "one file, one lock"
        try:
            assert_one_at_a_time(path)
        finally:
            place.unlink()
            Path(lock_on(disk / "b.lock").lock_file).unlink()


def test_a_file_that_a_soft_lock_left_locks_nobody_out(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version made such files, with the name of a host in them."""
    without_locks(monkeypatch, tmp_path, errno.ENOSYS, disk)
    (disk / "a.lock").write_text("123\nanother-host\n")
    lock = lock_on(disk / "a.lock")
    with lock.acquire(timeout=60):
        assert lock.is_locked
    Path(lock.lock_file).unlink()


def test_where_nothing_has_locks_that_is_said(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_locks(monkeypatch, tmp_path, errno.ENOLCK, disk, "/tmp")
    with pytest.raises(RunError) as caught:
        lock_on(disk / "a.lock")
    assert caught.value.sentence == (
        f"{disk} is on a file system without locks, and /tmp/tuilab-{os.geteuid()} has none either "
        f"({os.strerror(errno.ENOLCK)})"
    )
    assert caught.value.remedies
