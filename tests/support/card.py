"""Runs on the card that ``TUILAB_TEST_DEVICE`` names, and the memory that they hold there.

It needs nothing but pytest beside what tuilab needs.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuilab.machine.gpus import Gpu, list_gpus, processes_on
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.runs.worker.lease import read_lease

DEVICE = os.environ.get("TUILAB_TEST_DEVICE", "gpu:0")
"""``gpu:K``; with ``cpu`` the same tests run without a card, and none looks at its memory."""
ON_CARD = DEVICE != "cpu"
EPOCHS = 60 if ON_CARD else 12
"""Of the runs that are stopped on their way: some seconds on a card."""
PATIENCE = 170.0 if ON_CARD else 900.0
"""Seconds in which whatever is waited for has happened; on a card each should take less than 60."""
TOLERANCE = 50 << 20
"""Bytes by which the card's memory may differ from what it was."""
_CHECKOUT = Path(__file__).resolve().parents[2]


def parts() -> list[Gpu]:
    """Return the card as the driver shows it now; of one that MIG splits, its slices."""
    return [gpu for gpu in list_gpus() if f"gpu:{gpu.index}" == DEVICE]


def memory_used() -> int:
    """Return the bytes of the card that anybody holds."""
    return sum(gpu.memory_used for gpu in parts())


@dataclass(frozen=True)
class Lab:
    """A home for runs, and commands in it.

    Attributes:
        home: the folder.
        memory_before: bytes of the card that were held before anything ran.
    """

    home: Path
    memory_before: int

    def tell(self, *words: str, code: int = 0) -> str:
        """Call tuilab; return its output. It has to end with that exit code."""
        return self.end(self.start(*words), code=code)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command of tuilab: of this home, and of this checkout's code."""
        others = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
        path = os.pathsep.join([str(_CHECKOUT), *others])
        return subprocess.Popen(
            [sys.executable, "-m", "tuilab", *words],
            cwd=_CHECKOUT,
            env={**os.environ, "TUILAB_HOME": str(self.home), "PYTHONPATH": path, "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, command: "subprocess.Popen[str]", code: int = 0) -> str:
        """Wait for the end of a command, which has to have that exit code; return its output."""
        assert isinstance(command.args, list)
        called = f"tuilab {' '.join(map(str, command.args[3:]))}"
        try:
            out, err = command.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            command.kill()
            _, err = command.communicate()
            raise AssertionError(
                f"{called} took more than {PATIENCE:.0f} s; it had said:\n{err[-2000:]}\n{self._last_log()}"
            ) from None
        if command.returncode != code:
            raise AssertionError(
                f"{called} ended with {command.returncode}, not {code}:\n{err[-2000:]}\n{self._last_log()}"
            )
        return out

    def begin(self, *words: str) -> Run:
        """Start a run of its own ``words``, beside any other; return it as soon as it was requested."""
        return store.find(self.tell("run", *_small(words), "--beside", "--detach").strip())

    def train(self, *words: str) -> dict[str, Any]:
        """Train a run to its end; return what it measured."""
        return json.loads(self.tell("run", *_small(words), "--json"))

    def measured(self, run: Run) -> dict[str, Any]:
        """Return what a run has measured."""
        return json.loads(self.tell("show", run.id, "--json"))

    def _last_log(self) -> str:
        logs = sorted(self.home.glob("runs/*/worker.log"), key=lambda path: path.stat().st_mtime)
        return f"the newest worker.log ends with:\n{_tail(logs[-1])}" if logs else "no run was made"


def numbers(measured: dict[str, Any]) -> dict[str, Any]:
    """Return what has to be the same again, to the last digit: all that a run measured but its seconds."""
    history = {name: values for name, values in measured["history"].items() if name != "seconds"}
    tests = {name: value for name, value in measured.items() if name.startswith("test_")}
    return {"epochs": measured["epochs"], "history": history, **tests}


def training(run: Run, epochs: int = 3) -> Summary:
    """Wait until a run has trained some epochs and has more before it; return what it says then."""

    def trained() -> bool:
        summary = summarize(run)
        assert summary.state not in ("failed", "interrupted", "stopped"), _end_of(run)
        return len(summary.epochs) >= epochs

    until(trained, f"{run.id} has trained {epochs} epochs", lambda: _end_of(run))
    summary = summarize(run)
    assert summary.state == "running", f"it was over before it could be disturbed: {_end_of(run)}"
    return summary


def worker_of(run: Run) -> int:
    """Return the process that trains a run."""
    lease = read_lease(run.lease)
    assert lease is not None and lease.alive(), f"no process works on {run.id}: {_end_of(run)}"
    return lease.pid


def stop_while_training(lab: Lab, run: Run) -> None:
    """Have a run stopped that would be over before the command has started: its process is held meanwhile."""
    os.kill(worker := worker_of(run), signal.SIGSTOP)
    try:
        command = lab.start("stop", run.id)
        until(lambda: _was_sent(worker, signal.SIGTERM), f"{run.id} is asked to stop", lambda: _end_of(run))
    finally:
        os.kill(worker, signal.SIGCONT)
    lab.end(command)


def _was_sent(process: int, number: int) -> bool:
    """Return whether a process that is held was sent a signal."""
    status = Path(f"/proc/{process}/status").read_text()
    pending = next(line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(pending, 16) & (1 << (number - 1)))


def until_gone(run: Run) -> None:
    """Wait until no process works on a run."""

    def gone() -> bool:
        lease = read_lease(run.lease)
        return lease is None or lease.process() is None

    until(gone, f"the worker of {run.id} is gone", lambda: _end_of(run))


def until_given_back(lab: Lab) -> None:
    """Wait until the card's memory is what it was before anything ran."""

    def said() -> str:
        before, now = (f"{count / 2**20:,.0f} MiB" for count in (lab.memory_before, memory_used()))
        return f"{before} were held before anything ran, and {now} are held now, by {_holders()}"

    until(lambda: memory_used() <= lab.memory_before + TOLERANCE, "the card's memory is given back", said)


def _holders() -> str:
    """Return the processes that hold memory of the card, as far as the driver tells."""
    found = [one for part in parts() for one in processes_on(part)]
    return (
        ", ".join(f"process {one.pid} ({one.memory})" for one in found) or "no process that the driver names"
    )


def until(true: Callable[[], bool], what: str, else_said: Callable[[], str] = str) -> None:
    """Wait for something; where it does not happen, say so, and what is seen instead."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}; {else_said()}"
        time.sleep(0.02)


def _small(words: tuple[str, ...]) -> tuple[str, ...]:
    return ("-p", "digits-bn", "--data", "digits", "--device", DEVICE, *words)


def _end_of(run: Run) -> str:
    summary = summarize(run)
    said = f"; it says: {summary.reason}" if summary.reason else ""
    ended = f"{run.id} is {summary.state} after {len(summary.epochs)} epochs{said}"
    return f"{ended}; its worker.log ends with:\n{_tail(run.log)}" if run.log.exists() else ended


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]
