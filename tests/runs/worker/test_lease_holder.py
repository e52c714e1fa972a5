"""Taking a lease: one of many gets it, keeps it alive, and notices when it was taken from it."""

import os
import platform
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tuilab.errors import RunError
from tuilab.runs.worker import lease as leases
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease, liveness, read_lease
from tuilab.runs.worker.lease_holder import HeldLease, take_lease

ELSEWHERE = {"host": platform.node() + "-else", "boot": "00000000-0000-0000-0000-000000000000"}
TAKER = """\
import sys, time
from pathlib import Path
from tuilab.errors import RunError
from tuilab.runs.worker import lease, lease_holder
lease.BEAT_SECONDS = 0.05
print("ready", flush=True)
sys.stdin.readline()
try:
    held = lease_holder.take_lease(Path(sys.argv[1]))
except RunError as error:
    print(error.sentence, flush=True)
    sys.exit(4)
print("taken", flush=True)
"""
KEEPER = (
    TAKER
    + """\
while not held.lost:
    time.sleep(0.02)
print("lost", flush=True)
sys.stdin.readline()
"""
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "20260101-000000-bn"
    folder.mkdir()
    return folder / "lease.json"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)


@pytest.fixture
def start(path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start processes that wait for a line before they take the lease."""
    started: list[subprocess.Popen[str]] = []

    def one(*before: str) -> subprocess.Popen[str]:
        command = [*before, sys.executable, "-c", KEEPER, str(path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def keeper(start: Callable[..., subprocess.Popen[str]], *before: str) -> subprocess.Popen[str]:
    """Another process that took the lease and lives on."""
    process = start(*before)
    assert heard(process) == "ready"
    go(process)
    assert heard(process) == "taken"
    return process


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def foreign(path: Path, age: float, **changes: object) -> Lease:
    """Leave the lease of a worker elsewhere, whose last beat was so many seconds ago."""
    lease = Lease.own().model_copy(update={**ELSEWHERE, **changes})
    path.write_text(lease.text())
    now = path.stat().st_mtime
    os.utime(path, (now - age, now - age))
    return lease


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_taking_a_lease_names_this_process_to_nobody_else(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        held = take_lease(path)
    finally:
        os.umask(before)
    there = read_lease(path)
    assert there is not None and there.same_holder(held.lease) and there.same_holder(Lease.own())
    assert liveness(path) == "alive" and held.lost is False
    assert {entry.name: mode(entry) for entry in path.parent.iterdir()} == {
        "lease.json": 0o600,
        "lease.lock": 0o600,
    }, "no draft is left"
    held.release()


def test_taking_it_again_is_no_quarrel_with_oneself(path: Path) -> None:
    first, second = take_lease(path), take_lease(path)
    assert first.lease.same_holder(second.lease)
    first.release()
    second.release()


def test_exactly_one_of_many_that_ask_at_once_gets_it(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    takers = [start() for _ in range(6)]
    assert [heard(taker) for taker in takers] == ["ready"] * 6
    for taker in takers:
        go(taker)
    said = [heard(taker) for taker in takers]
    assert said.count("taken") == 1
    winner = takers[said.index("taken")]
    refused = f"{path.parent} is already being trained by process {winner.pid}"
    assert sorted(said) == sorted(["taken", *[refused] * 5])
    there = read_lease(path)
    assert there is not None and there.pid == winner.pid


def test_a_second_taker_is_refused_while_the_first_lives(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = keeper(start)
    for take_over in (False, True):
        with pytest.raises(RunError) as caught:
            take_lease(path, take_over=take_over)
        assert caught.value.sentence == f"{path.parent} is already being trained by process {worker.pid}"
    there = read_lease(path)
    assert there is not None and there.pid == worker.pid


def test_a_lease_whose_process_was_killed_can_be_taken_at_once(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = keeper(start)
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    held = take_lease(path)
    assert held.lease.pid == os.getpid()
    held.release()


def test_it_beats_in_place_while_it_is_held_and_stops_when_it_is_given_back(path: Path) -> None:
    held = take_lease(path)
    file = path.stat().st_ino
    until(lambda: held.lease.beat >= 3)
    there = read_lease(path)
    assert there is not None and there.beat >= 2 and path.stat().st_ino == file
    held.release()
    held.release()
    last = read_lease(path)
    assert last is not None and last.ended and liveness(path) == "dead"
    time.sleep(0.2)
    assert read_lease(path) == last and held.lost is False
    again = take_lease(path)
    assert again.lost is False and liveness(path) == "alive"
    again.release()


def test_a_lease_given_back_elsewhere_can_be_taken_here(path: Path) -> None:
    foreign(path, age=0, ended=True)
    take_lease(path).release()


def test_a_worker_elsewhere_that_beats_keeps_its_run(path: Path) -> None:
    lease = foreign(path, age=0)
    for take_over in (False, True):
        with pytest.raises(RunError) as caught:
            take_lease(path, take_over=take_over)
        assert caught.value.sentence == (
            f"{path.parent} is already being trained by process {lease.pid} on {lease.host}"
        )
    assert read_lease(path) == lease


def test_a_worker_that_is_unreachable_keeps_its_run_until_it_is_taken_over(path: Path) -> None:
    lease = foreign(path, age=FRESH_SECONDS + 9)
    with pytest.raises(RunError) as caught:
        take_lease(path)
    assert caught.value.sentence == (
        f"{path.parent} may still be trained by process {lease.pid} on {lease.host}, which has not "
        "reported for a while; once that worker is gone for good, take the run over with tuilab resume "
        f"{path.parent.name} --take-over"
    )
    assert caught.value.exit_code == 4 and read_lease(path) == lease
    held = take_lease(path, take_over=True)
    assert liveness(path) == "alive"
    held.release()


BEATER = """\
import sys, time
from pathlib import Path
from tuilab.runs.worker.lease import Lease
path, lease = Path(sys.argv[1]), Lease.model_validate_json(sys.argv[2])
import os
for beat in range(1, 10_000):
    with path.open("r+") as file:
        file.write(lease.model_copy(update={"beat": beat}).text())
    os.utime(path, (0, 0))
    if beat == 1:
        print("beats", flush=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("changes", [{}, {"host": platform.node(), "boot": "another"}], ids=["host", "name"])
def test_a_counter_that_goes_on_outweighs_the_age_of_the_file(
    path: Path, changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose file system tells wrong times, and another machine that has this one's name."""
    monkeypatch.setattr(leases, "BEAT_SECONDS", 1.0)
    lease = foreign(path, FRESH_SECONDS + 9, **changes)
    if changes:
        monkeypatch.setattr(leases, "_fresh", lambda *_: True)
    command = [sys.executable, "-c", BEATER, str(path), lease.text()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as beater:
        try:
            assert heard(beater) == "beats"
            with pytest.raises(RunError, match=f"by process {lease.pid} on {lease.host}"):
                take_lease(path, take_over=True)
        finally:
            beater.kill()


def test_a_worker_in_another_container_is_never_taken_for_dead(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """It has this machine's name and boot id, and a number that means another process here."""
    apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a namespace of its own needs the right to make one")
    worker = keeper(start, *apart)
    lease = read_lease(path)
    assert lease is not None and lease.pid < 10 and lease.alive() is None
    assert liveness(path) == "alive"
    with pytest.raises(RunError, match=f"by process {lease.pid} on {lease.host}, in another container"):
        take_lease(path, take_over=True)
    worker.kill()
    worker.wait()
    then = path.stat().st_mtime - FRESH_SECONDS - 9
    until(lambda: _aged(path, then) and liveness(path) == "unreachable")
    take_lease(path, take_over=True).release()


def _aged(path: Path, then: float) -> bool:
    """As if so much time had gone by; once more where a last beat came after it."""
    os.utime(path, (then, then))
    time.sleep(0.2)
    return path.stat().st_mtime == pytest.approx(then)


def test_a_holder_notices_that_its_lease_was_taken_over_and_leaves_it_alone(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = keeper(start)
    other = foreign(path.with_name("other"), age=0)
    path.with_name("other").replace(path)
    assert heard(worker) == "lost"
    assert read_lease(path) == other, "nothing was written over it"


def test_a_holder_that_did_not_run_for_a_while_looks_before_it_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped or asleep, its thread as well: the first question after that must not be answered by rote."""
    monkeypatch.setattr(HeldLease, "_keep", lambda _: None)
    held = take_lease(path)
    foreign(path.with_name("other"), age=0)
    path.with_name("other").replace(path)
    until(lambda: held.lost)


def test_a_worker_that_was_stopped_and_continued_learns_that_it_was_replaced(
    path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    worker = keeper(start)
    os.kill(worker.pid, signal.SIGSTOP)
    assert liveness(path) == "alive", "a process that stands still is not dead"
    foreign(path.with_name("other"), age=0)
    path.with_name("other").replace(path)
    os.kill(worker.pid, signal.SIGCONT)
    assert heard(worker) == "lost"


@pytest.mark.parametrize("gone", ["lease", "folder"])
def test_a_folder_that_vanished_ends_the_beating_quietly(path: Path, gone: str, capfd) -> None:
    held = take_lease(path)
    if gone == "folder":
        path.parent.rename(path.parent.with_name(".trash"))
    else:
        path.unlink()
    until(lambda: held.lost)
    held._thread.join(60)
    held.release()
    assert capfd.readouterr() == ("", "")
    assert not path.exists(), "nothing is made anew"


def test_a_lease_that_was_damaged_is_written_again_by_its_holder(path: Path) -> None:
    held = take_lease(path)
    path.write_text("rubbish" * 100)
    until(lambda: liveness(path) == "alive")
    assert held.lost is False
    held.release()


def test_a_clock_that_is_set_back_costs_nobody_the_lease(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = take_lease(path)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    os.utime(path, (9e9, 9e9))
    before = held.lease.beat
    until(lambda: held.lease.beat > before)
    assert held.lost is False and liveness(path) == "alive"
    held.release()
