"""What the app needs to know before the panes can be drawn: read after the first paint, in the background."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuilab import presets
from tuilab.config import Config
from tuilab.files import paths
from tuilab.lab import data_choice
from tuilab.lab.draft import Draft
from tuilab.lessons import index
from tuilab.lessons.lesson import Lesson
from tuilab.tui.learning import Learning
from tuilab.tui.session import saved_session
from tuilab.tui.session.saved_session import SavedSession
from tuilab.tui.session.session import Session

FIRST_PRESET = "bn-l2"


@dataclass(frozen=True)
class Startup:
    """The session, and what a person should be told.

    Attributes:
        session: everything the panes read.
        problems: a sentence for each file of the person's that was left out.
        first: whether nobody worked here before.
        memory: what the app remembers of the last time; None: nothing.
        pane: the pane that a person begins in.
    """

    session: Session
    problems: tuple[str, ...]
    first: bool
    saved: SavedSession | None = None
    pane: str = "network"


def start_session(settings: Config, *, preset: str | None, ascii_only: bool, low_bandwidth: bool) -> Startup:
    """Read presets, lessons, what was learned, which images were chosen and the saved session.

    At the first start the first lesson is open, with the first run that it suggests in the network pane.
    Later the session is as it was left; a preset that is asked for by name replaces the experiment.

    Raises:
        UsageError: there is no preset of this name, or a preset of the package is broken.
    """
    learning_file, choice_file = paths.home() / "learning.json", paths.home() / "ground.json"
    first = not learning_file.exists() and not choice_file.exists() and not _has_runs()
    learning = Learning.load(learning_file)
    chosen, choice_problem = data_choice.load(choice_file)
    lessons, lesson_problems = index.load_all(paths.config() / "lessons")
    before, memory_problem = saved_session.load(saved_session.file())
    draft = Draft(preset or (_to_try(lessons) if first and before is None else FIRST_PRESET), chosen)
    if preset is not None and before is not None:
        before = before.model_copy(update={"lesson": None})
    elif before is not None:
        memory_problem = saved_session.restore(draft, before)
    session = Session(
        draft=draft,
        lessons=lessons,
        learning=learning,
        config=settings,
        ascii=ascii_only,
        low_bandwidth=low_bandwidth,
    )
    session.book.marked = list(before.marked) if before else []
    problems = [*presets.problems(), *lesson_problems, learning.problem, choice_problem, memory_problem]
    pane = before.pane if before else "lesson" if first else "network"
    return Startup(session, tuple(filter(None, problems)), first, before, pane)


def _to_try(lessons: Sequence[Lesson]) -> str:
    """Return the preset of the first run that the first lesson asks to try."""
    tries = lessons[0].tries if lessons else ()
    return next((action.preset for action in tries if action.preset), FIRST_PRESET)


def _has_runs() -> bool:
    folder = paths.runs()
    return folder.is_dir() and any(folder.iterdir())
