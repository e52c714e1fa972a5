"""Runs, from the app's side: started, followed, shown, stopped. All of it on the UI thread but for disks."""

from typing import TYPE_CHECKING, Protocol

from tuilab.runs.journal.records import Resumed
from tuilab.runs.queue.changes import drop
from tuilab.runs.state import AT_WORK, UNDER_WAY
from tuilab.runs.store import Run
from tuilab.runs.summary import Summary
from tuilab.runs.trash import KEEP_SECONDS, empty_trash
from tuilab.terminal import clean
from tuilab.tui.background import Background
from tuilab.tui.messages import RunGrew, RunLost, RunsListed, RunUnreachable
from tuilab.tui.observer import Observer
from tuilab.tui.protocols import HasSession
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.run_source import FOLDER_GONE, RunSource
from tuilab.tui.session import while_away
from tuilab.tui.session.while_away import WhileAway
from tuilab.tui.tick import Tick, Timers
from tuilab.tui.trainings import Trainings, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.message import Message

    from tuilab.lab.plan import Step

_STAND_BY_AFTER = 1.0
"""Seconds from the lab being there to the worker that is kept ready: the first keys are answered first."""

_FIRST_PIECE, _PIECE = 25, 1000
"""Runs read at once: first what a screen shows, then more, because the index is written once a piece."""


class App(while_away.App, HasSession, Timers, Protocol):
    """What this needs of the app."""

    @property
    def background(self) -> Background:
        """Does work off the UI thread."""
        ...

    def key_of(self, id: str) -> str:
        """Return the first key of a binding, as a person has it."""
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

    def __init__(self, app: App, source: RunSource, devices: "Sequence[str]", *, slower: float) -> None:
        self._app, self._source = app, source
        self._observer = Observer(source, app.post_message, slower=slower)
        self.trainings = Trainings(source, self.book, app.background, began=self._began, say=app.say)
        self.trainings.devices = tuple(devices)
        self._while_away = WhileAway(app, self.book, self.trainings)
        self._expected: set[str] = set()
        self.shown_before: str | None = None
        """The run that was shown when the app was last left."""
        self._stands_by = False
        """Whether a worker was asked to stand by since the last run began."""
        self._tick = Tick(app, self._take_news)

    @property
    def book(self) -> RunBook:
        """The runs."""
        return self._app.session.book

    def open(self) -> None:
        """Begin to watch the store."""
        self._while_away.open()
        self._observer.start()
        self._app.background.run(lambda: empty_trash(KEEP_SECONDS))

    def close(self) -> None:
        """Watch no more."""
        self._observer.stop()
        self._source.close()

    def _stand_by(self) -> None:
        """Have a worker load for the next run, once after each run that began, where it holds up no other."""
        training = self.book.training
        next_soon = self.trainings.waiting and all(run.summary.epochs for run in training)
        if not self._stands_by and (not training or next_soon):
            self._stands_by = True
            self._app.background.run(self._source.stand_by)

    # What the observer says

    def listed(self, message: RunsListed) -> None:
        """Take the store's list: read what is new, forget what is gone."""
        self._tick.now()
        if message.problem:
            self._app.say(message.problem, severity="error")
        there = set(message.run_ids)
        for run in self.book.runs:
            if run.id not in there and run.id not in self._expected:
                self._take_away(run)
        self._expected -= there
        new = [i for i in message.run_ids if self.book.find(i) is None and i not in self.book.damaged]
        first = not self.book.listed
        self._read(new, first)

    def _take_away(self, run: BookedRun) -> None:
        """Forget a run whose folder is gone."""
        self._observer.forget(run.id)
        self._expected.discard(run.id)
        shown = self.book.shown == run.id
        self.book.remove(run.id)
        if shown:
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
        self._tell(())
        if first:
            self._app.call_after_refresh(self._app.settle)
            self._app.set_timer(_STAND_BY_AFTER, self._stand_by)

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
            for entry in message.entries:
                if entry.seq > known and isinstance(entry.record, Resumed):
                    self._tell_resumed(run, entry.record)
            if run.summary.state != state:
                changed = True
                if state in UNDER_WAY:
                    self._tell_end(run)
        self._tell(grown, changed=changed)

    def _tell(self, run_ids: "Iterable[str]", *, changed: bool = True) -> None:
        """Have panes and title say how runs are now, in one frame.

        Args:
            run_ids: runs of which there is news.
            changed: whether a run has another state, so that others may start.
        """
        self._app.lab_screen.tell_runs_grew(frozenset(run_ids))
        if changed:
            self.follow_wanted()
            self.trainings.advance()
            self._app.lab_screen.tell_runs_changed()
            self._while_away.note()
        self._app.refresh_title()
        self._app.lab_screen.paint_together()
        if run_ids:
            self._stand_by()

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
        self._tell({run.id})

    def lost(self, message: RunLost) -> None:
        """A run's worker is gone, or its journal is damaged."""
        self._tick.now()
        run = self.book.find(message.run_id)
        if run is None:
            return
        if message.reason == FOLDER_GONE:
            self._take_away(run)
            self._tell(())
            return
        before = run.summary.state
        run.lose(message.reason)
        if run.summary.state != before:
            self._app.say(f"{run.id} was interrupted: {message.reason}", severity="error")
        self._tell({run.id})

    def _tell_resumed(self, run: BookedRun, record: Resumed) -> None:
        if not record.checkpoint:
            self._app.say(f"{run.called} starts over: it has no checkpoint to resume from")
            return
        step = f" and {record.step} steps" if record.step else ""
        epochs = "1 epoch" if record.epoch == 1 else f"{record.epoch} epochs"
        self._app.say(f"{run.called} resumed after {epochs}{step}")

    def _tell_end(self, run: BookedRun) -> None:
        summary, name = run.summary, run.called
        if summary.state == "done" and summary.evaluated is not None:
            self._app.say(f"{name} is done: test accuracy {summary.evaluated.test_accuracy:.4f}")
        elif summary.state == "stopped":
            whole = len(summary.epochs)
            key = self._app.key_of("run.resume")
            self._app.say(
                f"{name} stopped after {whole} whole epoch{'' if whole == 1 else 's'}; {key} resumes it"
            )
        elif summary.state == "failed":
            self._app.say(f"{name} failed: {clean(summary.reason, limit=300)}", severity="error")

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
        """Follow what trains, what is shown and marked, and their parents; expect what may go on."""
        # what was not heard of may be heard of again
        wanted = [run.id for run in self.book.runs if run.trains or run.summary.state == "unreachable"]
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

    def start_draft(self) -> None:
        """Plan the draft's run, its parents first, check its images and weights, and queue it."""
        from tuilab.lab.plan import plan
        from tuilab.lab.preflight import check_inputs
        from tuilab.tui.run_steps import fork_step

        draft = self._app.session.draft
        preset, settings, fork, experiment = draft.preset.name, draft.settings, draft.fork, draft.experiment
        called = f"the {fork.words}" if fork else preset

        def planned() -> "list[Step]":
            steps: list[Step] = [fork_step(fork, experiment)] if fork else plan(preset, [], settings)
            for step in steps:
                check_inputs(step.experiment)
            return steps

        self._app.background.run(planned, lambda steps: self.enqueue(steps, called))

    def enqueue(self, steps: "Sequence[Step]", called: str) -> None:
        """Put steps into the queue; where every device is busy, say that ``called`` waits its turn."""
        for step in steps:
            for note in step.notes:
                self._app.say(note)
        self.trainings.add(steps)
        waits = any(waiting.step is steps[0] and not waiting.starts for waiting in self.trainings.queue)
        if waits and not steps[0].after:
            self._app.say(f"{called} is queued: every device is busy ({len(self.trainings.queue)} waiting)")
        self._while_away.note()
        self._app.refresh_title()

    def waits(self, run_id: str) -> bool:
        """Return whether a run waits in the queue to be resumed."""
        return self.trainings.waits(run_id)

    def _began(self, run: Run) -> None:
        self._stands_by = False
        if self.book.resume(run.id) is None:
            manifest, experiment = run.manifest(), run.experiment()
            self._expected.add(run.id)
            self.book.add([BookedRun(Summary(run, manifest), experiment)])
        self._observer.resume(run.id)
        self.show(run.id)
        self._app.lab_screen.tell_runs_changed()
        self._while_away.note()

    def stop_shown(self) -> None:
        """Stop the shown run, else the only one that trains, else what waits."""
        shown = self.book.find(self.book.shown)
        training = self.book.training
        if shown is not None and shown.trains:
            self.stop(shown.id)
        elif shown is not None and self.trainings.waits(shown.id):
            self._take_out(next(w for w in self.trainings.queue if w.step.run == shown.run))
        elif shown is not None and shown.summary.state == "queued":
            self._drop_queued(shown)
        elif len(training) == 1:
            self.stop(training[0].id)
        elif training:
            self._app.say(
                "several runs are training: show one of them from the results, then stop it",
                severity="warning",
            )
        elif self.trainings.queue:
            self._take_out(self.trainings.queue[-1])
        else:
            start = self._app.key_of("run.start")
            self._app.say(f"nothing is training; {start} starts the experiment in the network pane")

    def _drop_queued(self, run: BookedRun) -> None:
        """Take a run out of the queue of the store; one that was never trained vanishes."""

        def dropped(_: object) -> None:
            run.summary.worker = AT_WORK
            self._app.say(f"{run.called} was taken out of the queue")
            self._tell({run.id})

        self._app.background.run(lambda: drop(run.run), dropped)

    def _take_out(self, waiting: Waiting) -> None:
        self.trainings.drop(waiting)
        self._app.say(f"{waiting.preset} was removed from the queue")
        self._while_away.note()
        self._app.refresh_title()

    def stop(self, run_id: str) -> None:
        """Stop a run at its next batch."""
        self.trainings.stop(run_id)
        self._app.say(f"{run_id} will stop at its next batch, with a checkpoint")
