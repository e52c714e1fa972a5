"""What the app says of what happened while it was away, and what it remembers for the next time."""

from typing import TYPE_CHECKING, Protocol

from tuilab.tui.protocols import HasJobs, HasPanes, OpensScreens, ShowsMessages
from tuilab.tui.screens.meanwhile import MeanwhileScreen
from tuilab.tui.session import open_apps
from tuilab.tui.session.open_apps import LeftBehind, OpenApp
from tuilab.tui.session.saved_queue import take_over

if TYPE_CHECKING:
    from tuilab.tui.queue_source import QueueSource
    from tuilab.tui.run_book import BookedRun, RunBook


class Runs(Protocol):
    """Shows runs."""

    def show(self, run_id: str) -> None:
        """Show a run's curves."""


class App(HasJobs, HasPanes, OpensScreens, ShowsMessages, Protocol):
    """What this needs of the app."""

    @property
    def control(self) -> Runs:
        """The runs."""
        ...


class WhileAway:
    """Reads once what was left behind, and keeps this app's own memory up to date."""

    def __init__(self, app: App, book: "RunBook", queue: "QueueSource") -> None:
        self._app, self._book, self._queue = app, book, queue
        self._left_behind = LeftBehind()
        self._open_app = OpenApp()
        self._noted: list[str] = []
        """What was written last of what trains and what is queued."""

    def open(self) -> None:
        """Read what was left behind; in the background, before the runs."""
        queue = self._queue
        self._app.background.run(
            lambda: open_apps.take_left_behind(lambda old: take_over(old, queue)), self._take
        )

    def _take(self, left: LeftBehind) -> None:
        self._left_behind = left

    def note(self) -> None:
        """Have it written what trains and what is queued, where that is another and the runs are known."""
        now = [run.id for run in self._book.runs if _goes_on(run)]
        if self._book.listed and now != self._noted:
            self._noted = now
            self._app.background.run(lambda: self._open_app.note(now))

    def tell(self) -> None:
        """Say what became of what trained when the lab was last open, and what trains; the runs are known.

        A screen says it where something happened, a sentence where all of it trains or waits still.
        """
        left, found = self._left_behind, [self._book.find(run_id) for run_id in self._left_behind.training]
        runs = [run for run in found if run is not None]
        gone = len(found) - len(runs)
        if left.waiting or left.queued or left.problems or gone or not all(map(_goes_on, runs)):
            self._app.push_screen(MeanwhileScreen(runs, left, gone), self._chosen)
            return
        training, queued = self._book.training, self._book.queued
        said = [f"still training: {', '.join(run.id for run in training)}"] if training else []
        said += [f"queued: {', '.join(run.id for run in queued)}"] if queued else []
        if said:
            self._app.say("; ".join(said))

    def _chosen(self, choice: str | None) -> None:
        """Show the run that was chosen."""
        if choice is not None:
            self._app.control.show(choice)
            self._app.lab_screen.go_to_curves()


def _goes_on(run: "BookedRun") -> bool:
    return run.trains or run.summary.state == "queued"
