"""Runs, from the app's side: listed, followed, shown. All of it on the UI thread but for disks."""

from typing import TYPE_CHECKING, Protocol

from tuilab.runs.journal.records import Resumed
from tuilab.runs.state import UNDER_WAY
from tuilab.runs.trash import KEEP_SECONDS, empty_trash
from tuilab.terminal import clean
from tuilab.tui import run_queue
from tuilab.tui.background import Background
from tuilab.tui.messages import QueueListed, RunGrew, RunLost, RunsListed, RunUnreachable
from tuilab.tui.observer import Observer
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.run_queue import RunQueue
from tuilab.tui.run_reports import end_text, resumed_text
from tuilab.tui.run_source import FOLDER_GONE, RunSource
from tuilab.tui.run_stopping import RunStopping
from tuilab.tui.session import while_away
from tuilab.tui.session.while_away import WhileAway
from tuilab.tui.tick import Tick, Timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.message import Message

_FIRST_PIECE, _PIECE = 25, 1000
"""Runs read at once: first what a screen shows, then more, because the index is written once a piece."""


class App(run_queue.App, while_away.App, Timers, Protocol):
    """What this needs of the app."""

    @property
    def background(self) -> Background:
        """Does work off the UI thread."""
        ...

    def post_message(self, message: "Message") -> bool:
        """Have a message dealt with; from any thread."""
        ...

    def call_after_refresh(self, callback: "Callable[[], None]") -> bool:
        """Have something called once the screen is painted."""
        ...

    def refresh_title(self) -> None:
        """Have the first line say how things are now."""

    def settle(self) -> None:
        """All runs are known: what is in memory now will stay."""


class RunControl:
    """Keeps the book of runs, and what follows from it on the screen."""

    def __init__(self, app: App, source: RunSource) -> None:
        self._app, self._source = app, source
        session = app.session
        pace = session.surroundings.pace(session.low_bandwidth)
        self._observer = Observer(source, app.post_message, session.surroundings.meters, pace)
        self.queue = RunQueue(app, source.queue, self)
        self.sweeps, self.looks = source.sweeps, source.looks
        """Asked off the UI thread only."""
        self.stopping = RunStopping(app, source, self.queue)
        self._while_away = WhileAway(app, self.book, source.queue)
        self._expected: set[str] = set()
        self.shown_before: str | None = None
        """The run that was shown when the app was last left."""
        self._tick = Tick(app, self._take_news, pace)

    @property
    def book(self) -> RunBook:
        """The runs."""
        return self._app.session.book

    def open(self) -> None:
        """Begin to watch the store."""
        self._while_away.open()
        self._observer.start()
        self._app.background.run(self._source.queue.open)
        self._app.background.run(lambda: empty_trash(KEEP_SECONDS))

    def close(self) -> None:
        """Watch no more."""
        self._observer.stop()
        self._app.background.run(self._source.queue.close)

    # What the observer says

    def listed(self, message: RunsListed) -> None:
        """Take the store's list: read what is new, forget what is gone."""
        self._tick.now()
        if message.problem:
            self._app.say(message.problem, severity="error")
        there = set(message.run_ids)
        for run in self.book.runs:
            if run.id not in there and run.id not in self._expected:
                self.take_away(run)
        self._expected -= there
        new = [i for i in message.run_ids if self.book.find(i) is None and i not in self.book.damaged]
        first = not self.book.listed
        self._read(new, first)

    def take_away(self, run: BookedRun, *, expected: bool = False) -> None:
        """Forget a run whose folder is gone; ``expected``: because somebody here wanted that."""
        self._observer.forget(run.id)
        self._expected.discard(run.id)
        shown = self.book.shown == run.id
        self.book.remove(run.id)
        if shown and expected:
            if self.book.runs:
                self.show(self.book.runs[-1].id)
        elif shown:
            self._app.say(f"the folder of {run.id}, the run shown, is gone", severity="warning")
            self._app.lab_screen.tell_shown_changed()

    def _read(self, ids: list[str], first: bool, most: int = _FIRST_PIECE) -> None:
        # newest first: they are what a person looks for
        piece, rest = ids[-most:], ids[:-most]

        def read(result: tuple[list[BookedRun], dict[str, str]]) -> None:
            booked, damaged = result
            for run in booked:  # one that comes back is read from its beginning
                if self.book.find(run.id) is None:
                    self._observer.forget(run.id)
            self.book.add(booked)
            self.book.damaged |= damaged
            if rest:
                self._read(rest, first, _PIECE)
            else:
                self._all_read(first)

        self._app.background.run(lambda: self._source.load(piece), read)

    def _all_read(self, first: bool) -> None:
        self.book.listed = True
        if first:
            training = self.book.training
            self._while_away.tell()
            self.book.marked = [run_id for run_id in self.book.marked if self.book.find(run_id)]
            if self.book.shown is None and self.book.runs:
                before = self.book.find(self.shown_before)
                self.show((before or (training or self.book.runs)[-1]).id)
        self.tell(())
        if first:
            self._app.call_after_refresh(self._app.settle)

    def grew(self, message: RunGrew) -> None:
        """Take new entries of a run's journal: a past that was asked for at once, news at the next tick."""
        run = self.book.find(message.run_id)
        past = message.entries[0].seq == 0 or (run is not None and run.reading is not None)
        if message.more and message.entries[0].seq == 0:
            self._tick.now()  # what is held is older
        if not self.book.read_aside(message.run_id, message.entries, more=message.more):
            self._tick.hold(message)
            if past:
                self._tick.now()

    def _take_news(self, messages: "Sequence[RunGrew]") -> None:
        """Let the book grow by all that came, then tell the panes, all of them and once."""
        grown: set[str] = set()
        changed = False
        for message in messages:
            before = self.book.find(message.run_id)
            state, known = (before.summary.state, before.summary.seq) if before else (None, -1)
            run = self.book.grow(message.run_id, message.entries)
            if run is None:
                continue
            grown.add(run.id)
            told = run.id in self.book.told_elsewhere
            for entry in message.entries:
                if entry.seq > known and isinstance(entry.record, Resumed) and not told:
                    self._app.say(resumed_text(run, entry.record))
            if run.summary.state != state:
                changed = True
                ended = end_text(run, self._app.key_of("run.resume")) if state in UNDER_WAY else None
                if ended is not None and not told:
                    self._app.say(*ended)
        self.tell(grown, changed=changed)
        if changed:
            self.look_at_queue()  # a device may be free, a parent done

    def tell(self, run_ids: "Iterable[str]", *, changed: bool = True) -> None:
        """Have panes and title say how runs are now, in one frame.

        Args:
            run_ids: runs of which there is news.
            changed: whether a run has another state.
        """
        self._app.lab_screen.tell_runs_grew(frozenset(run_ids))
        if changed:
            self.follow_wanted()
            self._app.lab_screen.tell_runs_changed()
            self._while_away.note()
        self._app.refresh_title()
        self._app.lab_screen.paint_together()

    def unreachable(self, message: RunUnreachable) -> None:
        """A run's worker on another host fell silent, or is responding again."""
        self._tick.now()
        run = self.book.find(message.run_id)
        if run is None:
            return
        summary = run.summary
        if message.reason and summary.state in UNDER_WAY:
            summary.unreachable(message.reason)
            self._app.say(f"{run.called} cannot be reached: {message.reason}", severity="warning")
        elif not message.reason and summary.state == "unreachable":
            summary.reachable()
            self._app.say(f"{run.called} is responding again")
        else:
            return
        self.tell({run.id})

    def lost(self, message: RunLost) -> None:
        """A run's worker is gone, or its journal is damaged."""
        self._tick.now()
        run = self.book.find(message.run_id)
        if run is None:
            return
        if message.reason == FOLDER_GONE:
            self.take_away(run)
            self.tell(())
            return
        before = run.summary.state
        run.lose(message.reason)
        if run.summary.state != before:
            self._app.say(f"{run.id} was interrupted: {message.reason}", severity="error")
        self.tell({run.id})

    # What a person wants

    def show(self, run_id: str) -> None:
        """Show a run's curves."""
        if self.book.find(run_id) is None:
            self._app.say(f"run {clean(run_id, limit=80)} no longer exists", severity="warning")
            return
        self.book.shown = run_id
        self.follow_wanted()
        self._app.lab_screen.tell_shown_changed()
        self._app.refresh_title()

    def follow(self, run_id: str) -> None:
        """Have a run's whole journal read, and read on while it grows."""
        self._observer.follow(run_id)

    def follow_wanted(self) -> None:
        """Follow what trains, what is shown and marked, and their parents; expect what may continue."""
        # what was not heard of may be heard of again
        wanted = [run.id for run in self.book.runs if run.trains or run.summary.state == "unreachable"]
        self._observer.expect_queued(run.id for run in self.book.queued)
        self._observer.expect(
            run.id
            for run in self.book.runs
            if run.summary.resumable or run.summary.state == "queued" or run.lost
        )
        for run_id in [self.book.shown, *self.book.marked]:
            run = self.book.find(run_id)
            parent = self.book.parent_of(run) if run else None
            wanted += [known.id for known in (run, parent) if known]
        for run_id in wanted:
            self._observer.follow(run_id)

    # For the queue

    def admit(self, runs: "Sequence[BookedRun]") -> None:
        """Take runs into the book that were queued just now, and have the queue looked at."""
        for run in runs:
            known = self.book.find(run.id)
            if known is not None:
                known.lost = ""
                known.summary.queued()
            else:
                self._expected.add(run.id)
                self.book.add([run])
        self.tell({run.id for run in runs})
        self.look_at_queue()

    def begun(self, run_id: str) -> None:
        """A worker took a run: follow it."""
        self._observer.resume(run_id)

    def look_at_queue(self) -> None:
        """Have the queue looked at now."""
        self._observer.look_at_queue()

    def queue_listed(self, message: QueueListed) -> None:
        """The queue is another."""
        self._tick.now()
        self.queue.listed(message)
