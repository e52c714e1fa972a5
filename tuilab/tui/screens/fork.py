"""Forking a run: after which epoch the new run continues."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.number_text import measured_text
from tuilab.runs.checkpoints import best_epoch
from tuilab.runs.metrics import ACCURACY
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.dialog import Dialog


class ForkScreen(Dialog[int | None]):
    """Dismisses with an epoch, or with None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.fork")]
    DEFAULT_CSS = """
    ForkScreen OptionList { height: auto; max-height: 12; margin: 1 0; }
    """

    def __init__(self, run: BookedRun, epochs: Sequence[int]) -> None:
        """Prepare.

        Args:
            run: the parent.
            epochs: those that it has a checkpoint of, ascending, at least one.
        """
        super().__init__()
        self._run = run
        self._epochs = sorted(epochs, reverse=True)

    def compose(self) -> ComposeResult:
        """The epochs, the last one first, and what comes after the choice."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(f"Fork {self._run.label}")
            frame.border_subtitle = Content(f"↑ ↓ · Enter: choose · {self.key_of('dialog.fork.back')}: back")
            yield Static(Content("After which epoch should the new run continue?"))
            yield OptionList(*(Option(Content(line)) for line in self._lines()))
            yield Static(Content(self._after()), classes="muted")

    def _lines(self) -> list[str]:
        by_number = {epoch.epoch: epoch for epoch in self._run.summary.epochs}
        best = best_epoch([by_number[n] for n in self._epochs if n in by_number])
        wide = len(str(self._epochs[0]))
        lines = []
        for n in self._epochs:
            line = f"epoch {n:>{wide}}"
            if n in by_number:
                validated = measured_text(ACCURACY, by_number[n].value(ACCURACY.val))
                line += f"  validation {ACCURACY.title} {validated}"
            marks = [word for word, so in (("last", n == self._epochs[0]), ("best", n == best)) if so]
            lines.append(f"{line}  {' and '.join(marks)}".rstrip())
        return lines

    def _after(self) -> str:
        start = key_by_id("run.start").names(self.own_keys)[0]
        words = f"The new run's settings go to the network pane: change them there; {start} starts it."
        if self._run.experiment.training.keep_checkpoints != "all":
            words += " A run with checkpoints = all keeps the checkpoint of every epoch."
        return words

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._epochs[event.option_index])
