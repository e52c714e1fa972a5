"""What a person does with the queue, on the UI thread; the background does it on the disk."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tuilab.errors import MissingError, TuilabError
from tuilab.experiment import Experiment
from tuilab.lab.draft import ForkPoint
from tuilab.lab.fork import Fork, fork_as
from tuilab.lab.queue.taking_out import TakenOut
from tuilab.terminal import clean
from tuilab.tui.background import Background
from tuilab.tui.messages import QueueListed
from tuilab.tui.protocols import HasSession, ShowsMessages
from tuilab.tui.queue_source import Left, QueueSource
from tuilab.tui.queue_words import needs_a_person, place_text, reason_text, taken_out_text
from tuilab.tui.run_book import BookedRun, RunBook


class App(HasSession, ShowsMessages, Protocol):
    """What this needs of the app."""

    @property
    def background(self) -> Background:
        """Does work off the UI thread."""
        ...

    def key_of(self, id: str) -> str:
        """Return the first key of a binding, as a person has it."""
        ...

    def can_undo(self, label: str, undo: Callable[[], None]) -> None:
        """Let something that was done be undone."""


class Runs(Protocol):
    """Keeps the book, follows journals and tells the panes."""

    @property
    def book(self) -> RunBook:
        """The runs."""
        ...

    def admit(self, runs: Sequence[BookedRun]) -> None:
        """Take runs into the book that were queued just now, and have the queue looked at."""

    def begun(self, run_id: str) -> None:
        """A worker took a run: follow it."""

    def take_away(self, run: BookedRun, *, expected: bool = False) -> None:
        """Forget a run whose folder is gone; ``expected``: because somebody here wanted that."""

    def show(self, run_id: str) -> None:
        """Show a run's curves."""

    def tell(self, run_ids: Iterable[str]) -> None:
        """Have panes and title say how runs are now."""

    def look_at_queue(self) -> None:
        """Have the queue looked at now."""


class RunQueue:
    """Queues runs, moves, holds, releases and takes them out."""

    def __init__(self, app: App, source: QueueSource, runs: Runs) -> None:
        """Prepare.

        Args:
            source: the store's queue.
            runs: keeps the book.
        """
        self._app, self._source, self._runs = app, source, runs
        self._ours: dict[str, str] = {}
        """What was queued from here and has not begun, with what it is called."""
        self._to_report: set[str] = set()
        """Of those, the ones of which it was not said yet that they wait."""
        self.pending = 0
        """How many runs are being queued just now."""
        self._problem = ""

    @property
    def book(self) -> RunBook:
        """The runs."""
        return self._runs.book

    # Into the queue

    def start_draft(self) -> None:
        """Plan the draft's run, its parents first, check its images and weights, and queue it."""
        from tuilab.lab.plan import plan
        from tuilab.lab.preflight import check_inputs

        draft = self._app.session.draft
        preset, settings, fork, experiment = draft.preset.name, draft.settings, draft.fork, draft.experiment
        notes: list[str] = []

        def queue() -> list[BookedRun]:
            if fork is not None:
                check_inputs(experiment)
                return self._source.enqueue([_forked(fork, experiment)])
            steps = plan(preset, [], settings)
            for step in steps:
                check_inputs(step.experiment)
                notes.extend(step.notes)
            return self._source.enqueue(steps)

        self.enqueue(queue, f"the {fork.words}" if fork else preset, notes)

    def resume(self, run: BookedRun) -> None:
        """Queue a run that ended early; one that waits already may start again, in its place."""
        from tuilab.lab.preflight import check_inputs

        def queue() -> list[BookedRun]:
            check_inputs(run.experiment)
            return self._source.enqueue_again(run.id)

        self.enqueue(queue, run.called)

    def enqueue(
        self, queue: Callable[[], Sequence[BookedRun]], called: str, notes: Sequence[str] = ()
    ) -> None:
        """Have runs queued in the background, and say what they wait for if they do not start at once.

        Args:
            queue: queues them; parents first.
            called: what a person calls the first of them.
            notes: what a person should be told, once they are queued.
        """

        def attempt() -> "Sequence[BookedRun] | Exception":
            try:
                return queue()
            except Exception as error:  # noqa: BLE001 - handed over to the UI thread, where it is raised again
                return error

        def queued(result: "Sequence[BookedRun] | Exception") -> None:
            self.pending -= 1
            if isinstance(result, Exception):
                self._app.background.fail(result)
                return
            for note in notes:
                self._app.say(note)
            if result:
                self._queued(result, called)

        self.pending += 1
        self._app.background.run(attempt, queued)
        self._app.background.run(self._wake)

    def _wake(self) -> None:
        with contextlib.suppress(TuilabError, OSError):  # the observer tries too, and says why it cannot
            self._source.wake()

    def _queued(self, runs: Sequence[BookedRun], called: str) -> None:
        first = runs[0]
        at_once = not self.book.training and not self.book.queued
        self._ours |= {run.id: called if run is first else run.called for run in runs}
        self._to_report.add(first.id)
        self._runs.admit(runs)
        if at_once:
            self._runs.show(first.id)

    # What the store says

    def listed(self, message: QueueListed) -> None:
        """Take how it stands with what waits, and what became of what waits no more."""
        before = {one.run.id: one for one in self.book.queue}
        self.book.queue = message.standings
        if message.problem and message.problem != self._problem:
            self._app.say(message.problem, severity="error")
        self._problem = message.problem
        for one in message.standings:
            run = self.book.find(one.run.id)
            if run is not None and run.summary.state not in ("queued", "done"):
                run.lost = ""
                run.summary.queued()
        for run_id, what in message.left.items():
            self._left(run_id, what)
        own_keys = self._app.settings.keys
        for one in message.standings:
            run_id, was = one.run.id, before.get(one.run.id)
            known = was is not None or run_id in self._ours
            reason = reason_text(one, own_keys)
            if known and needs_a_person(one) and (was is None or was.moves):
                severity = "error" if one.queued.entry.problem else "warning"
                self._app.say(f"{self._called(run_id)} {reason}", severity)
            elif run_id in self._to_report and one.device is None and not one.starting:
                lists = self._app.key_of("queue.show")
                where = f"{place_text(one)} in the queue, {lists} lists it"
                self._app.say(f"{self._called(run_id)} is queued: {reason} ({where})")
            self._to_report.discard(run_id)
        self._runs.tell({*before, *(one.run.id for one in message.standings), *message.left})

    def _left(self, run_id: str, what: Left) -> None:
        run, ours = self.book.find(run_id), self._ours.pop(run_id, None)
        self._to_report.discard(run_id)
        if run is None:
            return
        waited = run.summary.state == "queued"
        match what:
            case "gone":
                self._runs.take_away(run)
            case "begun":
                if waited:
                    self.book.resume(run_id)
                self._runs.begun(run_id)
                if ours is not None:
                    self._runs.show(run_id)
            case "idle":
                if waited:
                    run.summary.gone("it was taken out of the queue")

    # What a person wants

    def toggle_hold(self, run: BookedRun) -> None:
        """Keep a run from starting, or let it start that is held or could not be started."""
        standing = self.book.standing(run.id)
        if standing is None:
            self._not_queued(run)
            return
        entry = standing.queued.entry
        releases = entry.held or bool(entry.problem)
        change = self._source.release if releases else self._source.hold
        key = self._app.key_of("queue.hold")
        words = "starts when its turn comes" if releases else f"is held: {key} releases it"

        def changed(_: object) -> None:
            self._app.say(f"{run.called} {words}")
            self._runs.look_at_queue()

        self._app.background.run(lambda: change(run.id), changed)

    def move(self, run: BookedRun, step: int) -> None:
        """Move a run by so many places; it stays behind the run that it starts from."""
        if run.summary.state != "queued":
            self._not_queued(run)
            return

        def moved(by: int) -> None:
            if not by:
                where = "first" if step < 0 else "last"
                self._app.say(
                    f"{run.called} stays in its place: it is {where}, or bound to what it starts from"
                )
            self._runs.look_at_queue()

        self._app.background.run(lambda: self._source.shift(run.id, step), moved)

    def take_out(self, run: BookedRun) -> None:
        """Take a run out of the queue; one that was never trained vanishes with those that wait for it."""

        def taken(result: TakenOut) -> None:
            gone = () if result.kept else (run.id, *(other.id for other in result.others))
            for run_id in gone:
                self._ours.pop(run_id, None)
                if booked := self.book.find(run_id):
                    self._runs.take_away(booked, expected=True)
            if result.kept:
                self._left(run.id, "idle")
            self._runs.tell({run.id, *gone})
            self._runs.look_at_queue()
            self._app.say(taken_out_text(result, run.called, self._app.settings.keys))
            self._app.can_undo(
                f"taking {run.called} out of the queue",
                lambda: self.enqueue(lambda: self._source.put_back(result), run.called),
            )

        self._app.background.run(lambda: self._source.take_out(run.id), taken)

    def _called(self, run_id: str) -> str:
        run = self.book.find(run_id)
        return self._ours.get(run_id) or (run.called if run else clean(run_id))

    def _not_queued(self, run: BookedRun) -> None:
        self._app.say(f"{run.called} is not in the queue")


def _forked(point: ForkPoint, experiment: Experiment) -> Fork:
    """Return the fork in the network pane; work for the background: a checkpoint is read.

    Raises:
        UsageError: the fork is not allowed, or its parent is gone.
        MissingError: its checkpoint is damaged or gone.
    """
    try:
        return fork_as(point.run, point.epoch, experiment)
    except MissingError as error:
        raise MissingError(error.sentence, ["fork it at another epoch"]) from error
