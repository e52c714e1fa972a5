"""What the app's dialogs have in common: a frame in the middle, lists without frames of their own."""

from typing import TypeVar

from textual.screen import ModalScreen

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
