"""From the lab to the screen that looks inside a run."""

from importlib import import_module
from typing import Protocol

from tuilab.tui.look_source import LookSource
from tuilab.tui.protocols import HasJobs, OpensScreens
from tuilab.tui.run_book import BookedRun


class App(HasJobs, OpensScreens, Protocol):
    """What this needs of the app."""


def look_inside(app: App, source: LookSource, run: BookedRun) -> None:
    """Look inside a run."""

    def show(_: object) -> None:
        from tuilab.tui.screens.look.screen import LookScreen

        app.push_screen(LookScreen(source, run.id))

    # which takes a moment the first time
    app.background.run(lambda: import_module("tuilab.tui.screens.look.screen"), show)
