"""What the app's dialogs have in common: a frame in the middle, lists without frames of their own."""

from collections.abc import Mapping
from typing import TypeVar

from textual import events, on
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tuilab.tui.bindings import key_by_id
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.terminal.minimum_size import notice, too_small

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A dialog whose only child has the class ``frame``."""

    # Textual 8.2 drops `reverse` from the rows of an OptionList: without backgrounds the cursor is underlined
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > .frame {
            width: 76; max-width: 100%; height: auto; max-height: 100%;
            padding: 0 1;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            border-subtitle-color: $secondary;
            background: $background;
        }
        & OptionList, & OptionList:focus {
            border: none;
            padding: 0;
            background: $background;
            background-tint: $background 0%;
            scrollbar-size-vertical: 1;
        }
        & OptionList > .option-list--option-highlighted,
        & OptionList:focus > .option-list--option-highlighted {
            color: $foreground;
            background: $panel;
            text-style: bold;
        }
        & OptionList:nocolor > .option-list--option-highlighted,
        & OptionList:ansi > .option-list--option-highlighted { text-style: bold underline; }
        & OptionList > .option-list--option-disabled { color: $secondary; }
        & .muted { color: $secondary; }
    }
    """

    @on(events.Resize)
    async def _make_room(self) -> None:
        """Show a notice in place of the frame where the terminal is too small for what can be chosen."""
        frame, small = self.query_one(".frame"), too_small(self.app.size)
        if small and frame.display:
            self._focused_before = self.focused
        back = not small and not frame.display
        frame.display = not small
        await self.query("#too-small").remove()
        if small:
            words = notice(self.app.size, self.key_of("app.quit"))
            await self.mount(Static(words, id="too-small", markup=False))
        elif back:
            self.set_focus(self._focused_before)

    _focused_before: Widget | None = None
    """What had the focus before the frame gave way."""

    def runs_changed(self) -> None:
        """Runs came, went, ended or wait for something else: a dialog that speaks of them says so."""

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    @property
    def own_keys(self) -> Mapping[str, str]:
        """The person's own keys, by a binding's id."""
        return self.lab.session.config.keys

    def key_of(self, id: str) -> str:
        """Return the first key of a binding, as a person calls it and has it."""
        return key_by_id(id).names(self.own_keys)[0]
