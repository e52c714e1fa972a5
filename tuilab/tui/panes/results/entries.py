"""The book's runs as rows with their texts, each worked out again only when its run has changed."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rich.cells import cell_len

from tuilab import presets
from tuilab.experiment import Experiment
from tuilab.results.changes import Origin
from tuilab.results.columns import IN_APP
from tuilab.results.foreseen import foreseen
from tuilab.results.row_filter import haystack
from tuilab.results.rows import Fixed, Row, fixed, row
from tuilab.runs.summary import Summary
from tuilab.tui.panes.results.roles import role
from tuilab.tui.queue_words import state_text
from tuilab.tui.run_book import BookedRun, RunBook


@dataclass(frozen=True)
class Snapshot:
    """All that a row is made of, as it was at one moment: safe to hand to another thread.

    Attributes:
        stamp: another one as soon as the row would be another.
        summary: a copy that does not grow.
        part: what of the row is known already; None the first time.
        foreseen: what is known of it before its worker says so.
        queued: its state where it waits in the queue, with its place there; else empty.
    """

    run_id: str
    stamp: tuple[Any, ...]
    summary: Summary
    experiment: Experiment
    origin: Origin | None
    part: Fixed | None
    foreseen: Mapping[str, Any]
    queued: str = ""


@dataclass(frozen=True)
class Entry:
    """A row and what is drawn of it.

    Attributes:
        texts: a cell for each of ``IN_APP``.
        widths: how many columns of the terminal each takes.
        roles: the component class of each; empty: plain.
        words: where the filter looks for words.
    """

    stamp: tuple[Any, ...]
    part: Fixed
    row: Row
    texts: tuple[str, ...]
    widths: tuple[int, ...]
    roles: tuple[str, ...]
    words: str


def work_out(snapshots: Iterable[Snapshot], known: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return the entries of runs, oldest first. The first time reads presets: work for the background.

    Args:
        snapshots: oldest first, so that a run's parent comes before it.
        known: entries from before, where parents are found that did not change.
    """
    done: dict[str, Entry] = {}
    find = cache(presets.find)
    for snapshot in snapshots:
        part = snapshot.part or fixed(snapshot.experiment, snapshot.summary.manifest, snapshot.origin, find)
        parent = snapshot.summary.manifest.parent or ""
        above = done.get(parent) or known.get(parent)
        made = row(
            part,
            snapshot.summary,
            above.row if above and snapshot.origin else None,
            snapshot.foreseen,
        )
        texts = tuple(
            snapshot.queued if snapshot.queued and column.key == "state" else column.text(made.values)
            for column in IN_APP
        )
        roles = tuple(role(made, column) for column in IN_APP)
        done[snapshot.run_id] = Entry(
            snapshot.stamp, part, made, texts, tuple(map(cell_len, texts)), roles, haystack(texts)
        )
    return done


class Entries:
    """Entries by run; kept between redraws."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def get(self, run_id: str) -> Entry | None:
        """Return a run's entry, as it was worked out last."""
        return self._entries.get(run_id)

    def known(self) -> dict[str, Entry]:
        """Return a copy of all entries, safe to hand to another thread."""
        return dict(self._entries)

    def take(self, entries: Mapping[str, Entry]) -> None:
        """Keep what was worked out."""
        self._entries |= entries

    def stale(self, book: RunBook) -> list[Snapshot]:
        """Return what must be worked out (again), oldest first; forget runs that are gone."""
        runs = book.runs
        for gone in self._entries.keys() - {run.id for run in runs}:
            del self._entries[gone]
        stale: list[Snapshot] = []
        changed: set[str] = set()
        for run in runs:
            known, stamp = self._entries.get(run.id), _stamp(book, run, book.parent_of(run))
            # a run's difference to its parent is another one when that is
            if known is None or known.stamp != stamp or run.summary.manifest.parent in changed:
                changed.add(run.id)
                stale.append(_snapshot(book, run, stamp, known))
        return stale

    def refresh(self, book: RunBook, run: BookedRun) -> tuple[Entry, Entry] | None:
        """Work out one run that grew: what it was and what it is; None if nothing changed or it is new."""
        known, parent = self._entries.get(run.id), book.parent_of(run)
        stamp = _stamp(book, run, parent)
        if known is None or known.stamp == stamp:
            return None
        entry = work_out([_snapshot(book, run, stamp, known)], self._entries)[run.id]
        self._entries[run.id] = entry
        return known, entry


def _stamp(book: RunBook, run: BookedRun, parent: BookedRun | None) -> tuple[Any, ...]:
    summary = run.summary
    return (
        summary.state,
        summary.reason,
        summary.seconds,
        len(summary.epochs),
        summary.dataset is None,
        summary.weights is None,
        summary.evaluated is None,
        summary.manifest.name,
        _queued(book, run),
        _foreseen(book, run),
        parent is None,
    )


def _snapshot(book: RunBook, run: BookedRun, stamp: tuple[Any, ...], known: Entry | None) -> Snapshot:
    parent = book.parent_of(run)
    summary = copy.copy(run.summary)
    origin = Origin(parent.summary.manifest, parent.experiment) if parent else None
    # without its parent's settings a run's own list of changes is another
    part = known.part if known and known.stamp[-1] == stamp[-1] else None
    return Snapshot(
        run.id, stamp, summary, run.experiment, origin, part, _foreseen(book, run), _queued(book, run)
    )


def _foreseen(book: RunBook, run: BookedRun) -> Mapping[str, Any]:
    """Return what other runs tell of one whose worker has not said what it reads."""
    if run.summary.dataset and run.summary.weights:
        return {}
    others = ((other.summary, other.experiment) for other in reversed(book.runs) if other is not run)
    return foreseen(run.summary, run.experiment, others)


def _queued(book: RunBook, run: BookedRun) -> str:
    standing = book.standing(run.id)
    return state_text(standing) if standing is not None else ""
