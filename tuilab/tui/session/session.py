"""What the app knows at one moment, apart from any widget: the draft, the runs, the lessons, the person."""

from dataclasses import dataclass, field

from tuilab.config import Config
from tuilab.lab.draft import Draft
from tuilab.lessons.lesson import Lesson
from tuilab.tui.learning import Learning
from tuilab.tui.run_book import RunBook
from tuilab.tui.surroundings import Surroundings
from tuilab.tui.sweep_source import Place


@dataclass
class Session:
    """All panes read it; whoever changes it posts the message for that (``messages.py``).

    Attributes:
        draft: the experiment of the network pane.
        book: the runs.
        lessons: in their order.
        learning: what was read, tried and answered.
        config: the person's settings.
        ascii: draw with ASCII alone.
        low_bandwidth: one redraw a second, nothing that moves by itself.
        surroundings: the machine, and how often to look.
        left_sweep: where in a sweep the person was who went to one of its runs; None: nowhere.
    """

    draft: Draft
    lessons: tuple[Lesson, ...]
    learning: Learning
    config: Config
    book: RunBook = field(default_factory=RunBook)
    ascii: bool = False
    low_bandwidth: bool = False
    surroundings: Surroundings = field(default_factory=Surroundings)
    left_sweep: Place | None = None
