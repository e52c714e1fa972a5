"""Giving a run a name."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuilab.runs.run import LONGEST_NAME
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog


class RenameScreen(Dialog[str | None]):
    """Dismisses with the new name, empty to take the old one away, or with None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.rename")]
    DEFAULT_CSS = """
    RenameScreen Input, RenameScreen Input:focus {
        border: none; height: 1; padding: 0 1; margin: 1 0; background: $panel;
    }
    RenameScreen > .frame { padding: 1 1 0 1; }
    """

    def __init__(self, run_id: str, name: str) -> None:
        super().__init__()
        self._run_id, self._name_before = run_id, name

    def compose(self) -> ComposeResult:
        """The run, and a line to write on."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Rename a run")
            back = self.key_of("dialog.rename.back")
            frame.border_subtitle = Content(f"Enter: rename · {back}: keep the old name")
            yield Static(Content(f"Name for {clean(self._run_id)}"))
            # a name from outside may hold what an input cannot show
            field = Input(
                clean(self._name_before),
                placeholder="empty: its date and time",
                max_length=LONGEST_NAME,
                select_on_focus=False,
            )
            field.cursor_blink = False
            yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, unless nothing was changed."""
        event.stop()
        name = event.value.strip()
        self.dismiss(None if name == clean(self._name_before) else name)
