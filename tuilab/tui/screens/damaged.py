"""Run folders that cannot be read, and why."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog


class DamagedScreen(Dialog[None]):
    """A sentence a folder; nothing to choose."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.damaged")]
    DEFAULT_CSS = """
    DamagedScreen > .frame { max-height: 90%; scrollbar-size-vertical: 1; }
    DamagedScreen Static { margin-bottom: 1; }
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        super().__init__()
        self._sentences = tuple(sentences)

    def compose(self) -> ComposeResult:
        """The sentences."""
        with VerticalScroll(classes="frame") as frame:
            frame.border_title = Content("Folders that cannot be read")
            frame.border_subtitle = Content(f"{self.key_of('dialog.damaged.back')}: back")
            for sentence in self._sentences:
                yield Static(Content(clean(sentence, limit=600)))
            yield Static(Content("They are left as they are and do not affect the other runs."))
