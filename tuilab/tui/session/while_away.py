"""What the app says of what happened while it was away, and what it remembers for the next time."""

from typing import TYPE_CHECKING, Protocol

from tuilab.terminal import clean
from tuilab.tui.protocols import HasJobs, HasPanes, OpensScreens, ShowsMessages
from tuilab.tui.screens.meanwhile import QUEUE, MeanwhileScreen
from tuilab.tui.session import open_apps
from tuilab.tui.session.open_apps import LeftBehind, OpenApp
from tuilab.tui.session.saved_queue import Queued, remembered, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuilab.lab.plan import Step
    from tuilab.tui.run_book import RunBook
    from tuilab.tui.trainings import Trainings


class Runs(Protocol):
    """Starts runs and shows them."""

    def enqueue(self, steps: "Sequence[Step]", called: str) -> None:
        """Put steps into the queue."""

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

    def __init__(self, app: App, book: "RunBook", trainings: "Trainings") -> None:
        self._app, self._book, self._trainings = app, book, trainings
        self._left_behind = LeftBehind()
        self._open_app = OpenApp()
        self._noted: tuple[list[str], tuple[Queued, ...]] = ([], ())
        """What was written last of what trains and what waits."""

    def open(self) -> None:
        """Read what was left behind; in the background, before the runs."""
        self._app.background.run(open_apps.take_left_behind, self._take)

    def _take(self, left: LeftBehind) -> None:
        self._left_behind = left

    def note(self) -> None:
        """Have what is training and what is queued written down, if that changed and the runs are known."""
        waiting = remembered([waiting.step for waiting in self._trainings.queue if not waiting.starts])
        now = [run.id for run in self._book.training], waiting
        if self._book.listed and now != self._noted:
            self._noted = now
            self._app.background.run(lambda: self._open_app.note(*now))

    def tell(self) -> None:
        """Say what became of what trained when the lab was last open, and what trains; the runs are known.

        A screen says it where something happened, a sentence where all of it trains still.
        """
        left, found = self._left_behind, [self._book.find(run_id) for run_id in self._left_behind.training]
        runs = [run for run in found if run is not None]
        if left.waiting or left.queue or len(runs) < len(found) or not all(run.trains for run in runs):
            queued = [clean(one.preset, limit=60) for one in left.queue]
            screen = MeanwhileScreen(runs, left.waiting, queued, len(found) - len(runs))
            self._app.push_screen(screen, self._chosen)
        elif training := self._book.training:
            self._app.say(f"still training: {', '.join(run.id for run in training)}")

    def _chosen(self, choice: str | None) -> None:
        """Show the run that was chosen, or start what waited."""
        if choice == QUEUE:
            queue = self._left_behind.queue
            self._app.background.run(lambda: steps_of(queue), self._start)
        elif choice is not None:
            self._app.control.show(choice)
            self._app.lab_screen.go_to_curves()

    def _start(self, steps: "list[Step]") -> None:
        self._app.control.enqueue(steps, steps[0].preset)
