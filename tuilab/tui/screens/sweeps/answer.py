"""The answer in words, and beside it what else is to know of a sweep."""

import textwrap
from dataclasses import dataclass

from tuilab.plots.cells import Cells, Role, text_cells
from tuilab.sweeps.board import Board
from tuilab.sweeps.importance import Importance, importance_words
from tuilab.sweeps.verdict_text import verdict_words
from tuilab.sweeps.wording import counted


@dataclass(frozen=True)
class Answer:
    """Paragraphs, each with its look."""

    paragraphs: tuple[tuple[str, Role], ...]


def answer_of(board: Board, confirm: str, explained: Importance | None = None) -> Answer:
    """Return what a sweep says so far; takes a moment, so not on the UI thread.

    Args:
        board: the sweep.
        confirm: the key that trains the best again with fresh seeds.
        explained: what explains the differences among trials; None: that is not known (yet).
    """
    first, *others = verdict_words(board, confirm=confirm)
    paragraphs = [(first, Role.TITLE), *((words, Role.PLAIN) for words in others)]
    if explained is not None:
        paragraphs.append((" ".join(importance_words(explained, board.spec.keys)), Role.PLAIN))
    runs = [run for trial in board.trials for run in trial.runs]
    shared = sum(bool(run.shares) for run in runs)
    if shared:
        of = counted(len(runs), "run")
        words = f"{shared:,} of {of} share the training of another, which changes no digit."
        paragraphs.append((words, Role.MUTED))
    return Answer(tuple(paragraphs))


def answer_lines(answer: Answer, width: int) -> list[list[tuple[str, Role]]]:
    """Return the paragraphs as lines of at most ``width`` cells, a blank one between two."""
    lines: list[list[tuple[str, Role]]] = []
    for text, role in answer.paragraphs:
        if lines:
            lines.append([])
        lines += [[(line, role)] for line in textwrap.wrap(text, max(width, 8))]
    return lines


def draw_answer(answer: Answer, top: int, width: int, height: int) -> Cells:
    """Return a window of the answer's lines, ``top`` of which are above it."""
    return text_cells(answer_lines(answer, width)[top : top + height], width, height)
