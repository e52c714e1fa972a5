"""Following a sweep: a bar on a terminal, a line for each trial elsewhere; then what came of it."""

import sys
import time
from typing import TYPE_CHECKING

from tuilab.cli.wrapping import print_sentence

if TYPE_CHECKING:
    from tuilab.sweeps.board import Board, Trial

_LOOK_SECONDS = 0.5


def follow(name: str) -> None:
    """Follow a sweep to its end and print what came of it; Ctrl-C leaves it at work.

    Raises:
        UsageError: there is no such sweep.
        RunError: its coordinator is gone before the sweep is over.
    """
    from tuilab.cli.sweep.outcome import print_board
    from tuilab.lab.sweeps.boards import board

    try:
        with _shown(name) as bar:
            _watch(name, bar)
    except KeyboardInterrupt:
        print_sentence(
            f"the sweep {name} goes on in the background; tuilab sweep attach {name} follows it, "
            f"tuilab sweep stop {name} stops it",
            err=True,
        )
        raise
    found = board(name)
    if found.stopped:
        print_sentence(f"the sweep {name} was stopped; tuilab sweep resume {name} goes on with it", err=True)
    print_board(found)


def _watch(name: str, bar: "_Bar") -> None:
    from tuilab.errors import RunError
    from tuilab.lab.sweeps import folders
    from tuilab.lab.sweeps.boards import alive, board

    told: set[int] = set()
    while True:
        working = alive(name)  # asked before the board is read: what it wrote last is seen
        found = board(name)
        for trial in found.trials:
            if trial.state in ("done", "pruned", "failed") and trial.number not in told:
                told.add(trial.number)
                bar.tell(trial, found)
        bar.update(found)
        if found.over or found.stopped:
            return
        if not working:
            raise RunError(
                f"the sweep {name} is not over, and nothing works on it any more: "
                f"{folders.find(name).last_line()}",
                [f"tuilab sweep resume {name} goes on with it"],
            )
        time.sleep(_LOOK_SECONDS)


class _Bar:
    """What is shown while a sweep is followed."""

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self._terminal = sys.stderr.isatty()
        self._progress = Progress(
            SpinnerColumn("line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f} trials", style="progress.download"),
            TextColumn("{task.fields[detail]}", markup=False, style="dim"),
            console=Console(stderr=True, highlight=False),
            transient=True,
            refresh_per_second=2,
        )
        self._task = self._progress.add_task(name, total=1, detail="")

    def __enter__(self) -> "_Bar":
        if self._terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            self._progress.stop()

    def tell(self, trial: "Trial", board: "Board") -> None:
        """Write how a trial ended, on a line that stays."""
        from rich.text import Text

        text = trial_line(trial, board)
        if self._terminal:
            self._progress.console.print(Text(text), soft_wrap=True)
        else:
            print_sentence(text, err=True)

    def update(self, board: "Board") -> None:
        """Move the bar."""
        from tuilab.sweeps.wording import accuracy_words, point_words

        over = sum(trial.state not in ("waiting", "running") for trial in board.trials)
        total = max(board.spec.points, len(board.trials))
        best = board.ranked[0] if board.ranked else None
        detail = f"best {accuracy_words(best.value or 0.0)} with {point_words(best.point)}" if best else ""
        self._progress.update(self._task, completed=over, total=total, detail=detail)


def _shown(name: str) -> _Bar:
    return _Bar(name)


def trial_line(trial: "Trial", board: "Board") -> str:
    """Return how a trial ended, in a line."""
    from tuilab.sweeps.wording import accuracy_words, point_words
    from tuilab.terminal import clean

    what = f"trial {trial.number} ({point_words(trial.point)})"
    again = " on fresh seeds" if trial.origin == "confirm" else ""
    match trial.state:
        case "done":
            return f"{what}{again}: validation accuracy {accuracy_words(trial.value or 0.0)}"
        case "pruned":
            return f"{what}{again}: pruned after {len(trial.runs[0].validation)} epochs"
        case "failed":
            return f"{what}{again}: failed: {clean(trial.problem)}"
        case "waiting" | "running":
            return f"{what}{again}: {trial.state}"
