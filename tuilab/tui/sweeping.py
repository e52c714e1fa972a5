"""From the lab to its sweeps and back: which is shown, where there are several, and where there are none."""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from tuilab.terminal import clean
from tuilab.tui.bindings import key_by_id
from tuilab.tui.protocols import HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages
from tuilab.tui.sweep_source import Place, SweepSource

if TYPE_CHECKING:
    from tuilab.tui.screens.sweeps.screen import Exit


class App(HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages, Protocol):
    """What this needs of the app."""

    def show(self, run_id: str) -> None:
        """Show a run's curves."""


def show_sweeps(app: App, source: SweepSource, *, all: bool = False) -> None:
    """Show the sweep that was left for one of its runs, else the only one there is; else a list.

    Args:
        app: the app.
        source: where sweeps are read and changed.
        all: show the list whatever there is.
    """
    place, app.session.left_sweep = app.session.left_sweep, None

    def look() -> list[str]:
        for name in ("choose", "begin", "screen"):  # which takes a moment the first time
            import_module(f"tuilab.tui.screens.sweeps.{name}")
        return source.names()

    def looked(names: Sequence[str]) -> None:
        if place is not None and place.sweep in names and not all:
            _show(app, source, place.sweep, place)
        elif len(names) == 1 and not all:
            _show(app, source, names[0])
        else:
            _choose(app, source, names)

    app.background.run(look, looked)


def _choose(app: App, source: SweepSource, names: Sequence[str]) -> None:
    from tuilab.tui.screens.sweeps.choose import BEGIN, ChooseSweep

    def chosen(name: str | None) -> None:
        if name == BEGIN:
            _begin(app, source)
        elif name is not None:
            _show(app, source, name)

    app.push_screen(ChooseSweep(source, names), chosen)


def _begin(app: App, source: SweepSource) -> None:
    from tuilab.tui.screens.sweeps.begin import BeginSweep

    if app.session.draft.fork is not None:
        app.say(
            "a fork cannot be swept, because its first epochs are trained: choose a preset first", "warning"
        )
        return

    def begun(name: str | None) -> None:
        if name is not None:
            _show(app, source, name)

    app.push_screen(BeginSweep(source), begun)


def _show(app: App, source: SweepSource, name: str, place: Place | None = None) -> None:
    from tuilab.tui.screens.sweeps.screen import SweepScreen

    def left(exit: "Exit | None") -> None:
        if exit is None:
            return
        if exit.run:
            _go_to(app, exit.run, exit.place)
        else:
            show_sweeps(app, source, all=True)

    app.push_screen(SweepScreen(source, name, place), left)


def _go_to(app: App, run_id: str, place: Place | None) -> None:
    """Show a run in the lab, and put the cursor of the results on it; a key comes back to the sweep."""
    if app.session.book.find(run_id) is None:
        app.say(f"run {clean(run_id, limit=80)} is not in the list yet, or its folder is gone", "warning")
        return
    app.show(run_id)
    app.lab_screen.go_to_curves()
    app.lab_screen.select_run(run_id)
    app.session.left_sweep = place
    if place is not None:
        back = key_by_id("sweeps.show").names(app.settings.keys)[0]
        app.say(f"{back} goes back to the sweep {clean(place.sweep, limit=64)}")
