"""Which of a trial's runs to show: each is of another seed."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tuilab.sweeps.board import SeedRun, Trial
from tuilab.sweeps.wording import accuracy_words
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog


class SeedScreen(Dialog[SeedRun | None]):
    """Dismisses with a run, or with None."""

    name_of_help = "sweep"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.sweep_seeds")]
    DEFAULT_CSS = """
    SeedScreen OptionList { height: auto; max-height: 12; margin: 1 0; }
    """

    def __init__(self, trial: Trial, runs: Sequence[SeedRun]) -> None:
        """Prepare, with a trial and those of its runs that are in this store."""
        super().__init__()
        self._trial, self._runs = trial, tuple(runs)

    def compose(self) -> ComposeResult:
        """A line for each seed."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(f"Runs of trial {self._trial.number}")
            back = self.key_of("dialog.sweep_seeds.back")
            frame.border_subtitle = Content(f"↑ ↓ · Enter: show in the lab · {back}: back")
            yield OptionList(*(Option(Content(_line(run))) for run in self._runs))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._runs[event.option_index])


def _line(run: SeedRun) -> str:
    value = f"  validation {accuracy_words(run.validation[-1])}" if run.validation else ""
    test = f"  test {accuracy_words(run.accuracy)}" if run.accuracy is not None else ""
    return f"seed {run.seed}  {run.state}{value}{test}  {clean(run.run, limit=60)}"
