"""Several machines on one study: each trial is done once, whichever of them dies, and whatever happens to
what holds the study."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from leases import end_workers
from postgres import postgres
from quick_trainer import python_of
from stand_in import until

from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.opening import ledger_of
from tuilab.lab.sweeps.starting import create, spec_of

pytestmark = pytest.mark.faults
PYTHON = sys.executable
PRELUDE = """\
import sys; sys.executable = {python!r}
from tuilab.lab.sweeps import coordinator
coordinator.BEAT_SECONDS, coordinator.STALE_SECONDS = 0.5, 8.0
from tuilab.cli.main import main; main()
"""
GRID = ["model.bn_momentum=0.6,0.8,0.9,0.99", "model.l2=0,1e-4,1e-3,1e-2"]
GIVEN: dict[str, Any] = {"data.source": "digits", "training.epochs": 2, "training.device": "cpu"}


class Boxes:
    """Machines with a store of their own each, whose workers train in no time."""

    def __init__(self, place: Path, storage: str) -> None:
        self._place, self._storage = place, storage
        self._python = str(python_of(place))

    def start(self, name: str, seconds: float = 0.4) -> "subprocess.Popen[str]":
        home = self._place / name
        code = PRELUDE.format(python=self._python)
        environment = {
            **os.environ,
            "TUILAB_HOME": str(home),
            "QUICK_SECONDS": str(seconds),
            "CUDA_VISIBLE_DEVICES": "",
        }
        return subprocess.Popen(
            [PYTHON, "-c", code, "sweep", "work", "--storage", self._storage, "s"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    found = tmp_path / "boxes"
    found.mkdir()
    yield found
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TUILAB_HOME", "").startswith(str(found)):
                process.kill()
    end_workers()


def begun(ledger: Ledger) -> dict[str, int]:
    """Return how many trials each worker trains just now."""
    workers = [slip.worker for slip in ledger.slips() if slip.state == "running" and slip.runs]
    return {worker: workers.count(worker) for worker in workers}


def expected(point: Any) -> float:
    """What the quick trainer says of a point, by its own rule."""
    return round(0.9 - abs(point["model.bn_momentum"] - 0.8) / 2 - point["model.l2"] * 10 + 0.01, 6)


def work_through(place: Path, storage: str, disturb: Any) -> None:
    """Have three machines work on a study; kill one in a trial, disturb the storage, look at the result."""
    ledger = ledger_of(create(spec_of("bn-l2", [], GIVEN, grids=GRID, name="s"), storage))
    boxes = Boxes(place, storage)
    working = [boxes.start(name) for name in ("ada", "grace", "edsger")]
    until(lambda: len(begun(ledger)) == 3, 120)
    working[1].kill()
    working[1].wait(10)
    disturb()
    for process in (working[0], working[2]):
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 0, said
        assert "the sweep s is over: 16 trials are done" in said.replace("\n", " "), said
    slips = ledger.slips()
    assert len(slips) == 16 and {slip.state for slip in slips} == {"done"}
    for slip in slips:
        (run,) = slip.runs
        assert run.validation[-1] == pytest.approx(expected(slip.point)), slip.place
    given_back = [slip for slip in slips if slip.attempt]
    assert given_back, "the killed machine's trials were done by others"
    assert len({slip.worker for slip in slips}) >= 2
    assert len({run.run + slip.worker for slip in slips for run in slip.runs}) == 16


def test_through_a_journal_file_whose_last_line_is_torn_meanwhile(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "shared" / "study.log"

    def tear() -> None:
        """Leave what a process leaves that is killed while it writes."""
        lock = path.with_name(f"{path.name}.lock")
        deadline = time.monotonic() + 30
        while True:
            try:
                lock.symlink_to(path)
                break
            except FileExistsError:
                assert time.monotonic() < deadline
        try:
            with path.open("ab") as file:
                file.write(b'{"op_code":8,"worker_id":"x","trial_')
        finally:
            lock.unlink()

    work_through(place, str(path), tear)
    lines = path.read_bytes().split(b"\n")
    assert lines[-1] == b"" and not any(line[-7:] == b'"trial_' for line in lines)


def test_through_a_postgresql_server_that_is_restarted_meanwhile(place: Path) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    with postgres() as server:

        def restart() -> None:
            server.stop()
            time.sleep(3)
            server.start()

        work_through(place, server.url, restart)


def test_one_that_is_asked_to_end_gives_its_trials_back(place: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "study.log")
    ledger = ledger_of(create(spec_of("bn-l2", [], GIVEN, grids=GRID[1:], name="s"), path))
    boxes = Boxes(place, path)
    one = boxes.start("ada", seconds=10)
    until(lambda: begun(ledger), 120)
    one.send_signal(signal.SIGTERM)
    said, _ = one.communicate(timeout=120)
    assert one.returncode == 130 and "other machines train what this one had begun" in said.replace("\n", " ")
    assert {slip.state for slip in ledger.slips()} <= {"waiting", "done"}
    other = boxes.start("grace")
    said, _ = other.communicate(timeout=240)
    assert other.returncode == 0, said
    assert {slip.state for slip in ledger.slips()} == {"done"}


def test_a_server_that_is_not_there_is_a_sentence(place: Path) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    boxes = Boxes(place, "postgresql://lab:secret@127.0.0.1:1/lab")
    one = boxes.start("ada")
    said, _ = one.communicate(timeout=120)
    text = " ".join(said.split())
    assert one.returncode == 4 and "postgresql://lab:…@127.0.0.1:1/lab cannot be used" in text, said
    assert "secret" not in said and "Traceback" not in said
