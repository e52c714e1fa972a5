"""The app in a test: real run folders in the test's own home, and workers that say what the test says."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from records import CPU, DIGITS, INITIAL, NETWORK, STARTED
from textual.pilot import Pilot

from tuilab.config import Config
from tuilab.errors import RunError
from tuilab.lab.data_choice import DataChoice, file, save
from tuilab.lab.queue.standing import Standing
from tuilab.runs.journal.records import (
    AnyRecord,
    Checkpoint,
    Done,
    Evaluated,
    Phase,
    Stopped,
)
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.queue.changes import take
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease
from tuilab.tui.app import LabApp
from tuilab.tui.queue_source import QueueSource
from tuilab.tui.run_source import RunSource
from tuilab.tui.surroundings import Pace, Surroundings

WIDE, NARROW = (160, 50), (80, 24)
NOON = 1_795_521_600.0
"""The time at which all tests of the app take place."""

LabPilot = Pilot[int]


class FakeWorker:
    """A worker without a process: the test speaks for it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stopped = False
        self._now = NOON
        self._lease = Lease.own()  # every other app sees that a process works on it
        run.lease.write_text(self._lease.text())
        self._journal = JournalWriter(run.journal, clock=lambda: self._now)
        self._code: int | None = None

    def say(self, *records: AnyRecord, seconds: float = 1.0) -> None:
        """Write records, each ``seconds`` after the one before."""
        for record in records:
            self._now += seconds
            self._journal.append(record)

    def begin(self) -> None:
        """Say everything up to the first step."""
        self.say(STARTED, CPU, DIGITS, INITIAL, NETWORK, Phase(name="training"))

    def finish(self, accuracy: float = 0.9, cross_entropy: float = 0.3, epoch: int = 2) -> None:
        """Say that it was tested and is done."""
        self.say(
            Phase(name="evaluating"),
            Evaluated(test_accuracy=accuracy, test_cross_entropy=cross_entropy),
            Checkpoint(epoch=epoch, name="final", digest="c1"),
            Done(seconds=30.0),
        )
        (self.run.checkpoints / "final").mkdir()
        self.end(0)

    def stop(self) -> None:
        """Take the app's wish to stop."""
        self.stopped = True
        self.say(Stopped(epoch=0, reason="asked to stop (SIGTERM)", seconds=3.0))
        self.end(130)

    def end(self, code: int) -> None:
        """End as a process does, whatever it said."""
        self._code = code
        if self.run.folder.exists():
            self.run.lease.write_text(self._lease.model_copy(update={"ended": True}).text())

    def ended(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._code


class FakeQueue(QueueSource):
    """The real queue; what a scheduler would start, it starts at once, with workers that the test speaks for.

    Attributes:
        workers: by run, in the order of their start.
        started: every worker, that of a run which continues as well.
        starts: whether anything starts; where not, all waits in the queue.
        problem: why no scheduler can be started; empty if one can.
        looks: how often the observer has begun to look at everything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.workers: dict[str, FakeWorker] = {}
        self.started: list[FakeWorker] = []
        self.starts = True
        self.problem = ""
        self.looks = 0
        self._schedules = threading.Lock()

    def open(self) -> None:
        """No process is started."""

    def close(self) -> None:
        """None was."""

    def wake(self) -> None:
        """Take the scheduler's place: start what can start now."""
        if self.problem:
            raise RunError(self.problem)
        with self._schedules:
            while self.starts and (one := next((one for one in super().standings() if one.device), None)):
                worker = FakeWorker(one.run)  # which holds the lease
                if take(one.run):
                    self.workers[one.run.id] = worker
                    self.started.append(worker)

    def bell(self) -> int:
        """Return what the observer asks first of all, each time that it looks."""
        self.looks += 1
        return super().bell()

    def standings(self) -> tuple[Standing, ...]:
        """Return how it stands, once what can start has."""
        if not self.problem:
            self.wake()
        return super().standings()


class FakeSource(RunSource):
    """The real store and queue, with workers that the test speaks for."""

    def __init__(self) -> None:
        self.fakes = FakeQueue()
        super().__init__(self.fakes)

    @property
    def workers(self) -> dict[str, FakeWorker]:
        """The workers that were started."""
        return self.fakes.workers

    def stop(self, run_id: str) -> bool:
        """Stop one, whichever app asks."""
        if run_id in self.workers:
            self.workers[run_id].stop()
        return run_id in self.workers

    @property
    def newest(self) -> FakeWorker:
        """The worker that was started last."""
        return self.fakes.started[-1]


class Nearby(Surroundings):
    """The real machine; the store is listed ten times as often as for a person."""

    def pace(self, low_bandwidth: bool) -> Pace:
        """Look often at the store."""
        return replace(super().pace(low_bandwidth), list=0.2)


def lab_app(*, source: RunSource | None = None, first: bool = False, **more: Any) -> LabApp:
    """Return the app as it opens on digits in the test's home.

    Args:
        source: where runs come from; None: the store, with fake workers.
        first: whether it greets as at the first start.
        more: what ``LabApp`` takes.
    """
    if not first:
        save(file(), DataChoice(source="digits"))
    chosen = source or FakeSource()
    opened = {"settings": Config(), "surroundings": Nearby(), **more}
    return LabApp(source=lambda: chosen, **opened)


def play(
    app: LabApp, scenario: Callable[[LabPilot], Coroutine[Any, Any, None]], size: tuple[int, int] = WIDE
) -> None:
    """Run the app at a size, and the scenario in it once the lab is furnished and the runs are read."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: bool(app.lab_screen.panes) and app.session.book.listed)
            await pilot.pause()
            await scenario(pilot)

    asyncio.run(run())


async def until(pilot: LabPilot, true: Callable[[], object], seconds: float = 60.0) -> None:
    """Let the app run until something is true; fail after a while."""
    for _ in range(int(seconds / 0.02)):
        if true():
            await pilot.pause()
            return
        if pilot.app._exception is not None:
            raise pilot.app._exception
        await pilot.pause(0.02)
    raise AssertionError(f"it did not come true within {seconds} s")


async def press(pilot: LabPilot, keys: Sequence[str] | str) -> None:
    """Press keys one after the other, each once the one before was dealt with."""
    for key in keys.split() if isinstance(keys, str) else keys:
        await pilot.press(key)
        await pilot.pause()
