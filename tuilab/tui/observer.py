"""Watches run folders from a thread of its own and posts what is new.

By polling: inotify does not see what another host writes to a home on NFS. Each look at a
journal reads only what came since the last one.
"""

import threading
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import assert_never

from textual.message import Message

from tuilab.errors import TuilabError
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import LAST
from tuilab.tui.messages import Metered, RunGrew, RunLost, RunsListed, RunUnreachable
from tuilab.tui.meters import Reading
from tuilab.tui.queue_watch import QueueWatch
from tuilab.tui.run_source import RunSource
from tuilab.tui.surroundings import USUAL, Pace

_MOST_ENTRIES = 2_000
"""Entries in a message: a long journal comes in pieces, so that keys are answered between them."""


class _Followed:
    def __init__(self, reader: JournalReader, damaged_size: int | None = None) -> None:
        self.reader = reader
        self.over = False
        """Whether its last record was read, or it cannot be read on."""
        self.unreachable = ""
        """Why nobody knows whether its worker still works; empty if that is known."""
        self.damaged_size = damaged_size
        """How long the journal was when it was damaged: its worker cuts that off before it continues."""


class Observer:
    """Follows journals, lists the store, reads the machine's meters while something trains."""

    def __init__(
        self,
        source: RunSource,
        post: Callable[[Message], object],
        meters: Callable[[], Reading],
        pace: Pace = USUAL,
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            source: the runs.
            post: takes a message from any thread.
            meters: says what the machine is at.
            pace: how often to look.
        """
        self._source, self._post, self._meters, self._pace = source, post, meters, pace
        self._followed: dict[str, _Followed] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = False
        self._expected: tuple[str, ...] = ()
        self._sizes: dict[str, int] = {}
        """Of the journals of those, when they were looked at last."""
        self._known: tuple[str, ...] | None = None
        self._problem = ""
        self._queue = QueueWatch(source.queue, post, interval=pace.list)
        self._thread = threading.Thread(target=self._watch, name="tuilab-observer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; does not wait."""
        self._ended = True
        self._wake.set()

    def follow(self, run_id: str) -> None:
        """Read a run's journal, from its beginning, and continue until its last record."""
        with self._lock:
            if run_id not in self._followed:
                self._followed[run_id] = _Followed(self._source.reader(run_id))
        self._wake.set()

    def resume(self, run_id: str) -> None:
        """Follow a run beyond its last record: its worker was started again."""
        with self._lock:
            self._resume(run_id)
        self._wake.set()

    def expect(self, run_ids: Iterable[str]) -> None:
        """Look now and then whether the journals of these runs, which ended early, continue."""
        self._expected = tuple(run_ids)

    def expect_queued(self, run_ids: Iterable[str]) -> None:
        """Say what becomes of these runs, which wait in the queue as far as the app knows."""
        self._queue.expected = frozenset(run_ids)

    def forget(self, run_id: str) -> None:
        """Stop following a run."""
        with self._lock:
            self._followed.pop(run_id, None)

    def look_at_queue(self) -> None:
        """Look at the queue now instead of when it is time."""
        self._queue.ask()
        self._wake.set()

    def _watch(self) -> None:
        list_at = meter_at = 0.0
        while not self._ended:
            now = time.monotonic()
            if self._queue.look(now):
                list_at = 0.0  # a run may have come, or gone
            active = [(i, f) for i, f in self._snapshot() if not f.over]
            for run_id, followed in active:
                self._read(run_id, followed)
            if now >= list_at:
                list_at = now + self._pace.list
                self._list()
                self._look_at_expected()
            training = any(not f.over and not f.unreachable for _, f in active)
            if training and now >= meter_at:
                meter_at = now + self._pace.meter
                self._post(Metered(self._meters()))
            self._wake.wait(self._pace.look if training else self._pace.list)
            self._wake.clear()

    def _snapshot(self) -> list[tuple[str, _Followed]]:
        with self._lock:
            return list(self._followed.items())

    def _resume(self, run_id: str) -> None:
        followed = self._followed.get(run_id)
        if followed is not None and followed.reader.damage is None:
            followed.over = False
            return
        damaged_size = self._source.journal_size(run_id) if followed is not None else None
        self._followed[run_id] = _Followed(self._source.reader(run_id), damaged_size)

    def _look_at_expected(self) -> None:
        expected = self._expected
        for gone in self._sizes.keys() - set(expected):
            del self._sizes[gone]
        for run_id in expected:
            size = self._source.journal_size(run_id)
            if self._sizes.setdefault(run_id, size) != size:
                self._sizes[run_id] = size
                with self._lock:
                    self._resume(run_id)
                self._wake.set()

    def _read(self, run_id: str, followed: _Followed) -> None:
        # asked before reading: what a worker wrote before it ended is read after
        word = self._source.word_of(run_id)
        if followed.damaged_size is not None:
            if word.state != "gone" and self._source.journal_size(run_id) == followed.damaged_size:
                return
            followed.damaged_size = None
        try:
            entries = iter(followed.reader.read())
        except OSError as error:
            followed.over = True
            self._post(RunLost(run_id, f"its journal cannot be read: {error.strerror or error}"))
            return
        piece = list(islice(entries, _MOST_ENTRIES))
        while piece:
            followed.over = isinstance(piece[-1].record, LAST)
            following = list(islice(entries, _MOST_ENTRIES))
            self._post(RunGrew(run_id, piece, more=bool(following)))
            piece = following
        if followed.reader.damage is not None:
            followed.over = True
            self._post(RunLost(run_id, followed.reader.damage.reason))
            return
        match word.state:
            case "gone":
                if not followed.over:
                    followed.over = True
                    self._post(RunLost(run_id, word.reason))
            case "unreachable":
                self._tell_unreachable(run_id, followed, word.reason)
            case "works":
                self._tell_unreachable(run_id, followed, "")
            case _:
                assert_never(word.state)

    def _tell_unreachable(self, run_id: str, followed: _Followed, reason: str) -> None:
        if reason != followed.unreachable and not followed.over:
            followed.unreachable = reason
            self._post(RunUnreachable(run_id, reason))

    def _list(self) -> None:
        try:
            ids, problem = self._source.run_ids(), ""
        except TuilabError as error:
            ids, problem = self._known or (), error.sentence
        if ids != self._known or problem != self._problem or self._source.undecided(ids):
            self._known, self._problem = ids, problem
            self._post(RunsListed(ids, problem))
