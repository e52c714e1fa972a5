"""A bare app around one pane or screen: a desk, a background and what was said, no lab."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from tuilab.config import Config
from tuilab.errors import TuilabError
from tuilab.lab.draft import Draft
from tuilab.lessons import index
from tuilab.lessons.lesson import Lesson
from tuilab.tui.bindings import bindings_of
from tuilab.tui.learning import Learning
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panes.pane import Pane
from tuilab.tui.session.session import Session
from tuilab.tui.themes import THEMES

T = TypeVar("T")


class Promptly:
    """The background's jobs, done at once."""

    def __init__(self) -> None:
        self.told: list[TuilabError] = []

    def run(self, job: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Do a job and hand on what came of it."""
        try:
            result = job()
        except TuilabError as error:
            self.told.append(error)
        else:
            if then is not None:
                then(result)


class Bench(App[None]):
    """Shows one widget in the frame that the lab gives a pane."""

    CSS = """
    Screen { background: $background; color: $foreground; }
    Pane { width: 100%; height: 100%; border: round $panel; padding: 0 1; border-subtitle-color: $secondary; }
    Pane:focus-within { border: round $primary; border-title-color: $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("app")]

    def __init__(
        self,
        home: Path,
        widget: Widget | None = None,
        *,
        lessons: tuple[Lesson, ...] | None = None,
        preset: str = "bn-l2",
        theme: str = "tuilab-dark",
        settings: Config | None = None,
        ascii_only: bool = False,
    ) -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme
        self.ascii_only = ascii_only
        self.widget = widget
        self.background = Promptly()
        self.said: list[str] = []
        self.draft_changes = 0
        self.settings = settings or Config()
        known_lessons = index.load_all()[0] if lessons is None else lessons
        self.session = Session(
            draft=Draft(preset),
            lessons=known_lessons,
            learning=Learning.load(home / "learning.json"),
            config=self.settings,
        )

    def compose(self) -> ComposeResult:
        """The widget, if there is one."""
        if self.widget is not None:
            yield self.widget

    def on_mount(self) -> None:
        """Take the person's keys."""
        self.set_keymap(self.settings.keys)

    def say(self, sentence: str, severity: str = "information") -> None:
        """Keep what is said."""
        self.said.append(sentence)

    def on_draft_changed(self, message: DraftChanged) -> None:
        """Tell the panes, as the lab does."""
        self.draft_changes += 1
        for pane in self.query(Pane):
            pane.draft_changed()
