"""The field in which a person writes an answer in their own words."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from tuilab.terminal import clean

_HINT = "Enter: done · Esc: not now"
_LARGEST = 10_000
"""Characters of an answer; what is pasted beyond is left out."""


class AnswerField(TextArea):
    """A few lines of text. Enter hands them over, Escape closes the field."""

    DEFAULT_CSS = """
    AnswerField {
        display: none;
        height: 6;
        border: round $primary;
        background: $background;
        border-title-color: $foreground;
        border-subtitle-color: $secondary;
        scrollbar-size-vertical: 1;
        &.-open { display: block; }
        &:focus { border: round $primary; }
    }
    """

    class Written(Message):
        """The person has written an answer."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Closed(Message):
        """The person does not answer now."""

    def __init__(self) -> None:
        super().__init__(soft_wrap=True, compact=False, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False
        self.border_title = Content("Your answer")

    def open(self, words: str) -> None:
        """Show the field with what was answered before."""
        self.text = clean(words, lines=True)
        self.move_cursor(self.document.end)
        self.border_subtitle = Content(_HINT)
        self.add_class("-open")
        self.screen.set_focus(self)  # at once: what is typed fast belongs to it already

    def close(self) -> None:
        """Take the field away."""
        self.remove_class("-open")

    async def _on_key(self, event: events.Key) -> None:
        # what is not stopped here goes on to TextArea's own handler
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            if self.text.strip():
                self.post_message(self.Written(self.text.strip()[:_LARGEST]))
            else:
                self.border_subtitle = Content("write a few words first · Esc: not now")
        elif event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Closed())

    async def _on_paste(self, event: events.Paste) -> None:
        text = event.text.expandtabs(4).replace("\r\n", "\n").replace("\r", "\n")
        event.text = clean(text, lines=True)[:_LARGEST]
