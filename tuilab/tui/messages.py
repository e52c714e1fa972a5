"""What panes tell the lab, and what the background tells the app. Small, frozen, without widgets."""

from dataclasses import dataclass

from textual.message import Message

from tuilab.runs.journal import Entry


class DraftChanged(Message):
    """The draft (``desk.draft``) was changed by a pane; the lab tells all panes."""


class BookChanged(Message):
    """The book of runs (``desk.book``) was changed by a pane: a mark, a name; the lab tells all panes."""


@dataclass
class ShowRun(Message):
    """A person wants this run's curves."""

    run_id: str


class StartRun(Message):
    """A person wants to train the draft."""


@dataclass
class StopRun(Message):
    """A person wants this run stopped."""

    run_id: str


@dataclass
class RunGrew(Message):
    """New entries of a run's journal were read; the first batch begins with entry 0."""

    run_id: str
    entries: list[Entry]


@dataclass
class RunEnded(Message):
    """A run's worker is gone without a last record, or its journal cannot be read on."""

    run_id: str
    reason: str


@dataclass
class RunsListed(Message):
    """The store was listed: these runs are there, oldest first."""

    run_ids: tuple[str, ...]
    problem: str = ""
