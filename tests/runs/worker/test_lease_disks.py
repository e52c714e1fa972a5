"""A lease on a disk that is full, read only, or another person's."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from leases import meanwhile
from lockless import ANSWERS, without_locks

from tuilab.errors import RunError
from tuilab.files.atomic import write_whole
from tuilab.files.locks import lock_on
from tuilab.runs.worker import lease_holder
from tuilab.runs.worker.lease import Lease, liveness, lock_of, read_lease
from tuilab.runs.worker.lease_holder import take_lease


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-bn"
    folder.mkdir()
    return folder / "lease.json"


def test_a_full_disk_leaves_no_draft(path: Path) -> None:
    """The limit on the size of files gives a real error of a write."""
    code = (
        "import resource, signal, sys; from pathlib import Path;"
        "from tuilab.runs.worker.lease_holder import take_lease;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n"
        "try: take_lease(Path(sys.argv[1]))\n"
        "except OSError as error: print(error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == f"{errno.EFBIG}\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["lease.lock"]
    take_lease(path).release()


def test_a_full_disk_takes_beats_nevertheless(path: Path) -> None:
    """They are written in place."""
    code = (
        "import resource, signal, sys, time; from pathlib import Path;"
        "from tuilab.runs.worker import lease, lease_holder;"
        "lease.BEAT_SECONDS = 0.02; path = Path(sys.argv[1]);"
        "held = lease_holder.take_lease(path); size = path.stat().st_size;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); beat = held.lease.beat\n"
        "while held.lease.beat < beat + 3: time.sleep(0.01)\n"
        "print(held.lost)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "False\n"


def test_a_folder_that_cannot_be_written_is_the_systems_own_error(path: Path) -> None:
    if os.geteuid() != 0:
        path.parent.chmod(0o500)
    elif subprocess.run(
        ["mount", "--bind", path.parent, path.parent], capture_output=True, check=False
    ).returncode:
        pytest.skip("a disk that is read only needs the right to mount one")
    else:
        subprocess.run(["mount", "-o", "remount,ro,bind", path.parent], check=True)
    try:
        with pytest.raises(OSError) as caught:
            take_lease(path)
        assert caught.value.errno in (errno.EROFS, errno.EACCES)
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", path.parent], check=True)
        path.parent.chmod(0o700)


def test_the_run_of_another_person_is_not_taken(path: Path) -> None:
    path.parent.chmod(0o777)
    with pytest.raises(RunError, match="others may write to it"):
        take_lease(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_disk_without_locks_takes_leases_nevertheless_and_says_so(
    answer: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_holder, "SETTLE_SECONDS", 0.1)
    without_locks(monkeypatch, tmp_path, ANSWERS[answer], path.parent)
    lock_of(path).write_text("")  # what an earlier version left stood in everybody's way for a minute
    began = time.monotonic()
    held = take_lease(path)
    assert time.monotonic() - began < 5
    assert "has no locks (flock)" in held.note and liveness(path) == "alive"
    held.release()
    assert liveness(path) == "dead"


def test_of_two_machines_that_take_a_lease_at_once_without_locks_the_last_one_has_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other machine writes between this one's writing and its second look."""
    other = Lease.own().model_copy(update={"host": "another", "boot": "b", "pid": 7})
    without_locks(monkeypatch, tmp_path, errno.ENOSYS, path.parent)
    meanwhile(monkeypatch, lease_holder, lambda: write_whole(path, other.text()))
    with pytest.raises(RunError, match="is already being trained by process 7 on another"):
        take_lease(path)
    assert read_lease(path) == other


def test_whoever_stands_in_the_way_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_holder, "LOCK_SECONDS", 0.2)
    with lock_on(lock_of(path)), pytest.raises(RunError) as caught:
        take_lease(path)
    who = f"process {os.getpid()} is about to take {path.parent.name}, but has made no progress for 0 s"
    assert caught.value.sentence == who
