"""From the network pane to a rate test and back, with the rate that a person takes over from it."""

from copy import copy
from importlib import import_module
from typing import Protocol

from tuilab.tui.messages import DraftChanged
from tuilab.tui.protocols import HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages


class App(HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages, Protocol):
    """What this needs of the app."""

    def key_of(self, id: str) -> str:
        """Return the first key of a binding."""
        ...


def show_rate_test(app: App) -> None:
    """Test the experiment in the network pane, and take over the rate that a person takes from it."""

    def load() -> None:
        import_module("tuilab.tui.screens.rate")  # which takes a moment the first time

    app.background.run(load, lambda _: _show(app))


def _show(app: App) -> None:
    from tuilab.tui.screens.rate import RateScreen

    def left(rate: float | None) -> None:
        if rate is None:
            return
        app.session.draft.change({"optimizer.learning_rate": rate})
        app.lab_screen.post_message(DraftChanged())
        app.say(f"optimizer.learning_rate is {rate:g} now; {app.key_of('draft.undo')} takes it back")

    # a copy: whatever happens to the draft meanwhile, the test is of what was there
    app.push_screen(RateScreen(copy(app.session.draft)), left)
