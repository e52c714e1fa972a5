"""What panes tell the lab, and what the background tells the app. Small, without widgets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuilab.lab.queue.standing import Standing
    from tuilab.runs.journal.reader import Entry
    from tuilab.tui.meters import Reading
    from tuilab.tui.queue_source import Left


class DraftChanged(Message):
    """The draft (``session.draft``) was changed by a pane; the lab tells all panes."""


class BookChanged(Message):
    """The book of runs (``session.book``) was changed by a pane: a mark, a name; the lab tells all panes."""


@dataclass
class ShowRun(Message):
    """A person wants this run's curves; ``go``: to look at them, where one pane fills the screen."""

    run_id: str
    go: bool = False


@dataclass
class RunGrew(Message):
    """New entries of a run's journal were read; a journal's first batch begins with entry 0.

    ``more``: further entries of the same look come with the next message.
    """

    run_id: str
    entries: "list[Entry]"
    more: bool = False


@dataclass
class RunLost(Message):
    """A run's worker is gone without a last record, or its journal cannot be read on."""

    run_id: str
    reason: str


@dataclass
class RunUnreachable(Message):
    """Whether a run's worker, on another host, still works is not known; without a reason: it does again."""

    run_id: str
    reason: str


@dataclass
class RunsListed(Message):
    """The store was listed: these runs are there, oldest first."""

    run_ids: tuple[str, ...]
    problem: str = ""


@dataclass
class QueueListed(Message):
    """The queue changed: how it stands with what waits, in order, and what became of what left it."""

    standings: "tuple[Standing, ...]"
    left: "Mapping[str, Left]"
    problem: str = ""


@dataclass
class Metered(Message):
    """What the machine's processors and memory are at."""

    reading: "Reading"
