"""The lease: which process works on a run, and never a stranger that got its number."""

import os
import platform
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tuilab.errors import RunError
from tuilab.runs.lease import Lease, boot_id, read_lease, take_lease


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-bn"
    folder.mkdir()
    return folder / "lease.json"


@pytest.fixture
def worker(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that took the lease and lives on."""
    code = (
        "import sys, time; from pathlib import Path; from tuilab.runs.lease import take_lease;"
        "take_lease(Path(sys.argv[1])); print('taken', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "taken\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def own(**changes: object) -> Lease:
    lease = Lease(
        host=platform.node(), boot=boot_id(), pid=os.getpid(), started=psutil.Process().create_time()
    )
    return lease.model_copy(update=changes)


def test_taking_a_lease_names_this_process(path: Path) -> None:
    lease = take_lease(path)
    assert lease == read_lease(path) == own()
    assert lease.alive() is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["lease.json"], "no draft is left"


def test_taking_it_again_is_no_quarrel_with_oneself(path: Path) -> None:
    assert take_lease(path) == take_lease(path)


def test_a_second_taker_is_refused_while_the_first_lives(path: Path, worker: subprocess.Popen[str]) -> None:
    lease = read_lease(path)
    assert lease is not None
    assert lease.pid == worker.pid
    assert lease.alive() is True
    with pytest.raises(RunError) as caught:
        take_lease(path)
    assert caught.value.sentence == f"{path.parent} is being trained by process {worker.pid} already"
    assert read_lease(path) == lease


def test_a_lease_whose_process_ended_can_be_taken(path: Path, worker: subprocess.Popen[str]) -> None:
    lease = read_lease(path)
    assert lease is not None
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert lease.alive() is False, "a process that ended and was not waited for is dead"
    worker.wait()
    assert lease.alive() is False
    assert take_lease(path).pid == os.getpid()


def test_another_process_with_the_same_number_is_not_the_worker() -> None:
    assert own(started=psutil.Process().create_time() - 5).alive() is False
    assert own(pid=1).alive() is False


def test_a_lease_of_before_the_last_start_of_the_machine_is_dead() -> None:
    assert own(boot="00000000-0000-0000-0000-000000000000").alive() is False


def test_of_another_host_nothing_is_said() -> None:
    assert own(host=platform.node() + "-else").alive() is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff\xfe", b'{"host":"a","boot":"","pid":"x","started":0}']
)
def test_a_lease_that_cannot_be_read_is_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read_lease(path) is None
    assert take_lease(path) == own()


def test_no_file_is_no_lease(path: Path) -> None:
    assert read_lease(path) is None
    path.mkdir()
    assert read_lease(path) is None


def test_a_full_disk_leaves_no_draft(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("json.dump", full)
    with pytest.raises(OSError, match="No space"):
        take_lease(path)
    assert list(path.parent.iterdir()) == []
