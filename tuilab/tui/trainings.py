"""The runs that this app starts or lets go on: one a device, the rest waiting their turn, parents first."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuilab.lab.plan import Step
from tuilab.runs import store
from tuilab.runs.store import Run
from tuilab.tui.background import Background
from tuilab.tui.run_book import RunBook
from tuilab.tui.run_source import RunningWorker, RunSource
from tuilab.tui.run_steps import ResumeStep

_HOW = {
    "stopped": "was stopped",
    "failed": "failed",
    "interrupted": "was interrupted",
    "unreachable": "cannot be reached",
}
"""What is said of a parent that is not trained, by its state."""


@dataclass(eq=False)
class Waiting:
    """A run that has not begun, or does not go on yet.

    Attributes:
        step: what it trains.
        device: where it is being started now; empty while it waits.
    """

    step: Step
    device: str = ""

    @property
    def preset(self) -> str:
        """The preset that it comes from, or what else it is called."""
        return self.step.preset

    @property
    def starts(self) -> bool:
        """Whether it is being started now."""
        return bool(self.device)


class Trainings:
    """The queue. All of it on the UI thread, but for the making of folders and processes."""

    def __init__(
        self,
        source: RunSource,
        book: RunBook,
        background: Background,
        *,
        began: Callable[[Run], None],
        say: Callable[..., None],
    ) -> None:
        """Begin with an empty queue.

        Args:
            began: called on the UI thread with a run whose worker was started.
            say: shows a sentence.
        """
        self._source, self._book, self._background = source, book, background
        self._began, self._say = began, say
        self._workers: dict[str, RunningWorker] = {}
        self.devices: tuple[str, ...] = ("cpu",)
        """Devices that take a run each: the visible GPUs, or the CPU."""
        self.queue: list[Waiting] = []
        """Runs that wait, in their order."""

    def add(self, steps: Sequence[Step]) -> None:
        """Put steps at the end of the queue and start what can start."""
        self.queue += [Waiting(step) for step in steps]
        self.advance()

    def drop(self, waiting: Waiting) -> None:
        """Take a run that waits out of the queue, and those that would have started from its model."""
        self.queue.remove(waiting)
        for child in [w for w in self.queue if w.step.after is waiting.step]:
            self.drop(child)

    @property
    def waiting(self) -> int:
        """How many runs wait; those that are being started do not any more."""
        return sum(not waiting.starts for waiting in self.queue)

    def waits(self, run_id: str) -> bool:
        """Return whether a run waits to go on."""
        return any(
            isinstance(w.step, ResumeStep) and w.step.run is not None and w.step.run.id == run_id
            for w in self.queue
        )

    def started_here(self, run_id: str) -> RunningWorker | None:
        """Return the worker of a run that this app started, or None."""
        return self._workers.get(run_id)

    def advance(self) -> None:
        """Start every run of the queue whose device is free and whose parent is trained."""
        self._drop_orphans()
        busy = self._busy()
        for waiting in self.queue:
            if waiting.starts:
                busy.append(waiting.device)
                continue
            parent = waiting.step.after
            if parent is not None and not self._done(parent):
                continue
            device = self._free(waiting.step, busy)
            if device is not None:
                waiting.device = device
                busy.append(device)
                self._start(waiting, device)

    def stop(self, run_id: str) -> None:
        """Ask a run to stop, whoever started it."""
        worker = self._workers.get(run_id)
        if worker is not None and worker.ended() is None:
            worker.stop()
            return

        def told(asked: bool) -> None:
            if not asked:
                self._say(f"{run_id} has no worker that can be asked to stop", severity="warning")

        self._background.run(lambda: self._source.stop(run_id), told)

    def _start(self, waiting: Waiting, device: str) -> None:
        step, resumes = waiting.step, isinstance(waiting.step, ResumeStep)
        if not resumes and len(self.devices) > 1 and step.experiment.training.device == "auto":
            training = step.experiment.training.model_copy(update={"device": device})
            step.experiment = step.experiment.model_copy(update={"training": training})

        def start() -> tuple[Run | None, RunningWorker | Exception]:
            run = None
            try:
                run = step.start()
                return run, self._source.start(run)
            except Exception as error:  # noqa: BLE001 - handed over to the UI thread, where it is raised again
                if run is not None and not resumes:
                    with contextlib.suppress(OSError):  # a folder without a worker would seem to wait for one
                        store.discard(run)
                return None, error

        def begun(result: tuple[Run | None, RunningWorker | Exception]) -> None:
            run, worker = result
            if isinstance(worker, Exception):
                self._background.fail(worker)
                self._drop_children(step, "could not be started")
            elif run is not None:
                self._workers[run.id] = worker
                self._began(run)
                if waiting not in self.queue:  # it was taken out while it was being started
                    worker.stop()
            if waiting in self.queue:
                self.queue.remove(waiting)
            if run is None:
                self.advance()

        self._background.run(start, begun)

    def _drop_orphans(self) -> None:
        for waiting in list(self.queue):
            own = waiting.step.run
            if isinstance(waiting.step, ResumeStep) and own is not None and self._book.find(own.id) is None:
                self._say(f"{waiting.preset} cannot be resumed: its folder is gone", severity="warning")
                self.drop(waiting)
            parent = waiting.step.after
            if waiting not in self.queue or parent is None or parent.run is None:
                continue
            run = self._book.find(parent.run.id)
            if run is None or (not run.trains and run.summary.state != "done"):
                self._drop_children(parent, _HOW.get(run.summary.state, "is not done") if run else "is gone")

    def _drop_children(self, parent: Step, how: str) -> None:
        for waiting in [w for w in self.queue if w.step.after is parent]:
            sentence = f"{waiting.preset} was not started: {parent.preset}, which it starts from, {how}"
            self._say(sentence, severity="warning")
            self.drop(waiting)

    def _done(self, step: Step) -> bool:
        run = self._book.find(step.run.id) if step.run else None
        return run is not None and run.summary.state == "done"

    def _busy(self) -> list[str]:
        busy: list[str] = []
        for run in self._book.training:
            asked = run.experiment.training.device
            told = run.summary.device.device if run.summary.device else None
            busy.append(told or (asked if asked != "auto" else self.devices[0]))
        return busy

    def _asked(self, step: Step) -> str | None:
        asked = step.experiment.training.device
        return None if asked == "auto" else asked

    def _free(self, step: Step, busy: Sequence[str]) -> str | None:
        asked = self._asked(step)
        wanted = (asked,) if asked else self.devices
        return next((device for device in wanted if device not in busy), None)
