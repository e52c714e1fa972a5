"""What happened while the lab was away."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.outcome import reason_text, state_word, tested_text
from tuilab.results.progress import after_text, progress
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.dialog import Dialog


class Left(Protocol):
    """What an earlier version's queue left behind; text from outside."""

    @property
    def waiting(self) -> Sequence[str]:
        """What waited and is lost, by name."""
        ...

    @property
    def queued(self) -> Sequence[str]:
        """What waited and is in the store's queue now, by name."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """A sentence for each run that cannot be queued."""
        ...


class MeanwhileScreen(Dialog[str | None]):
    """A line a run; dismisses with the id of one that is to be shown, or with None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.meanwhile")]
    DEFAULT_CSS = """
    MeanwhileScreen > .frame { width: 90; }
    MeanwhileScreen OptionList { height: auto; max-height: 16; margin: 1 0; }
    """

    def __init__(self, runs: Sequence[BookedRun], left: Left, gone: int) -> None:
        """Prepare.

        Args:
            runs: those that trained or were queued when the lab was last open.
            left: what became of an earlier version's queue.
            gone: how many of those runs are no longer there.
        """
        super().__init__()
        self._runs, self._left, self._gone = tuple(runs), left, gone

    def compose(self) -> ComposeResult:
        """What became of the runs, and what is not there any more."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Meanwhile")
            back = self.key_of("dialog.meanwhile.back")
            enter = "↑ ↓ · Enter: show it · " if self._runs else ""
            frame.border_subtitle = Content(f"{enter}{back}: back")
            if self._runs:
                yield Static("Since the lab was last open:")
                wide = max(cell_len(run.called) for run in self._runs)
                yield OptionList(*(Option(Content(became(run, wide))) for run in self._runs))
            for sentence in self._sentences():
                yield Static(Content(sentence), classes="muted")

    def _sentences(self) -> list[str]:
        sentences = []
        if any(run.summary.resumable for run in self._runs):
            key = key_by_id("run.resume").names(self.own_keys)[0]
            sentences.append(f"{key} resumes a run that stopped, failed or was interrupted.")
        if self._left.queued:
            names = clean(", ".join(self._left.queued), limit=300)
            lists = key_by_id("queue.show").names(self.own_keys)[0]
            sentences.append(
                f"Queued when the lab was closed, and in the queue now: {names}; {lists} lists it."
            )
        if self._left.waiting:
            names = clean(", ".join(self._left.waiting), limit=300)
            sentences.append(f"Queued when the lab was closed, and not started: {names}.")
        sentences += [clean(problem, limit=300) for problem in self._left.problems]
        if self._gone:
            sentences.append("1 run was deleted." if self._gone == 1 else f"{self._gone} runs were deleted.")
        return sentences

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show it."""
        self.dismiss(self._runs[event.option_index].id)

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
            words = f"■ stopped {after_text(len(summary.epochs), run.experiment.training.epochs)}"
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
