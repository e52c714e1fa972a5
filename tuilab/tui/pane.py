"""What every pane of the lab has in common."""

from typing import TYPE_CHECKING, cast

from textual.containers import Vertical

from tuilab.tui.desk import Desk

if TYPE_CHECKING:
    from tuilab.tui.app import LabApp


class Pane(Vertical):
    """A pane: a frame with a title, its own keys, and news from the lab.

    A pane draws itself from ``desk`` when it is mounted, and again when the lab calls one of the
    methods below, always on the UI thread. It never waits: work goes to ``lab.background``.
    """

    name_of_pane = ""
    """As ``where`` in keys.toml has it."""

    @property
    def lab(self) -> "LabApp":
        """The app, typed."""
        return cast("LabApp", self.app)

    @property
    def desk(self) -> Desk:
        """What the app knows."""
        return self.lab.desk

    def draft_changed(self) -> None:
        """The experiment on the desk is another: a setting, a preset, an undo."""

    def runs_changed(self) -> None:
        """Runs came, went, ended, were marked or renamed."""

    def run_grew(self, run_id: str) -> None:
        """A followed run's journal grew; comes up to four times a second while it trains."""

    def shown_changed(self) -> None:
        """Another run's curves are wanted (``desk.book.shown``)."""

    def highlight(self, on: bool) -> None:
        """Show by the frame whether the pane is in focus.

        Set on the pane itself: a rule with ``:focus-within`` makes Textual look up the styles of
        everything in it at each change.
        """
        color = self.app.theme_variables["primary" if on else "panel"]
        self.styles.border = ("heavy" if on and self.app.no_color else "round", color)
        self.styles.border_title_color = color if on else self.app.theme_variables["foreground"]

    def focus_content(self) -> None:
        """Put the focus on what a person works with in this pane."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return
