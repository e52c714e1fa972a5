"""What happened while the lab was away."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.outcome import reason_text, state_word, tested_text
from tuilab.results.progress import progress
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.dialog import Dialog

QUEUE = "queue"
"""What is chosen to start all that waited; no run is called so."""


class MeanwhileScreen(Dialog[str | None]):
    """A line a run; dismisses with the id of one that is to be shown, with ``QUEUE``, or with None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.meanwhile")]
    DEFAULT_CSS = """
    MeanwhileScreen > .frame { width: 90; }
    MeanwhileScreen OptionList { height: auto; max-height: 16; margin: 1 0; }
    """

    def __init__(
        self, runs: Sequence[BookedRun], waited: Sequence[str], queued: Sequence[str], gone: int
    ) -> None:
        """Prepare.

        Args:
            runs: those that trained when the lab was last open.
            waited: what waited in the queue of an earlier version; text from outside.
            queued: what waited in its queue and can be started; clean.
            gone: how many of those that trained are no longer there.
        """
        super().__init__()
        self._runs, self._waited, self._gone = tuple(runs), tuple(waited), gone
        self._queued = tuple(queued)

    def compose(self) -> ComposeResult:
        """What became of the runs, and what is not there any more."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Meanwhile")
            back = self.key_of("dialog.meanwhile.back")
            choices = [*(["show it"] if self._runs else []), *(["start the queue"] if self._queued else [])]
            enter = f"↑ ↓ · Enter: {' or '.join(choices)} · " if choices else ""
            frame.border_subtitle = Content(f"{enter}{back}: back")
            if choices:
                yield Static("Since the lab was last open:")
                wide = max(map(cell_len, [*(run.called for run in self._runs), *self._queued]))
                lines = [became(run, wide) for run in self._runs]
                lines += [
                    f"{name}{' ' * (wide - cell_len(name))}  ○ was queued and did not start"
                    for name in self._queued
                ]
                yield OptionList(*(Option(Content(line)) for line in lines))
            for sentence in self._sentences():
                yield Static(Content(sentence), classes="muted")

    def _sentences(self) -> list[str]:
        sentences = []
        if any(run.summary.resumable for run in self._runs):
            key = key_by_id("run.resume").names(self.own_keys)[0]
            sentences.append(f"{key} resumes a run that stopped, failed or was interrupted.")
        if len(self._queued) > 1:
            sentences.append("Enter on one queued run starts all of them, in their order.")
        if self._waited:
            names = clean(", ".join(self._waited), limit=300)
            sentences.append(f"Queued when the lab was closed, and not started: {names}.")
        if self._gone:
            sentences.append("1 run was deleted." if self._gone == 1 else f"{self._gone} runs were deleted.")
        return sentences

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show it, or start what waited."""
        place = event.option_index
        self.dismiss(self._runs[place].id if place < len(self._runs) else QUEUE)

    def action_back(self) -> None:
        """Go on with what is shown."""
        self.dismiss(None)


def became(run: BookedRun, wide: int = 0) -> str:
    """Return what became of a run, in a line; clean. Its name takes at least ``wide`` columns."""
    summary = run.summary
    reason = clean(reason_text(summary), limit=120)
    match summary.state:
        case "done":
            tested = tested_text(summary)
            words = f"✓ done: {tested}" if tested else "✓ done"
        case "stopped":
            done = f"{len(summary.epochs)} of {run.experiment.training.epochs}"
            words = f"■ stopped after {done} epochs"
        case "failed":
            words = f"× {state_word(summary)}: {reason}"
        case "interrupted":
            words = f"× interrupted: {reason}"
        case "unreachable":
            words = f"? cannot be reached: {reason}"
        case "queued":
            words = "◌ queued"
        case "waiting" | "running":
            words = f"● still training: {progress(summary, run.experiment)}"
    return f"{run.called}{' ' * max(wide - cell_len(run.called), 0)}  {words}"
