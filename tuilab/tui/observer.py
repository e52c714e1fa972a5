"""Watches run folders from a thread of its own and posts what is new.

By polling: inotify does not see what another host writes to a home on NFS. Each look at a
journal reads only what came since the last one.
"""

import threading
import time
from collections.abc import Callable
from itertools import islice

from textual.message import Message

from tuilab.errors import TuilabError
from tuilab.runs.journal import JournalReader
from tuilab.runs.records import LAST
from tuilab.tui.messages import Metered, RunGrew, RunLost, RunsListed
from tuilab.tui.meters import read_meters
from tuilab.tui.run_source import RunSource

LOOK_SECONDS = 0.25
LIST_SECONDS = 2.0
METER_SECONDS = 2.0
_MOST_ENTRIES = 2_000
"""Entries in a message: a long journal comes in pieces, so that keys are answered between them."""


class _Followed:
    def __init__(self, reader: JournalReader) -> None:
        self.reader = reader
        self.over = False
        """Whether its last record was read, or it cannot be read on."""


class Observer:
    """Follows journals, lists the store, reads the machine's meters while something trains."""

    def __init__(self, source: RunSource, post: Callable[[Message], object], *, slower: float = 1.0) -> None:
        """Prepare; ``start`` begins.

        Args:
            source: the runs.
            post: takes a message from any thread.
            slower: factor on all intervals (low bandwidth).
        """
        self._source, self._post, self._slower = source, post, slower
        self._followed: dict[str, _Followed] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = False
        self._known: tuple[str, ...] | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._watch, name="tuilab-observer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; does not wait."""
        self._ended = True
        self._wake.set()

    def follow(self, run_id: str) -> None:
        """Read a run's journal, from its beginning, and go on until its last record."""
        with self._lock:
            if run_id not in self._followed:
                self._followed[run_id] = _Followed(self._source.reader(run_id))
        self._wake.set()

    def forget(self, run_id: str) -> None:
        """Follow a run no more."""
        with self._lock:
            self._followed.pop(run_id, None)

    def look_again(self) -> None:
        """Look now instead of when it is time."""
        self._wake.set()

    def _watch(self) -> None:
        list_at = meter_at = 0.0
        while not self._ended:
            now = time.monotonic()
            active = [(i, f) for i, f in self._snapshot() if not f.over]
            for run_id, followed in active:
                self._read(run_id, followed)
            if now >= list_at:
                list_at = now + LIST_SECONDS * self._slower
                self._list()
            active = [(i, f) for i, f in active if not f.over]
            if active and now >= meter_at:
                meter_at = now + METER_SECONDS * self._slower
                self._post(Metered(read_meters()))
            self._wake.wait(LOOK_SECONDS * self._slower if active else LIST_SECONDS)
            self._wake.clear()

    def _snapshot(self) -> list[tuple[str, _Followed]]:
        with self._lock:
            return list(self._followed.items())

    def _read(self, run_id: str, followed: _Followed) -> None:
        # asked before reading: what a worker wrote before it ended is read after
        gone = self._source.gone(run_id)
        try:
            entries = iter(followed.reader.read())
        except OSError as error:
            followed.over = True
            self._post(RunLost(run_id, f"its journal cannot be read: {error.strerror or error}"))
            return
        while piece := list(islice(entries, _MOST_ENTRIES)):
            # a run that is resumed begins again after its last record: it is followed again when it is shown
            followed.over = isinstance(piece[-1].record, LAST)
            self._post(RunGrew(run_id, piece))
        if followed.reader.damage is not None:
            followed.over = True
            self._post(RunLost(run_id, followed.reader.damage.reason))
        elif gone and not followed.over:
            followed.over = True
            self._post(RunLost(run_id, gone))

    def _list(self) -> None:
        try:
            ids, problem = self._source.run_ids(), ""
        except TuilabError as error:
            ids, problem = self._known or (), error.sentence
        if ids != self._known or problem != self._problem:
            self._known, self._problem = ids, problem
            self._post(RunsListed(ids, problem))
