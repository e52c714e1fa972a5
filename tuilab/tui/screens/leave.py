"""Leaving while something trains: what becomes of it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.screens.dialog import Dialog


class LeaveScreen(Dialog[str]):
    """Asks; dismisses with ``leave`` (leave it training), ``stop``, or ``stay``."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.leave")]
    DEFAULT_CSS = """
    LeaveScreen OptionList { height: auto; margin-top: 1; }
    """

    def __init__(self, training: Sequence[str], waiting: int) -> None:
        super().__init__()
        self._training, self._waiting = training, waiting

    def compose(self) -> ComposeResult:
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Quit tuilab")
            frame.border_subtitle = Content(f"↑ ↓ · Enter: choose · {self.key_of('dialog.leave.stay')}: stay")
            yield Static(self._sentence(), markup=False)
            many = len(self._training) > 1
            it = "them" if many else "it"
            options = [self._option("stay", "stay here")]
            if self._training:
                found = f"tuilab shows {it} again"
                options = [
                    self._option("leave", f"leave {it} training; {found} at its next start"),
                    self._option("stop", f"stop {it} at the next batch, with a checkpoint, and quit"),
                    *options,
                ]
            else:
                options = [self._option("leave", "leave tuilab"), *options]
            yield OptionList(*options)

    def _option(self, choice: str, words: str) -> Option:
        names = key_by_id(f"dialog.leave.{choice}").names(self.own_keys)
        letter = next((name for name in names if len(name) == 1), names[0])
        return Option(Content(f"{letter}  {words}"), id=choice)

    def _sentence(self) -> str:
        parts = []
        if self._training:
            names = ", ".join(clean(name, limit=60) for name in self._training)
            parts.append(f"{names} {'are' if len(self._training) > 1 else 'is'} training.")
        if self._waiting:
            runs = "run" if self._waiting == 1 else "runs"
            parts.append(
                f"{self._waiting} {runs} in the queue will not start: the queue belongs to this app."
            )
        return " ".join(parts)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the option under the cursor."""
        self.dismiss(event.option.id)

    def action_choose(self, choice: str) -> None:
        """Take an option by its letter."""
        if choice != "stop" or self._training:
            self.dismiss(choice)
