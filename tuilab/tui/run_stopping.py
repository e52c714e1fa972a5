"""Stopping what trains, and taking out of the queue what waits."""

from collections.abc import Callable

from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.run_queue import App, RunQueue
from tuilab.tui.run_source import RunSource


class RunStopping:
    """Asks workers to stop, from the background."""

    def __init__(self, app: App, source: RunSource, queue: RunQueue) -> None:
        self._app, self._source, self._queue = app, source, queue

    @property
    def _book(self) -> RunBook:
        return self._app.session.book

    def stop(self, run_id: str) -> None:
        """Stop a run at its next batch, or take it out of the queue."""
        run = self._book.find(run_id)
        if run is not None and run.summary.state == "queued":
            self._queue.take_out(run)
            return

        def asked(heard: bool) -> None:
            if heard:
                self._app.say(f"{run_id} will stop at its next batch, with a checkpoint")
            else:
                self._app.say(f"{run_id} has no worker that can be asked to stop", severity="warning")

        self._app.background.run(lambda: self._source.stop(run_id), asked)

    def stop_in_focus(self, in_focus: str | None) -> None:
        """Stop the run in focus, else the shown one, else the only one that trains, else the only one queued.

        Args:
            in_focus: the run under the cursor of the pane in focus.
        """
        training, queued = self._book.training, self._book.queued
        wanted = [run for run in (self._book.find(in_focus), self._book.find(self._book.shown)) if run]
        chosen: list[BookedRun] = [run for run in wanted if run.trains or run.summary.state == "queued"]
        chosen += [run for runs in (training, queued) if len(runs) == 1 for run in runs]
        if chosen:
            self.stop(chosen[0].id)
        elif training or queued:
            what = "training" if training else "queued"
            self._app.say(
                f"several runs are {what}: go to one of them in the results, then stop it", severity="warning"
            )
        else:
            start = self._app.key_of("run.start")
            self._app.say(f"nothing is training; {start} starts the experiment in the network pane")

    def stop_all(self, then: Callable[[object], None]) -> None:
        """Stop all that trains, and hold all that waits; ``then`` is called once they were asked."""
        training = [run.id for run in self._book.training]

        def stop() -> None:
            self._source.queue.hold_all()  # first: a device that comes free would be taken
            for run_id in training:
                self._source.stop(run_id)

        self._app.background.run(stop, then)
