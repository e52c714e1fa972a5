"""The lease: which process works on a run, and never a stranger that got its number."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from leases import meanwhile

from tuilab.runs.worker import lease as lease_module
from tuilab.runs.worker.identity import start_ticks
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease, Liveness, beats, liveness, lock_of, read_lease

ELSEWHERE = {"host": platform.node() + "-else", "boot": "00000000-0000-0000-0000-000000000000"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-bn"
    folder.mkdir()
    return folder / "lease.json"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def own(**changes: object) -> Lease:
    return Lease.own().model_copy(update=changes)


def write(path: Path, lease: Lease, age: float = 0.0) -> None:
    """Write a lease as if its last beat were so many seconds ago by the file system's clock."""
    path.write_text(lease.text())
    now = path.stat().st_mtime
    os.utime(path, (now - age, now - age))


def test_a_lease_is_read_as_it_was_written(path: Path) -> None:
    write(path, own(beat=41))
    assert read_lease(path) == own(beat=41)
    assert liveness(path) == "alive"


def test_it_is_as_long_at_every_beat() -> None:
    lengths = {
        len(own(beat=beat, ended=ended).text()) for beat in (0, 9, 10, 10**12) for ended in (True, False)
    }
    assert len(lengths) == 1


@pytest.mark.parametrize("beat", [0, 9, 199, 999])
def test_a_beat_that_is_half_written_is_a_lease_still(beat: int) -> None:
    before, after = own(beat=beat).text().encode(), own(beat=beat + 1, ended=True).text().encode()
    for n in range(len(before)):
        torn = Lease.model_validate_json(after[:n] + before[n:])
        assert torn.same_holder(own())


def test_a_lease_of_the_first_version_is_understood(sleeper: subprocess.Popen[bytes], path: Path) -> None:
    """It had neither a namespace nor ticks nor a counter."""
    started = psutil.Process(sleeper.pid).create_time()
    lease = Lease(host=platform.node(), boot=own().boot, pid=sleeper.pid, started=started)
    assert lease.alive() is True
    assert lease.model_copy(update={"started": started - 5}).alive() is False


def test_another_process_with_the_same_number_is_not_the_worker(
    sleeper: subprocess.Popen[bytes], path: Path
) -> None:
    """As if the worker had ended and its number had gone to the sleeper."""
    write(path, own(pid=sleeper.pid))
    assert liveness(path) == "dead"
    assert own(pid=1).alive() is False


def test_a_clock_that_is_set_makes_no_worker_dead() -> None:
    """The system tells starts by the present clock: an hour back, and every start is another."""
    if own().ticks is None:
        pytest.skip("this system counts no ticks")
    assert own(started=own().started + 3600).alive() is True


def test_a_process_that_ended_is_dead_also_while_nobody_waits_for_it(
    path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    started = psutil.Process(sleeper.pid).create_time()
    write(path, own(pid=sleeper.pid, started=started, ticks=start_ticks(sleeper.pid)))
    assert liveness(path) == "alive"
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert liveness(path) == "dead"
    sleeper.wait()
    assert liveness(path) == "dead"


def test_a_lease_of_before_the_last_start_of_the_machine_is_dead_at_once(path: Path) -> None:
    write(path, own(boot=ELSEWHERE["boot"]))
    assert liveness(path) == "dead"
    write(path, own(boot=ELSEWHERE["boot"], namespace="pid:[1]"))
    assert liveness(path) == "dead", "numbers of other containers are of before the start as well"


@pytest.mark.parametrize(("age", "state"), [(0, "alive"), (FRESH_SECONDS + 9, "unreachable")])
@pytest.mark.parametrize("other", [ELSEWHERE, {"namespace": "pid:[1]"}], ids=["host", "container"])
def test_elsewhere_a_worker_is_alive_while_its_lease_beats(
    path: Path, other: dict[str, str], age: float, state: Liveness
) -> None:
    lease = own(**other)
    assert lease.alive() is None, "nobody can ask it"
    write(path, lease, age)
    assert liveness(path) == state


def test_the_age_of_a_beat_is_told_by_the_file_systems_clock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuilab.runs.worker.lease.time", SimpleNamespace(time=lambda: 0.0))
    write(path, own(**ELSEWHERE))
    assert liveness(path) == "alive"
    write(path, own(**ELSEWHERE), age=FRESH_SECONDS + 9)
    assert liveness(path) == "unreachable"


def test_a_beat_of_a_time_to_come_is_not_fresh_for_ever(path: Path) -> None:
    """The clock was set back by an hour after it."""
    write(path, own(**ELSEWHERE), age=-3600)
    assert liveness(path) == "unreachable"


def test_where_nothing_can_be_touched_this_machines_clock_has_to_do(path: Path) -> None:
    lock_of(path).mkdir()  # cannot be opened for writing
    write(path, own(**ELSEWHERE))
    assert liveness(path) == "alive"
    write(path, own(**ELSEWHERE), age=FRESH_SECONDS + 9)
    assert liveness(path) == "unreachable"


def test_a_lease_that_was_given_back_is_dead_on_every_host(path: Path) -> None:
    for lease in (own(ended=True), own(ended=True, **ELSEWHERE)):
        write(path, lease)
        assert liveness(path) == "dead"


def test_its_place_is_said_in_words() -> None:
    assert own().place == platform.node()
    assert own(**ELSEWHERE).place == ELSEWHERE["host"]
    assert own(namespace="pid:[1]").place == f"{platform.node()}, in another container"
    assert "\x1b" not in own(host="\x1b[2Jevil").place


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"pid": 1}',
        b"\xff\xfe",
        b'{"host":"a","boot":"","pid":"x","started":0}',
        b'{"host":"a","boot":"","pid":-1,"started":0}',
        b'{"host":"a","boot":"","pid":99999999999999999999,"started":0}',
    ],
)
def test_a_lease_that_cannot_be_read_is_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read_lease(path) is None
    assert liveness(path) == "none"


def test_no_file_is_no_lease(path: Path) -> None:
    assert read_lease(path) is None
    path.mkdir()
    assert read_lease(path) is None
    path.rmdir()
    os.mkfifo(path)
    assert read_lease(path) is None, "nobody waits for one who never writes"
    path.unlink()
    path.symlink_to(path.parent / "elsewhere")
    write(path.parent / "elsewhere", own())
    assert read_lease(path) is None, "a link is followed nowhere"


def test_a_counter_that_goes_on_is_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = own(**ELSEWHERE)
    meanwhile(monkeypatch, lease_module, lambda: None)
    write(path, lease)
    assert beats(path, lease) is False
    meanwhile(monkeypatch, lease_module, lambda: write(path, own(beat=1, **ELSEWHERE)))
    assert beats(path, lease) is True
    meanwhile(monkeypatch, lease_module, lambda: write(path, own(ended=True, **ELSEWHERE)))
    assert beats(path, lease) is False
