"""Leaving while something trains or waits: what becomes of it."""

from typing import ClassVar, Literal, assert_never

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.results.outcome import state_word
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.screens.dialog import Dialog

Choice = Literal["leave", "stop", "stay"]
"""What becomes of what trains or waits: all of it continues, or is stopped; or the person does not leave."""


class LeaveScreen(Dialog[Choice]):
    """Asks, and dismisses with what was chosen. Follows the runs it names."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.leave")]
    DEFAULT_CSS = """
    LeaveScreen OptionList { height: auto; margin-top: 1; }
    """

    def __init__(self, book: RunBook) -> None:
        super().__init__()
        self._book = book
        self._trained = tuple(run.id for run in book.training)
        """What trained when this was opened."""
        self._listed: list[tuple[Choice, str]] = []
        """What can be chosen, in words."""

    def compose(self) -> ComposeResult:
        """What trains and waits, and what can become of it."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Quit tuilab")
            frame.border_subtitle = Content(f"↑ ↓ · Enter: choose · {self.key_of('dialog.leave.stay')}: stay")
            yield Static(Content(self._sentence()), id="sentence")
            self._listed = self._choices()
            yield OptionList(*self._options())

    def runs_changed(self) -> None:
        """Say how it is now: a run may have ended, another one begun."""
        self.query_one("#sentence", Static).update(Content(self._sentence()))
        choices = self._choices()
        if choices == self._listed:
            return
        shown = self.query_one(OptionList)
        before = self._listed[shown.highlighted][0] if shown.highlighted is not None else None
        self._listed = choices
        shown.clear_options()
        shown.add_options(self._options())
        # what was chosen stays chosen; where it is no longer there, nothing is done by mistake
        names = [choice for choice, _ in choices]
        shown.highlighted = names.index(before) if before in names else len(names) - 1

    def _choices(self) -> list[tuple[Choice, str]]:
        training, queued = self._book.training, self._starting()
        stay: tuple[Choice, str] = ("stay", "stay here")
        if not training and not queued:
            return [("leave", "quit"), stay]
        if not training:
            return [("leave", "quit; what is queued starts without the app"), stay]
        it = "it" if len(training) + len(queued) == 1 else "them"
        goes_on = "leave it training" if it == "it" else "let them go on"
        stops = "stop it" if len(training) == 1 else "stop them"
        how = "with a checkpoint, hold the queue," if queued else "at the next batch, with a checkpoint,"
        return [
            ("leave", f"{goes_on}; tuilab shows {it} again at its next start"),
            ("stop", f"{stops} {how} and quit"),
            stay,
        ]

    def _options(self) -> list[Option]:
        return [Option(Content(f"{self._letter(choice)}  {words}")) for choice, words in self._listed]

    def _letter(self, choice: Choice) -> str:
        names = key_by_id(f"dialog.leave.{choice}").names(self.own_keys)
        return next((name for name in names if len(name) == 1), names[0])

    def _sentence(self) -> str:
        training = self._book.training
        parts = []
        ended = [run for run_id in self._trained if (run := self._book.find(run_id)) and run not in training]
        parts += [f"{clean(run.id, limit=60)} {_became(run)}." for run in ended]
        if training:
            names = ", ".join(clean(run.id, limit=60) for run in training)
            parts.append(f"{names} {'are' if len(training) > 1 else 'is'} training.")
        elif ended:
            parts.append("Nothing is training now.")
        starting = len(self._starting())
        if starting:
            runs, start = (
                ("1 run is", "it starts") if starting == 1 else (f"{starting} runs are", "they start")
            )
            parts.append(f"{runs} queued: {start} without the app when the turn comes.")
        if staying := len(self._book.queued) - starting:
            runs = "1 queued run waits" if staying == 1 else f"{staying} queued runs wait"
            parts.append(f"{runs} for you: {self.key_of('queue.show')} says why.")
        return " ".join(parts)

    def _starting(self) -> list[BookedRun]:
        """Return the queued runs that start by themselves: neither held nor refused."""
        known = ((run, self._book.standing(run.id)) for run in self._book.queued)
        return [run for run, standing in known if standing is None or standing.moves]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the option under the cursor."""
        self.dismiss(self._listed[event.option_index][0])

    def action_choose(self, choice: Choice) -> None:
        """Take an option by its letter."""
        if choice != "stop" or self._book.training:
            self.dismiss(choice)


def _became(run: BookedRun) -> str:
    match word := state_word(run.summary):
        case "done":
            return "is done"
        case "failed" | "diverged":
            return word
        case "stopped" | "interrupted":
            return f"was {word}"
        case "unreachable":
            return "cannot be reached"
        case "queued":
            return "is queued again"
        case "waiting" | "running":
            return "is training"
        case _:
            assert_never(word)
