"""What the app needs to know before the panes can be drawn: read after the first paint, in the background."""

from dataclasses import dataclass

from tuilab import paths, presets
from tuilab.config import Config
from tuilab.lessons import index
from tuilab.machine.gpus import list_gpus, visible_gpus
from tuilab.tui import ground
from tuilab.tui.desk import Desk
from tuilab.tui.draft import Draft
from tuilab.tui.learning import Learning

FIRST_PRESET = "bn-l2"


@dataclass(frozen=True)
class Opening:
    """The desk, and what a person should be told.

    Attributes:
        desk: everything the panes read.
        problems: a sentence for each file of the person's that was left out.
        first: whether nobody worked here before.
        devices: what trains: the visible GPUs, or the CPU.
    """

    desk: Desk
    problems: tuple[str, ...]
    first: bool
    devices: tuple[str, ...]


def open_desk(settings: Config, *, preset: str | None, ascii_only: bool, low_bandwidth: bool) -> Opening:
    """Read presets, lessons, what was learnt and which images were chosen.

    Raises:
        UsageError: there is no preset of this name, or a preset of the package is broken.
    """
    learning_file, ground_file = paths.home() / "learning.json", paths.home() / "ground.json"
    first = not learning_file.exists() and not ground_file.exists() and not _has_runs()
    learning = Learning.load(learning_file)
    chosen, ground_problem = ground.load(ground_file)
    lessons, lesson_problems = index.load_all(paths.config() / "lessons")
    desk = Desk(
        draft=Draft(preset or FIRST_PRESET, chosen),
        lessons=lessons,
        learning=learning,
        config=settings,
        ascii=ascii_only,
        low_bandwidth=low_bandwidth,
    )
    problems = [*presets.problems(), *lesson_problems, learning.problem, ground_problem]
    devices = tuple(f"gpu:{gpu.index}" for gpu in visible_gpus(list_gpus())) or ("cpu",)
    return Opening(desk, tuple(problem for problem in problems if problem), first, devices)


def _has_runs() -> bool:
    folder = paths.runs()
    return folder.is_dir() and any(folder.iterdir())
