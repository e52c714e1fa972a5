"""The queue of runs: one a device, parents first, and no failure stops the rest."""

from collections.abc import Callable
from typing import Any

import pytest
from finished_runs import finished_run
from harness import FakeSource, FakeWorker, epoch

from tuilab.errors import RunError
from tuilab.lab.plan import Step, plan
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.store import Run
from tuilab.runs.summary import Summary
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.run_steps import ResumeStep
from tuilab.tui.trainings import Trainings


class Inline:
    """A background without a thread: jobs are done when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[[], Any], Callable[[Any], None] | None]] = []
        self.failed: list[Exception] = []

    def run(self, job: Callable[[], Any], then: Callable[[Any], None] | None = None) -> None:
        self.jobs.append((job, then))

    def fail(self, error: Exception) -> None:
        self.failed.append(error)

    def work(self) -> None:
        while self.jobs:
            job, then = self.jobs.pop(0)
            result = job()
            if then is not None:
                then(result)


class Queue:
    """Trainings with all that they stand on."""

    def __init__(self, *devices: str) -> None:
        self.source, self.book, self.background = FakeSource(), RunBook(), Inline()
        self.said: list[str] = []
        self.trainings = Trainings(
            self.source,
            self.book,
            self.background,  # type: ignore[arg-type]
            began=self._began,
            say=lambda sentence, severity="": self.said.append(sentence),
        )
        self.trainings.devices = devices or ("cpu",)
        self._read: dict[str, JournalReader] = {}

    def _began(self, run: Run) -> None:
        self.book.add([BookedRun(Summary(run, run.manifest()), run.experiment())])

    def add(self, *presets: str, **settings: Any) -> list[Step]:
        steps = [
            step for preset in presets for step in plan(preset, [], {"data.source": "digits", **settings})
        ]
        self.trainings.add(steps)
        self.background.work()
        return steps

    def read(self) -> None:
        """Read what the workers said, as the observer would, and continue."""
        for run_id, worker in self.source.workers.items():
            reader = self._read.setdefault(run_id, JournalReader(worker.run.journal))
            entries = reader.read()
            if entries:
                self.book.grow(run_id, entries)
        self.trainings.advance()
        self.background.work()

    @property
    def workers(self) -> list[FakeWorker]:
        return list(self.source.workers.values())

    def started(self) -> list[str]:
        return [str(worker.run.manifest().preset) for worker in self.workers]


def test_one_device_takes_one_run_after_the_other_in_the_order_of_asking() -> None:
    queue = Queue()
    queue.add("bn", "baseline", "bn-l2")
    assert queue.started() == ["bn"]
    for number, name in ((0, "baseline"), (1, "bn-l2")):
        queue.workers[number].begin()
        queue.read()
        assert len(queue.workers) == number + 1, "its device is taken"
        queue.workers[number].finish()
        queue.read()
        assert queue.started()[-1] == name
    assert queue.trainings.queue == []


def test_two_devices_take_a_run_each_and_say_so_in_its_experiment() -> None:
    queue = Queue("gpu:0", "gpu:1")
    queue.add("bn", "baseline", "bn-l2")
    assert [worker.run.experiment().training.device for worker in queue.workers] == ["gpu:0", "gpu:1"]
    assert len(queue.trainings.queue) == 1


def test_a_run_that_asks_for_a_busy_device_lets_others_pass() -> None:
    queue = Queue("gpu:0", "gpu:1")
    queue.add("bn", **{"training.device": "gpu:0"})
    queue.add("baseline", **{"training.device": "gpu:0"})
    queue.add("bn-l2")
    assert queue.started() == ["bn", "bn-l2"]
    assert queue.workers[1].run.experiment().training.device == "gpu:1"
    queue.workers[0].finish()
    queue.read()
    assert queue.started()[-1] == "baseline"


def test_a_run_on_the_cpu_trains_beside_one_on_the_gpu() -> None:
    queue = Queue("gpu:0")
    queue.add("bn")
    queue.add("baseline", **{"training.device": "cpu"})
    assert queue.started() == ["bn", "baseline"]


def test_a_child_starts_once_its_parent_is_trained_and_from_its_model() -> None:
    queue = Queue("gpu:0", "gpu:1")
    queue.add("digits-finetune", **{"model.weights": "random"})
    assert queue.started() == ["digits-frozen"]
    queue.workers[0].begin()
    queue.workers[0].say(epoch(1))
    queue.read()
    assert len(queue.workers) == 1, "the other device is free, but the parent is not trained"
    queue.workers[0].finish()
    queue.read()
    assert queue.started() == ["digits-frozen", "digits-finetune"]
    assert queue.workers[1].run.manifest().parent == queue.workers[0].run.id


@pytest.mark.parametrize(("fate", "word"), [("stopped", "was stopped"), ("gone", "is gone")])
def test_a_child_whose_parent_came_to_nothing_is_not_started_and_that_is_said(fate: str, word: str) -> None:
    queue = Queue()
    queue.add("digits-finetune", **{"model.weights": "random"})
    parent = queue.workers[0]
    parent.begin()
    queue.read()
    if fate == "gone":
        queue.book.remove(parent.run.id)
    else:
        parent.stop()
    queue.read()
    assert queue.trainings.queue == []
    assert len(queue.workers) == 1
    assert queue.said == [f"digits-finetune was not started: digits-frozen, which it starts from, {word}"]


def test_taking_a_parent_out_of_the_queue_takes_its_children_with_it() -> None:
    queue = Queue()
    queue.add("bn")
    queue.add("digits-finetune", **{"model.weights": "random"})
    queue.add("baseline")
    parent = queue.trainings.queue[0]
    assert parent.preset == "digits-frozen"
    queue.trainings.drop(parent)
    assert [waiting.preset for waiting in queue.trainings.queue] == ["baseline"]


def test_a_run_that_cannot_be_started_is_told_and_the_next_one_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = Queue()
    start, calls = (
        queue.source.launch,
        iter([OSError(28, "No space left on device"), RunError("no process"), None]),
    )

    def failing(run: Run) -> FakeWorker:
        if error := next(calls):
            raise error
        return start(run)

    monkeypatch.setattr(queue.source, "launch", failing)
    queue.add("bn", "baseline", "bn-l2")
    assert [str(error) for error in queue.background.failed] == [
        "[Errno 28] No space left on device",
        "no process",
    ]
    assert queue.started() == ["bn-l2"]
    assert queue.trainings.queue == []


def test_a_run_that_cannot_be_started_leaves_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue()
    monkeypatch.setattr(queue.source, "start", lambda run: (_ for _ in ()).throw(RunError("no process")))
    queue.add("bn")
    assert queue.source.run_ids() == ()


def test_a_run_taken_out_of_the_queue_while_it_is_being_started_is_stopped() -> None:
    queue = Queue()
    queue.trainings.add(plan("bn", [], {"data.source": "digits"}))
    queue.trainings.drop(queue.trainings.queue[0])
    queue.background.work()
    assert queue.workers[0].stopped


@pytest.mark.parametrize("place", ["folder", "process"])
def test_a_parent_that_cannot_be_started_takes_its_child_out_of_the_queue(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue()
    owner, name = (queue.source, "start") if place == "process" else (store, "create")

    def full(*_: object, **__: object) -> None:
        raise RunError("No space left on device")

    monkeypatch.setattr(owner, name, full)
    queue.add("digits-finetune", **{"model.weights": "random"})
    assert queue.trainings.queue == [], "it would wait for ever"
    assert queue.said == [
        "digits-finetune was not started: digits-frozen, which it starts from, could not be started"
    ]


def test_a_run_of_another_app_keeps_its_device_busy() -> None:
    queue = Queue()
    other = Step(plan("bn", [], {"data.source": "digits"})[0].experiment, "bn").start()
    queue.book.add([BookedRun(Summary(other, other.manifest()), other.experiment())])
    queue.add("baseline")
    assert queue.started() == []
    queue.book.remove(other.id)
    queue.read()
    assert queue.started() == ["baseline"]


def test_stopping_asks_the_worker_that_this_app_started() -> None:
    queue = Queue()
    queue.add("bn")
    queue.trainings.stop(queue.workers[0].run.id)
    assert queue.workers[0].stopped


def test_stopping_a_run_without_a_worker_that_can_be_asked_is_said() -> None:
    queue = Queue()
    queue.trainings.stop("20260101-000000-bn")
    queue.background.work()
    assert queue.said == ["20260101-000000-bn has no worker that can be asked to stop"]


def test_a_run_whose_folder_goes_while_it_waits_to_go_on_is_taken_out_of_the_queue() -> None:
    queue = Queue()
    queue.add("bn")
    run = finished_run("bn-l2", last=None)
    booked = BookedRun(Summary(run, run.manifest()), run.experiment())
    booked.lose("its worker is gone")
    queue.book.add([booked])
    queue.trainings.add([ResumeStep.of(booked)])
    assert queue.trainings.waits(run.id)
    queue.book.remove(run.id)
    queue.trainings.advance()
    assert queue.trainings.queue == []
    assert queue.said == ["bn-l2 cannot be resumed: its folder is gone"]


def test_a_run_that_goes_on_keeps_its_experiment_whatever_device_is_free() -> None:
    queue = Queue("gpu:0", "gpu:1")
    queue.add("bn")
    run = finished_run("bn-l2", last=None)
    booked = BookedRun(Summary(run, run.manifest()), run.experiment())
    booked.lose("its worker is gone")
    queue.book.add([booked])
    queue.trainings.add([ResumeStep.of(booked)])
    queue.background.work()
    assert queue.workers[-1].run.id == run.id
    assert run.experiment().training.device == "auto"
