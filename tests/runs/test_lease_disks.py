"""A lease on a disk that is full, read only, or another person's."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuilab.errors import RunError
from tuilab.runs.lease_holder import take_lease


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-bn"
    folder.mkdir()
    return folder / "lease.json"


def test_a_full_disk_leaves_no_draft(path: Path) -> None:
    """The limit on the size of files gives a real error of a write."""
    code = (
        "import resource, signal, sys; from pathlib import Path;"
        "from tuilab.runs.lease_holder import take_lease;"
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
        "from tuilab.runs import lease, lease_holder;"
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
