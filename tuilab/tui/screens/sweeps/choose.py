"""The sweeps of this store, to choose one; where there are none, what a sweep is and how one begins."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.errors import TuilabError
from tuilab.sweeps.board import Board
from tuilab.sweeps.wording import accuracy_words, setting_names
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.sweeps.words import plan_words, progress_words
from tuilab.tui.sweep_source import INSTALL, SweepSource

BEGIN = ""
"""What the dialog is dismissed with where a sweep is to be started; no sweep is called so."""

WHAT = (
    "A sweep trains an experiment with other values of some of its settings, each with several seeds, and "
    "says which values are best, by how much, and whether that is more than chance."
)
EXAMPLE = "tuilab sweep -p bn-l2 --grid model.bn_momentum=0.6,0.8,0.9 --grid model.l2=0,1e-4,1e-3"


class ChooseSweep(Dialog[str | None]):
    """Dismisses with a sweep's name, with ``BEGIN``, or with None."""

    name_of_help = "sweep"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.sweeps")]
    DEFAULT_CSS = """
    ChooseSweep {
        & > .frame { width: 100; }
        & OptionList { height: auto; max-height: 16; margin: 1 0 0 0; }
        & #about { margin: 1 0 0 0; }
    }
    """

    def __init__(self, source: SweepSource, names: Sequence[str]) -> None:
        """Prepare.

        Args:
            source: where sweeps are read.
            names: what they are called, newest first.
        """
        super().__init__()
        self._source, self._names = source, list(names)
        self._lines: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The sweeps, and how one begins."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Sweeps")
            begin, back = self.key_of("dialog.sweeps.begin"), self.key_of("dialog.sweeps.back")
            shows = "↑ ↓ · Enter: show it · " if self._names else ""
            frame.border_subtitle = Content(f"{shows}{begin}: start one · {back}: back")
            if not self._names:
                yield Static(Content(f"There are no sweeps yet. {WHAT}"))
            yield OptionList()
            yield Static(Content(self._how(begin)), id="about", classes="muted")

    def _how(self, begin: str) -> str:
        preset = clean(self.lab.session.draft.preset.name, limit=60)
        here = f"{begin} starts one from the experiment in the network pane ({preset})"
        command = f"On the command line: {EXAMPLE}"
        if not self._source.installed():
            return f"Sweeps need a library that is not installed: {INSTALL}\n\n{command}"
        return f"{here}.\n\n{command}" if not self._names else f"{here}."

    def on_mount(self) -> None:
        """List the names at once; how far each sweep is follows, sweep by sweep."""
        options = self.query_one(OptionList)
        options.display = bool(self._names)
        self._fill()
        if self._names:
            options.highlighted = 0
            options.focus()
            self._look(0)

    def _look(self, place: int) -> None:
        """Read one sweep, then the next: nobody waits for those of a list that was closed."""
        name = self._names[place]

        def read() -> str:
            try:
                return line_of(self._source.board(name), self._source.alive(name))
            except TuilabError as error:
                return f"× {clean(error.sentence, limit=300)}"

        def known(line: str) -> None:
            self._lines[name] = line
            if self.is_attached:
                self.query_one(OptionList).replace_option_prompt_at_index(place, self._prompt(name))
                if place + 1 < len(self._names):
                    self._look(place + 1)

        self.lab.background.run(read, known)

    def _fill(self) -> None:
        self.query_one(OptionList).add_options(Option(self._prompt(name), id=name) for name in self._names)

    def _prompt(self, name: str) -> Content:
        return Content.assemble(
            (clean(name, limit=64), "bold"), "\n  ", (self._lines.get(name, "reading…"), "$secondary")
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show it."""
        self.dismiss(event.option.id)

    def action_begin(self) -> None:
        """Start one."""
        if self._source.installed():
            self.dismiss(BEGIN)
        else:
            self.lab.say(f"sweeps need a library that is not installed: {INSTALL}", severity="warning")


def line_of(board: Board, alive: bool) -> str:
    """Return a sweep in two lines: what it tries, then how far it is and the best so far."""
    settings = ", ".join(setting_names(board.spec.keys).values())
    best = f" · best so far {accuracy_words(board.ranked[0].value)}" if board.ranked else ""
    return f"{settings} · {plan_words(board)}\n  {progress_words(board, alive)}{best}"
