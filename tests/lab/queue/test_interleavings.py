"""Whatever is added, moved, dropped, held and killed: no run is lost, none taken twice, parents first."""

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from small_runs import small_run

from tuilab.files import paths
from tuilab.lab.queue import clients, workers
from tuilab.lab.queue.scheduler import Scheduler
from tuilab.runs import store
from tuilab.runs.journal.records import Done, Started, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry, asked_here, is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import Lease
from tuilab.runs.worker.standby import Standby


@dataclass
class FakeWorker:
    """A worker that does what the machine below has it do."""

    run: Run
    pid: int = os.getpid()

    def death(self) -> None:
        return None

    def ended(self) -> int | None:
        return None


def ended_early(entry: Entry) -> Entry:
    """Have the worker that was started be gone."""
    gone = Lease.own().model_copy(update={"ticks": 1, "started": 1.0})
    return entry.changed(start=entry.start and entry.start.model_copy(update={"worker": gone}))


class QueueMachine(RuleBasedStateMachine):
    """Runs are added, moved, dropped; workers take them, finish or die; schedulers are killed."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self.started: list[Run] = []
        self.taken: Counter[str] = Counter()
        self.training: list[Run] = []
        self.added: set[str] = set()
        self.dropped: set[str] = set()
        self._patch.setattr(workers, "process", self._process)
        self._patch.setattr("tuilab.lab.queue.scheduler._log", lambda _: None)
        self._patch.setattr(Standby, "start", lambda *_: None)
        self._patch.setenv("CUDA_VISIBLE_DEVICES", "")
        shutil.rmtree(paths.home(), ignore_errors=True)
        self.scheduler = Scheduler()

    def _process(self, run: Run, *_: Any) -> FakeWorker:
        self.started.append(run)
        return FakeWorker(run)

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self._patch.undo()

    @rule(parent=st.integers(0, 5), child=st.booleans())
    def add(self, parent: int, child: bool) -> None:
        waiting = changes.queue()
        after = waiting[parent % len(waiting)].id if child and waiting else None
        run = small_run()
        changes.put(run, Entry(order=changes.last_order() + 1, after=after, **asked_here()))
        self.added.add(run.id)

    @precondition(lambda _: bool(changes.queue()))
    @rule(which=st.integers(0, 9), place=st.integers(1, 9))
    def move(self, which: int, place: int) -> None:
        waiting = changes.queue()
        changes.move(waiting[which % len(waiting)].run, place)

    @precondition(lambda _: bool(changes.queue()))
    @rule(which=st.integers(0, 9))
    def drop(self, which: int) -> None:
        waiting = changes.queue()
        run = waiting[which % len(waiting)].run
        self.dropped |= {run.id, *(other.id for other in changes.drop(run))}

    @precondition(lambda _: bool(changes.queue()))
    @rule(which=st.integers(0, 9), held=st.booleans())
    def hold(self, which: int, held: bool) -> None:
        waiting = changes.queue()
        (clients.hold if held else clients.release)(waiting[which % len(waiting)].run)

    @rule()
    def look(self) -> None:
        self.scheduler.look()

    @rule()
    def kill_the_scheduler(self) -> None:
        self.scheduler = Scheduler()

    @precondition(lambda self: self.started)
    @rule(which=st.integers(0, 9), twice=st.booleans())
    def worker_takes(self, which: int, twice: bool) -> None:
        run = self.started.pop(which % len(self.started))
        for _ in range(1 + twice):
            if changes.take(run):
                self.taken[run.id] += 1
                self.training.append(run)
                run.lease.write_text(Lease.own().text())
            elif is_queued(run):  # it is held: the worker ends
                changes.edit(run, ended_early)

    @precondition(lambda self: self.training)
    @rule(well=st.booleans())
    def worker_ends(self, well: bool) -> None:
        run = self.training.pop()
        journal = JournalWriter(run.journal)
        journal.append(Started(pid=1, host="h", versions={}))
        last = Done(seconds=1.0) if well else Stopped(epoch=0, reason="asked", seconds=1.0)
        journal.append(last)
        run.lease.write_text(Lease.own().model_copy(update={"ended": True}).text())

    @invariant()
    def none_is_taken_twice_and_one_trains_at_a_time(self) -> None:
        assert all(count == 1 for count in self.taken.values())
        assert len(self.training) <= 1
        there = {run.id for run in store.folders()}
        assert self.added - self.dropped <= there, "none is lost"

    def settle(self) -> None:
        """Let all that can start start and be done."""
        for one in changes.queue():
            clients.release(one.run)
        for _ in range(4 * len(self.added) + 4):
            self.look()
            while self.started:
                self.worker_takes(0, twice=False)
            while self.training:
                self.worker_ends(well=True)
        for one in changes.queue():
            parent = one.entry.after
            assert parent is not None, f"{one.id} waits for nothing and did not start"
            known = parent in {run.id for run in store.folders()}
            assert not known or summarize(Run(paths.runs() / parent)).state in ("stopped", "queued")


QueueMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_any_interleaving = QueueMachine.TestCase
