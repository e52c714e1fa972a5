"""Leaving while something trains: what becomes of it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.terminal import clean
from tuilab.tui.screens.dialog import Dialog


class LeaveScreen(Dialog[str]):
    """Asks; dismisses with ``leave`` (leave it training), ``stop``, or ``stay``."""

    BINDINGS: ClassVar = [
        Binding("escape,c", "choose('stay')", "stay"),
        Binding("l,q", "choose('leave')", "leave it training"),
        Binding("s", "choose('stop')", "stop it"),
    ]
    DEFAULT_CSS = """
    LeaveScreen OptionList { height: auto; margin-top: 1; }
    """

    def __init__(self, training: Sequence[str], waiting: int) -> None:
        super().__init__()
        self._training, self._waiting = training, waiting

    def compose(self) -> ComposeResult:
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Leave tuilab")
            frame.border_subtitle = Content("↑ ↓ · Enter: do it · Esc: stay")
            yield Static(self._sentence(), markup=False)
            many = len(self._training) > 1
            it = "them" if many else "it"
            options = [Option("c  stay here", id="stay")]
            if self._training:
                found = f"tuilab finds {it} again"
                options = [
                    Option(f"l  leave {it} training; {found} when it comes back", id="leave"),
                    Option(f"s  stop {it} at the next batch, with a checkpoint, and leave", id="stop"),
                    *options,
                ]
            else:
                options = [Option("l  leave", id="leave"), *options]
            yield OptionList(*options)

    def _sentence(self) -> str:
        parts = []
        if self._training:
            names = ", ".join(clean(name, limit=60) for name in self._training)
            parts.append(f"{names} {'train' if len(self._training) > 1 else 'trains'}.")
        if self._waiting:
            runs = "run that waits" if self._waiting == 1 else "runs that wait"
            parts.append(f"{self._waiting} {runs} in the queue will not start: the queue is this app's.")
        return " ".join(parts)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the option under the cursor."""
        self.dismiss(event.option.id)

    def action_choose(self, choice: str) -> None:
        """Take an option by its letter."""
        if choice != "stop" or self._training:
            self.dismiss(choice)
