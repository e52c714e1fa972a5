"""The queue: what waits, in which order and what for; and changes of that."""

from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.lab.queue.standing import Standing
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.queue_words import reason_text
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.screens.dialog import Dialog


class Queue(Protocol):
    """Changes the queue."""

    def move(self, run: BookedRun, step: int) -> None:
        """Move a run by so many places."""

    def toggle_hold(self, run: BookedRun) -> None:
        """Hold a run, or release it."""

    def take_out(self, run: BookedRun) -> None:
        """Take a run out of the queue."""


class QueueScreen(Dialog[str | None]):
    """Two lines a run; dismisses with the id of one that is to be shown, or with None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.queue")]
    DEFAULT_CSS = """
    QueueScreen > .frame { width: 100; }
    QueueScreen OptionList { height: auto; max-height: 18; margin: 1 0 0 0; }
    """

    def __init__(self, book: RunBook, queue: Queue) -> None:
        super().__init__()
        self._book, self._queue = book, queue
        self._shown: tuple[Standing, ...] = ()

    def compose(self) -> ComposeResult:
        """What waits, and which keys change it."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("The queue")
            frame.border_subtitle = Content(
                f"↑ ↓ · Enter: show it · {self.key_of('dialog.queue.back')}: back"
            )
            yield OptionList()
            yield Static(Content(""), id="empty", classes="muted")
            yield Static(Content(self._keys()), classes="muted")

    def on_mount(self) -> None:
        """Show what waits now."""
        self.runs_changed()

    def runs_changed(self) -> None:
        """Show how it stands now; the cursor stays on its run."""
        found = tuple(one for one in self._book.queue if self._book.standing(one.run.id) is not None)
        if found == self._shown and found:
            return
        listed = self.query_one(OptionList)
        under = self._current()
        place = listed.highlighted or 0
        self._shown = found
        listed.clear_options()
        listed.add_options(Option(Content(self._lines(one)), id=one.run.id) for one in found)
        ids = [one.run.id for one in found]
        if under is not None and under.id in ids:
            place = ids.index(under.id)
        listed.highlighted = min(place, len(ids) - 1) if ids else None
        listed.display = bool(ids)
        empty = self.query_one("#empty", Static)
        empty.display = not ids
        start = self.key_of("run.start")
        empty.update(Content(f"Nothing is queued. {start} trains the experiment in the network pane."))

    def _lines(self, one: Standing) -> str:
        run = self._book.find(one.run.id)
        preset = clean(run.summary.manifest.preset or "", limit=40) if run else ""
        called = run.called if run else one.run.id
        names = called if preset in called else f"{called} · {preset}"
        return f"{one.place:>2}  {names}\n    {reason_text(one, self.own_keys)}"

    def _keys(self) -> str:
        keys = {
            name: self.key_of(f"dialog.queue.{name}") for name in ("earlier", "later", "hold", "take_out")
        }
        return (
            f"{keys['earlier']} {keys['later']} move it earlier or later · "
            f"{keys['hold']} holds or releases it · {keys['take_out']} takes it out"
        )

    def _current(self) -> BookedRun | None:
        place = self.query_one(OptionList).highlighted
        if place is None or place >= len(self._shown):
            return None
        return self._book.find(self._shown[place].run.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show its curves."""
        self.dismiss(event.option.id)

    def action_move(self, step: int) -> None:
        """Move the run under the cursor."""
        if run := self._current():
            self._queue.move(run, step)

    def action_hold(self) -> None:
        """Hold the run under the cursor, or release it."""
        if run := self._current():
            self._queue.toggle_hold(run)

    def action_take_out(self) -> None:
        """Take the run under the cursor out of the queue."""
        if run := self._current():
            self._queue.take_out(run)
