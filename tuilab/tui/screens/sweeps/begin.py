"""Starting a sweep from the experiment in the network pane: settings with their values, seeds, search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.timer import Timer
from textual.widgets import Input, Static

from tuilab.errors import TuilabError
from tuilab.experiment.dotted import dotted
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.sweeps.asked import PRUNINGS, SEARCHES, Asked, in_the_form, plan_words, wanted
from tuilab.tui.sweep_source import Plan, SweepSource

_SETTINGS = 4
"""Lines for settings; a sweep of more is started on the command line."""
_CHECK_SECONDS = 0.3
"""From the last key that was typed to the look at what it means."""
_EXAMPLES = (
    "for example model.bn_momentum=0.6,0.8,0.9,0.99",
    "and model.l2=0,1e-4,1e-3",
)

_HINT = "Type a setting and its values, as --set takes them. A range is 1e-4..1e-1, or 1e-4..1e-1:log."


@dataclass(frozen=True)
class _Field:
    id: str
    label: str
    value: str
    hint: str
    words: Sequence[str] = ()


_FIELDS = (
    _Field("seeds", "seeds", "3", "every point is trained once with each"),
    _Field("search", "search", "", "grid (all points), random or tpe", SEARCHES),
    _Field("trials", "trials", "", "how many, for random and tpe"),
    _Field("pruning", "pruning", "", "median or hyperband; empty: none", PRUNINGS),
    _Field("name", "name", "", "empty: as the preset"),
)


class BeginSweep(Dialog[str | None]):
    """Starts a sweep and dismisses with its name; with None if none was started.

    What is typed is looked at in the background; what is refused is said in place, in a sentence.
    """

    name_of_help = "sweep"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.sweep_start")]
    DEFAULT_CSS = """
    BeginSweep {
        & > .frame { width: 84; }
        & .row { height: 1; width: 100%; }
        & .label { width: 10; color: $secondary; }
        & .hint { width: 1fr; color: $secondary; padding: 0 0 0 2; }
        & Input { height: 1; border: none; padding: 0 1; background: $panel; }
        & .short { width: 26; }
        & .long { width: 1fr; }
        & .first { margin-top: 1; }
        & #message { margin-top: 1; height: 3; }
        & #message.-refused { color: $error; }
    }
    """

    def __init__(self, source: SweepSource) -> None:
        """Prepare, with what checks and starts the sweep."""
        super().__init__()
        self._source = source
        self._starting = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """What is swept, the lines to fill in, and what it comes to."""
        draft = self.lab.session.draft
        changes = len(draft.changes)
        changed = f" with {changes} change{'' if changes == 1 else 's'}" if changes else ""
        known = SuggestFromList([f"{key}=" for key in dotted(draft.experiment)], case_sensitive=True)
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Start a sweep")
            frame.border_subtitle = Content(
                f"Tab, ↑ ↓: lines · Enter: start · {self.key_of('dialog.sweep_start.back')}: back"
            )
            preset = clean(draft.preset.name, limit=60)
            yield Static(Content(f"Of the experiment in the network pane: {preset}{changed}."))
            for n in range(_SETTINGS):
                with Horizontal(classes="row first" if n == 0 else "row"):
                    yield Static("settings" if n == 0 else "", classes="label")
                    example = _EXAMPLES[n] if n < len(_EXAMPLES) else ""
                    yield _line("", f"setting-{n}", "long", example, known)
            for n, field in enumerate(_FIELDS):
                words = SuggestFromList(field.words, case_sensitive=False) if field.words else None
                with Horizontal(classes="row first" if n == 0 else "row"):
                    yield Static(field.label, classes="label")
                    yield _line(field.value, field.id, "short", "", words)
                    yield Static(field.hint, classes="hint", markup=False)
            yield Static("", id="message", markup=False)

    def on_mount(self) -> None:
        """Begin with the first setting."""
        self.query_one("#setting-0", Input).focus()
        self._tell(_HINT)

    def _asked(self) -> Asked:
        value = {field.id: self.query_one(f"#{field.id}", Input).value for field in _FIELDS}
        lines = tuple(self.query_one(f"#setting-{n}", Input).value for n in range(_SETTINGS))
        return Asked(lines, **value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look at it once the typing pauses."""
        event.stop()
        self._wait_no_more()
        if any(self._asked().settings):
            self._timer = self.set_timer(_CHECK_SECONDS, self._check)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.stop()

    def _check(self) -> None:
        asked, past = self._asked(), tuple(self.lab.session.book.runs)
        plan = self._planner(asked)

        def look() -> tuple[str, bool]:
            try:
                found = plan()
            except TuilabError as error:
                return in_the_form(error.sentence), True
            return f"{plan_words(found, past)} Enter starts {found.spec.name}.", False

        def looked(result: tuple[str, bool]) -> None:
            words, refused = result
            if self.is_attached and asked == self._asked() and not self._starting:
                self._tell(words, refused=refused)

        self.lab.background.run(look, looked)

    def _planner(self, asked: Asked) -> Callable[[], Plan]:
        """Return what checks what was typed, off the UI thread, on the draft as it is now."""
        draft = self.lab.session.draft
        preset, given = draft.preset.name, draft.settings
        return lambda: self._source.plan(wanted(asked, preset, given))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Start it."""
        event.stop()
        if self._starting:
            return
        self._starting = True
        self._wait_no_more()
        plan = self._planner(self._asked())

        def start() -> str | TuilabError:
            try:
                spec = plan().spec
                self._source.start(spec)
            except TuilabError as error:
                return error
            return spec.name

        self._tell("starting…")
        self.lab.background.run(start, self._started)

    def _started(self, result: str | TuilabError) -> None:
        self._starting = False
        if not self.is_attached:
            return
        if isinstance(result, TuilabError):
            self._tell(in_the_form(result.sentence), refused=True)
        else:
            self.dismiss(result)

    def _tell(self, words: str, *, refused: bool = False) -> None:
        message = self.query_one("#message", Static)
        message.set_class(refused, "-refused")
        message.update(Content(f"× {clean(words, limit=400)}" if refused else clean(words, limit=400)))


def _line(value: str, id: str, classes: str, example: str, known: SuggestFromList | None) -> Input:
    line = Input(
        value, max_length=400, compact=True, id=id, classes=classes, placeholder=example, suggester=known
    )
    line.cursor_blink = False
    return line
