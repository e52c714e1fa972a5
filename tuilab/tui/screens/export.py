"""Writing the results to a file: in which format, and which of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.format import Format
from tuilab.results.formats import formats
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog


@dataclass(frozen=True)
class ExportChoice:
    """What to write.

    Attributes:
        form: how.
        all: every run, or only those that the filter keeps.
    """

    form: Format
    all: bool


class ExportScreen(Dialog[ExportChoice | None]):
    """Dismisses with what to write, or None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.export")]
    DEFAULT_CSS = """
    ExportScreen .muted { margin-top: 1; }
    """

    def __init__(self, runs: int, kept: int, folder: Path) -> None:
        """Prepare.

        Args:
            runs: how many there are.
            kept: how many the filter keeps; the same if there is none.
            folder: where files go.
        """
        super().__init__()
        self._folder = folder
        self._wanted = [ExportChoice(form, True) for form in formats()]
        self._labels = [f"{form.title}: {_all(runs)}" for form in formats()]
        if kept != runs:
            # what is seen is most likely what is wanted
            self._wanted = [ExportChoice(form, False) for form in formats()] + self._wanted
            shown = f"the {kept} of {runs} that match the filter"
            self._labels = [f"{form.title}: {shown}" for form in formats()] + self._labels

    def compose(self) -> ComposeResult:
        """The choices, and where the file will be."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Export the results")
            frame.border_subtitle = Content(f"Enter: write · {self.key_of('dialog.export.back')}: back")
            yield OptionList(*(Option(Content(label)) for label in self._labels))
            yield Static(Content(f"Files go to {clean(str(self._folder))}"), classes="muted")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._wanted[event.option_index])


def _all(runs: int) -> str:
    return "the one run" if runs == 1 else f"all {runs} runs"
