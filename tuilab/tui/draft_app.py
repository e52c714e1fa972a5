"""An app with a draft: its presets, first steps, and what can be undone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.screen import ModalScreen

from tuilab.terminal import clean
from tuilab.tui.background import Background
from tuilab.tui.bindings import key_by_id, textual_names
from tuilab.tui.messages import DraftChanged
from tuilab.tui.protocols import Severity
from tuilab.tui.screens.lab import LabScreen
from tuilab.tui.terminal.app import TerminalApp
from tuilab.tui.terminal.minimum_size import too_small

if TYPE_CHECKING:
    from tuilab.config import Config
    from tuilab.lab.undo import UndoStack
    from tuilab.tui.changes import DraftSnapshot
    from tuilab.tui.session.session import Session


class DraftApp(TerminalApp):
    """What panes change is a draft, and every change can be undone."""

    lab_screen: LabScreen
    background: Background
    settings: "Config"

    def __init__(self, *, ascii_only: bool, native_colors: bool | None) -> None:
        """Prepare an app whose session is not read yet; as ``TerminalApp``."""
        super().__init__(ascii_only=ascii_only, native_colors=native_colors)
        self._session: Session | None = None
        self._undos: UndoStack | None = None
        self._said = ""

    @property
    def session(self) -> "Session":
        """What the app knows; there from the moment the panes are mounted."""
        if self._session is None:
            raise RuntimeError("the session is asked for before it was read")
        return self._session

    async def on_event(self, event: events.Event) -> None:
        """Take no key and no click where all that is shown is that the terminal is too small."""
        asks = isinstance(event, events.InputEvent | events.Paste)
        if not asks or not too_small(self.size) or not self._covers():
            await super().on_event(event)
        elif isinstance(event, events.Key) and not event.is_forwarded:
            own = self.settings.keys
            if event.key in textual_names("app.quit", own):
                self.exit(0)  # nobody could answer what becomes of a run that trains: it continues
            elif event.key in textual_names("app.suspend", own) | textual_names("app.repaint", own):
                await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key of the lab does anything yet, the lab says."""
        return self.lab_screen.check_action(action, parameters)

    def _covers(self) -> bool:
        return isinstance(self.screen, ModalScreen) or self.screen is self.lab_screen

    def say(self, sentence: str, severity: Severity = "information") -> None:
        """Show a sentence for a while; it may come from outside."""
        self.notify(clean(sentence, limit=600), severity=severity, markup=False, timeout=8)

    def replace_message(self, sentence: str) -> None:
        """Show a sentence in place of the one that this showed last: a key may be pressed often."""
        for shown in list(self._notifications):
            if shown.message == self._said:
                self._unnotify(shown)
        self._said = clean(sentence, limit=600)
        self.say(sentence)

    def key_of(self, id: str) -> str:
        """Return the first key of a binding, as a person calls it and has it."""
        return key_by_id(id).names(self.settings.keys)[0]

    def cannot_suspend(self) -> None:
        """Say why suspending did nothing."""
        leaves = self.key_of("app.quit")
        self.say(
            f"there is no shell to return to: {leaves} quits, and runs can keep training without the app"
        )

    def can_undo(self, label: str, undo: Callable[[], None]) -> None:
        """Let a change of a pane be undone."""
        if self._undos is not None:
            self._undos.note(label, undo)

    def note_draft(self) -> None:
        """Take note that the draft changed."""
        if self._undos is not None:
            self._undos.note_draft()
        self.refresh_title()

    def action_undo(self) -> None:
        """Take back what was done last, and say what that was."""
        before = self._snapshot()
        label = self._undos.undo() if self._undos is not None else None
        if label is None:
            self.say("there is nothing to undo")
        elif label:
            self.say(f"undone: {label}")
        else:
            self.draft_changed(before)

    def action_redo(self) -> None:
        """Make it again."""
        before = self._snapshot()
        if self._undos is not None and self._undos.redo():
            self.draft_changed(before)
        else:
            self.say("there is nothing to redo")

    def _snapshot(self) -> "DraftSnapshot":
        from tuilab.tui.changes import DraftSnapshot

        return DraftSnapshot.of(self.session.draft)

    def draft_changed(self, before: "DraftSnapshot") -> None:
        """Tell all panes that the draft changed; to a person who works in another pane, say how."""
        from tuilab.tui.changes import DraftSnapshot, sentence

        words = sentence(before, DraftSnapshot.of(self.session.draft))
        if words and self.lab_screen.active != "network":
            self.replace_message(words)
        self.lab_screen.post_message(DraftChanged())

    def welcome(self) -> None:
        """Show what is on this machine, and let the person choose images and weights."""
        from tuilab.lab import data_choice
        from tuilab.lab.data_choice import DataChoice
        from tuilab.tui.screens.welcome import WelcomeScreen

        def chosen(choice: DataChoice | None) -> None:
            if choice is None:
                return
            draft = self.session.draft
            draft.data_choice = choice
            draft.choose(draft.preset.name)
            self.background.run(lambda: data_choice.save(data_choice.file(), choice))
            self.lab_screen.post_message(DraftChanged())

        self.push_screen(WelcomeScreen(), chosen)

    def action_choose_preset(self) -> None:
        """Let the person choose a preset."""
        from tuilab.tui.screens.preset_picker import PresetPicker

        self.push_screen(PresetPicker(), self.take_preset)

    def take_preset(self, name: str | None) -> None:
        """Load a preset into the network pane; None: keep the one that is there."""
        from tuilab.errors import TuilabError

        if name is None:
            return
        before = self._snapshot()
        try:
            self.session.draft.choose(name)
        except TuilabError as error:
            self.say(error.sentence, severity="error")
            return
        self.draft_changed(before)

    def action_step_preset(self, step: int) -> None:
        """Take the next or the previous preset."""
        from tuilab import presets

        names = [preset.name for preset in presets.load_all()]
        here = self.session.draft.preset.name
        place = names.index(here) if here in names else 0
        self.take_preset(names[(place + step) % len(names)])

    def refresh_title(self) -> None:
        """Show in the title what is in the network pane."""
