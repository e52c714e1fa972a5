"""The session as it was left, and the file that remembers it.

One small file of the person's, ``session.json`` in their folder of states. It is written whole, a few seconds
after a change and when the app ends, whatever ends it; where several apps are open, the last one that
writes is remembered. What it says is checked like any text from outside: the session starts afresh rather
than with something that it does not understand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from tuilab.errors import TuilabError, UsageError
from tuilab.experiment import Experiment
from tuilab.experiment.experiment import Part
from tuilab.experiment.overrides import with_overrides
from tuilab.experiment.sentences import usage_error
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.files.small import read_small
from tuilab.lab.draft import Draft, ForkPoint
from tuilab.runs import store
from tuilab.terminal import clean

VERSION = 1
Word = Annotated[str, StringConstraints(max_length=300)]
Plain = bool | int | float | Annotated[str, StringConstraints(max_length=4096)]
"""What a setting of an experiment can be in a file."""


class Fork(Part):
    """The fork in the network pane."""

    run: Word
    """The id of its parent."""

    label: Word
    """What the parent is called where there is little room."""

    epoch: Annotated[int, Field(ge=0)]
    """The parent's epoch after which it continues."""


class Place(Part):
    """Where in the lessons the person was."""

    lesson: Word
    """The lesson's name."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of its lines that lie above the window: lines differ at a different width."""


class Order(Part):
    """What the table of runs shows."""

    column: Word
    """The key of the column that it is sorted by."""

    descending: bool = True
    """Whether the largest, or newest, comes first."""

    filter: Annotated[str, StringConstraints(max_length=1000)] = ""
    """The words that the person wrote to keep some of the runs."""


class SavedSession(Part):
    """The session as it was left."""

    version: Literal[1] = VERSION
    """Of the file."""

    preset: Word
    """The preset; of a fork the parent's."""

    changes: Annotated[Mapping[Word, Plain | tuple[Plain, ...]], Field(max_length=200)] = {}
    """What differs from the preset on the person's images and weights, or from the fork's parent."""

    fork: Fork | None = None
    """Where the draft continues, if it is a fork."""

    lesson: Place | None = None
    """Where in the lessons the person was."""

    table: Order | None = None
    """What the table of runs shows."""

    pane: Word = "network"
    """The pane in focus."""

    marked: Annotated[tuple[Word, ...], Field(max_length=4)] = ()
    """Ids of marked runs, in the order of marking."""

    shown: Word | None = None
    """The id of the run whose curves were shown."""


def file() -> Path:
    """Return the place of the file, which need not exist."""
    return paths.state() / "desk.json"


def load(path: Path) -> tuple[SavedSession | None, str]:
    """Return what is remembered, None if nothing is, and a sentence where the file cannot be used."""
    try:
        table = json.loads(read_small(path))
        version = table.get("version") if isinstance(table, dict) else None
        if isinstance(version, int) and version != VERSION:
            return None, _afresh(path, "another version of tuilab wrote it")
        return SavedSession.model_validate(table), ""
    except FileNotFoundError:
        return None, ""
    except ValidationError as error:
        why = usage_error(error, SavedSession).sentence
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON
        why = clean(str(error), limit=200)
    return None, _afresh(path, why)


def save(path: Path, saved: SavedSession) -> None:
    """Write it whole, mode 0600; a disk that does not take it leaves what was remembered before."""
    make_private(path.parent)
    write_whole(path, saved.model_dump_json(indent=1) + "\n")


def remember(draft: Draft) -> tuple[dict[str, object], Fork | None]:
    """Return a draft's changes and its fork as a file holds them."""
    fork = draft.fork
    point = Fork(run=fork.run.id, label=fork.label, epoch=fork.epoch) if fork is not None else None
    return draft.changes, point


def restore(draft: Draft, saved: SavedSession) -> str:
    """Restore what is remembered into a draft; return a sentence if not all of it can be restored.

    The draft then stands on the preset, where that is there still.
    """
    try:
        draft.choose(saved.preset)
        if saved.fork is not None:
            _put_fork(draft, saved, saved.fork)
        elif saved.changes:
            draft.change(saved.changes)
    except TuilabError as error:
        return f"the last session could not be restored completely: {error.sentence}"
    finally:
        draft.forget()
    return ""


def _put_fork(draft: Draft, saved: SavedSession, fork: Fork) -> None:
    run = store.find(fork.run)
    if run.id != fork.run:
        raise UsageError(f"the parent of the fork, {clean(fork.run)}, is gone")
    parent: Experiment = run.experiment()
    point = ForkPoint(run, clean(fork.label), fork.epoch, parent)
    draft.load_fork(saved.preset, with_overrides(parent, saved.changes), point)


def _afresh(path: Path, why: str) -> str:
    return f"the saved session in {clean(str(path))} cannot be read: {why}; a fresh one is used"
