"""Writing the results, two runs compared, or a sweep to a file: in which format, and which of the runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.format import Format
from tuilab.results.formats import formats
from tuilab.terminal import path_text
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog

T = TypeVar("T")
"""What can be written."""


@dataclass(frozen=True)
class ExportChoice:
    """What to write.

    Attributes:
        form: how.
        all: every run, or only those that the filter keeps.
    """

    form: Format
    all: bool = True


def of_results(runs: int, kept: int) -> dict[str, ExportChoice]:
    """Return what can be written of the results, by its label.

    Args:
        runs: how many there are.
        kept: how many the filter keeps; the same if there is none.
    """
    every = {f"{form.title}: {_all(runs)}": ExportChoice(form) for form in formats()}
    if kept == runs:
        return every
    # what is seen is most likely what is wanted
    shown = f"the {kept} of {runs} that match the filter"
    return {f"{form.title}: {shown}": ExportChoice(form, all=False) for form in formats()} | every


def in_each_format() -> dict[str, ExportChoice]:
    """Return how two runs compared can be written, by its label."""
    return {form.short_title: ExportChoice(form) for form in formats()}


class ExportScreen(Dialog[T | None], Generic[T]):
    """Dismisses with what to write, or None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.export")]
    DEFAULT_CSS = """
    ExportScreen .muted { margin-top: 1; }
    """

    def __init__(self, what: str, choices: Mapping[str, T], folder: Path) -> None:
        """Prepare.

        Args:
            what: what is exported, as ``the results``.
            choices: what it can be dismissed with, by their labels, the likeliest first.
            folder: where files go.
        """
        super().__init__()
        self._what, self._folder = what, folder
        self._labels, self._choices = list(choices), list(choices.values())

    def compose(self) -> ComposeResult:
        """The choices, and where the file will be."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(f"Export {self._what}")
            frame.border_subtitle = Content(f"Enter: write · {self.key_of('dialog.export.back')}: back")
            yield OptionList(*(Option(Content(label)) for label in self._labels))
            yield Static(Content(f"Files go to {path_text(self._folder)}"), classes="muted")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._choices[event.option_index])


def _all(runs: int) -> str:
    return "the one run" if runs == 1 else f"all {runs} runs"
