"""What came of a sweep in words, kept beside its board: of ten thousand trials they take half a second."""

import contextlib
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from tuilab import __version__
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.sweeps.board import Board
from tuilab.sweeps.ranking import Ranking
from tuilab.terminal import clean

MOST_RANKED = 10
"""Points of the ranking."""
_MOST_BYTES = 1 << 20
_MOST_CHARACTERS = 20_000
"""Of a paragraph."""


class Answer(BaseModel):
    """What is said of a sweep."""

    model_config = ConfigDict(frozen=True)

    words: list[str]
    """The paragraphs of ``sweeps.verdict_text.verdict_words``."""
    ranking: Ranking
    """The best points."""
    explained: list[str]
    """How much each setting explains; empty before a trial is done."""


class _Kept(Answer):
    of: str
    """What names the board, and the version that spoke of it."""


def answer(board: Board) -> Answer:
    """Return what was kept of the same board, else work it out; kept where nothing is under way."""
    sweep = SweepFolder(folders.folder() / board.spec.name)
    of = _digest(sweep)
    if (kept := _kept(sweep, of)) is not None:
        return kept
    from tuilab.lab.sweeps.importance import importance
    from tuilab.sweeps.importance import importance_words
    from tuilab.sweeps.ranking import ranking
    from tuilab.sweeps.verdict_text import verdict_words

    best = ranking(board, MOST_RANKED)
    told = importance_words(importance(board, sweep.importance_file), board.spec.keys) if board.ranked else []
    said = Answer(words=verdict_words(board), ranking=best, explained=[" ".join(told)] if told else [])
    # what was read may be older than what is there now
    if of is not None and (board.over or board.stopped) and of == _digest(sweep):
        with contextlib.suppress(OSError):  # then the next one works it out again
            text = _Kept(of=of, **said.model_dump()).model_dump_json()
            write_whole(sweep.answer_file, text + "\n", links=False)
    return said


def _digest(sweep: SweepFolder) -> str | None:
    """Return what names a board and the version that speaks of it; None for one that cannot be read."""
    try:
        content = sweep.board_file.read_bytes()
    except OSError:
        return None
    return sha256(__version__.encode() + b"\0" + content).hexdigest()


def _kept(sweep: SweepFolder, of: str | None) -> Answer | None:
    if of is None:
        return None
    try:
        held = _Kept.model_validate_json(read_regular(sweep.answer_file, _MOST_BYTES))
    except (OSError, ValueError):
        return None
    if held.of != of:
        return None
    words, explained = (
        [clean(text, limit=_MOST_CHARACTERS) for text in part] for part in (held.words, held.explained)
    )
    return Answer(words=words, ranking=held.ranking, explained=explained)
