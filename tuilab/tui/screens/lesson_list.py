"""The list of lessons, with how far each is done."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.lessons.lesson import Lesson
from tuilab.tui.bindings import bindings_of
from tuilab.tui.learning import Learning
from tuilab.tui.screens.dialog import Dialog

_TITLE = 36
"""Cells of the column of titles."""


class LessonList(Dialog[str | None]):
    """Dismisses with the chosen lesson's name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.lessons")]
    DEFAULT_CSS = """
    LessonList {
        & OptionList { height: auto; max-height: 16; }
        & #summary { height: 3; padding: 1 0 0 0; }
    }
    """

    def __init__(self, lessons: Sequence[Lesson], learning: Learning, shown: str) -> None:
        super().__init__()
        self._lessons, self._learning, self._shown = tuple(lessons), learning, shown

    def compose(self) -> ComposeResult:
        """The list, and what the lesson under the cursor teaches."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Lessons")
            frame.border_subtitle = Content(f"Enter: read · {self.key_of('dialog.lessons.back')}: back")
            yield OptionList(*(Option(self._line(lesson), id=lesson.slug) for lesson in self._lessons))
            yield Static("", id="summary", classes="muted", markup=False)

    def on_mount(self) -> None:
        """Begin at the lesson that is shown."""
        slugs = [lesson.slug for lesson in self._lessons]
        if slugs:
            self.query_one(OptionList).highlighted = slugs.index(self._shown) if self._shown in slugs else 0

    def _line(self, lesson: Lesson) -> Content:
        sign = "✓" if self._learning.of(lesson.slug).read else "·"
        title = Content(lesson.title).truncate(_TITLE, ellipsis=True)
        gap = " " * (_TITLE - title.cell_length + 2)
        return Content.assemble(f"{sign} ", title, gap, (self._learning.progress(lesson), "$secondary"))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what it teaches."""
        self.query_one("#summary", Static).update(Content(self._lessons[event.option_index].summary))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(event.option.id)
