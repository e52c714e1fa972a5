"""The list of lessons, with how far each is done."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.lessons.lesson import Lesson
from tuilab.tui.learning import Learning


class LessonList(ModalScreen[str | None]):
    """Dismisses with the chosen lesson's name, or None."""

    BINDINGS: ClassVar = [Binding("escape,q,o", "dismiss(None)", "back", tooltip="Go back to the lesson.")]
    DEFAULT_CSS = """
    LessonList { align: center middle; }
    LessonList > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        border: round $primary; background: $surface;
        border-subtitle-color: $secondary;
    }
    LessonList OptionList {
        height: auto; max-height: 14; border: none; background: $surface; padding: 0;
        scrollbar-size-vertical: 1;
    }
    LessonList #summary { height: 3; margin-top: 1; color: $secondary; }
    """

    def __init__(self, lessons: Sequence[Lesson], learning: Learning, shown: str) -> None:
        super().__init__()
        self._lessons, self._learning, self._shown = tuple(lessons), learning, shown

    def compose(self) -> ComposeResult:
        """The list, and what the lesson under the cursor teaches."""
        with Vertical() as frame:
            frame.border_title = Content("Lessons")
            frame.border_subtitle = Content("Enter: read · Esc: back")
            yield OptionList(*(Option(self._line(lesson), id=lesson.slug) for lesson in self._lessons))
            yield Static("", id="summary", markup=False)

    def on_mount(self) -> None:
        """Begin at the lesson that is shown."""
        options = self.query_one(OptionList)
        slugs = [lesson.slug for lesson in self._lessons]
        if slugs:
            options.highlighted = slugs.index(self._shown) if self._shown in slugs else 0

    def _line(self, lesson: Lesson) -> Content:
        sign = "✓" if self._learning.of(lesson.slug).read else "·"
        title = Content(lesson.title).truncate(38, ellipsis=True).pad_right(max(38 - len(lesson.title), 0))
        return Content.assemble(f"{sign} ", title, "  ", (self._learning.progress(lesson), "$secondary"))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what it teaches."""
        self.query_one("#summary", Static).update(Content(self._lessons[event.option_index].summary))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(event.option.id)
