"""The runs that the app knows, on the UI's side: read by panes, written by the app alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tuilab.experiment import Experiment
from tuilab.lab.queue.standing import Standing
from tuilab.plots.charts import SIGNS
from tuilab.plots.series import History
from tuilab.runs.journal.reader import Entry
from tuilab.runs.run import Run
from tuilab.runs.state import UNDER_WAY
from tuilab.runs.summary import Summary
from tuilab.terminal import clean

MOST_MARKS = 4
"""Runs that can be marked at once: as many as curves can be told apart."""


@dataclass
class BookedRun:
    """One run.

    Attributes:
        summary: what its journal comes to; epochs only, unless ``history`` is there.
        experiment: what it trains.
        history: its curves; None until somebody looks at them.
        lost: the sentence that says why it cannot be read on; empty if all is well. ``lose`` sets it.
        replayed: what the journal comes to as far as it was read for the curves.
        reading: curves and summary of a journal that is being read from its beginning; nobody sees them
            before all of it is read.
    """

    summary: Summary
    experiment: Experiment
    history: History | None = None
    lost: str = ""
    replayed: Summary = field(init=False)
    reading: tuple[History, Summary] | None = None

    def __post_init__(self) -> None:
        self.replayed = self.summary

    @property
    def run(self) -> Run:
        """Its folder."""
        return self.summary.run

    @property
    def id(self) -> str:
        """Its name on disk."""
        return self.summary.run.id

    @property
    def called(self) -> str:
        """What a sentence calls it: the person's own words, else its id; clean."""
        return clean(self.summary.manifest.name, limit=60) or self.id

    @property
    def label(self) -> str:
        """What it is called where there is little room; clean."""
        manifest = self.summary.manifest
        if not manifest.name and manifest.forked_at is not None:
            return clean(f"{manifest.preset or 'run'} fork at {manifest.forked_at}", limit=30)
        return clean(manifest.name or manifest.preset or self.id, limit=30)

    @property
    def trains(self) -> bool:
        """Whether its worker is at work or about to be."""
        return self.summary.state in UNDER_WAY

    def lose(self, reason: str) -> None:
        """Note that its worker is gone, or that its journal cannot be read on."""
        self.lost = reason
        self.summary.gone(reason)


@dataclass(frozen=True)
class Mark:
    """A mark on a run: its place among the marks, and its letter."""

    place: int
    letter: str


@dataclass
class RunBook:
    """All runs, oldest first, and the marks that a person put on them.

    Attributes:
        marked: ids in the order of marking, at most ``MOST_MARKS``.
        shown: the run whose curves are shown; None before there is one.
        damaged: a sentence for each folder that could not be read.
        listed: whether the store has been read once.
        queue: how it stands with the runs that wait, in the queue's order, as it was seen last.
        told_elsewhere: ids of runs whose beginning and end the screen on top shows; they need no message.
    """

    marked: list[str] = field(default_factory=list)
    shown: str | None = None
    damaged: dict[str, str] = field(default_factory=dict)
    listed: bool = False
    queue: tuple[Standing, ...] = ()
    told_elsewhere: frozenset[str] = frozenset()
    _runs: dict[str, BookedRun] = field(default_factory=dict)
    _letters: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> Sequence[BookedRun]:
        """Every run, oldest first."""
        return tuple(self._runs.values())

    @property
    def training(self) -> Sequence[BookedRun]:
        """Runs whose worker is at work."""
        return tuple(run for run in self._runs.values() if run.trains)

    @property
    def queued(self) -> Sequence[BookedRun]:
        """Runs that wait in the queue."""
        return tuple(run for run in self._runs.values() if run.summary.state == "queued")

    def standing(self, run_id: str) -> Standing | None:
        """Return how it stands with a run that waits; None if that is not known, or it does not wait."""
        run = self.find(run_id)
        if run is None or run.summary.state != "queued":
            return None
        return next((one for one in self.queue if one.run.id == run_id), None)

    def find(self, run_id: str | None) -> BookedRun | None:
        """Return a run, or None if there is none (any more)."""
        return self._runs.get(run_id) if run_id else None

    def parent_of(self, run: BookedRun) -> BookedRun | None:
        """Return the run whose trained model or checkpoint a run started from."""
        return self.find(run.summary.manifest.parent)

    def to_compare(self, run: BookedRun) -> tuple[str, str] | None:
        """Return two ids: the marked runs, or the marked run and this one, or the parent and this one."""
        match self.marked:
            case [first, second]:
                return first, second
            case [marked] if marked != run.id:
                return marked, run.id
            case [] | [_] if (parent := self.parent_of(run)) is not None:
                return parent.id, run.id
            case _:
                return None

    def epochs_before(self, run: BookedRun) -> int:
        """Return the epochs of the runs that a run continues from, where it counts its own from 1 again.

        A fork continues counting where it left its parent.
        """
        before, seen = 0, {run.id}
        while (parent := self.parent_of(run)) is not None and parent.id not in seen:
            seen.add(parent.id)
            if run.summary.manifest.forked_at is None:
                before += len(parent.summary.epochs)
            run = parent
        return before

    def add(self, runs: Iterable[BookedRun]) -> None:
        """Take runs, in any order; one that is known keeps its curves."""
        for run in runs:
            known = self._runs.get(run.id)
            if known is not None and known.history is not None:
                known.summary.manifest = run.summary.manifest
                continue
            self._runs[run.id] = run
            self.damaged.pop(run.id, None)
        self._runs = dict(
            sorted(self._runs.items(), key=lambda item: (item[1].summary.manifest.created, item[0]))
        )

    def remove(self, run_id: str) -> BookedRun | None:
        """Forget a run and its mark."""
        if run_id in self.marked:
            self.marked.remove(run_id)
        if self.shown == run_id:
            self.shown = None
        self.damaged.pop(run_id, None)
        return self._runs.pop(run_id, None)

    def read_aside(self, run_id: str, entries: Sequence[Entry], *, more: bool) -> bool:
        """Take the first entries of a run's journal, or further ones of that reading, where nobody sees them.

        Returns:
            Whether they were taken: the last ones of the reading are not, ``grow`` takes these.
        """
        booked = self._runs.get(run_id)
        if booked is None or not more:
            return False
        if booked.reading is None:
            if booked.history is not None and entries[0].seq != 0:
                return False  # news of a run whose past is read
            booked.reading = History(), Summary(booked.run, booked.summary.manifest)
        history, summary = booked.reading
        for entry in entries:
            history.add(entry)
            summary.add(entry)
        return True

    def grow(self, run_id: str, entries: Sequence[Entry]) -> BookedRun | None:
        """Take new entries of a run's journal; entry 0 begins its curves again. None for an unknown run."""
        booked = self._runs.get(run_id)
        if booked is None:
            return None
        if booked.reading is not None:
            booked.history, booked.replayed = booked.reading
            booked.reading = None
        elif booked.history is None or (entries and entries[0].seq == 0):
            booked.replayed = Summary(booked.run, booked.summary.manifest)
            booked.history = History()
        for entry in entries:
            if entry.seq > booked.summary.seq:
                booked.lost = ""
            booked.replayed.add(entry)
            booked.history.add(entry)
        # what is known stands while the journal is read again for its curves, up to where it was known
        if booked.replayed.seq > booked.summary.seq:
            booked.summary = booked.replayed
        return booked

    def resume(self, run_id: str) -> BookedRun | None:
        """Note that a run's worker was restarted, and has reported nothing yet; None for an unknown run."""
        booked = self._runs.get(run_id)
        if booked is not None:
            booked.lost = ""
            booked.summary.restarted()
        return booked

    @property
    def beside(self) -> Sequence[BookedRun]:
        """The runs that are drawn beside the shown one: its parent, then the marked ones."""
        runs = (self._parent_of_shown, *map(self.find, self.marked))
        found = {run.id: run for run in runs if run and run.id != self.shown}
        return tuple(found.values())

    @property
    def _parent_of_shown(self) -> BookedRun | None:
        shown = self.find(self.shown)
        return self.parent_of(shown) if shown else None

    def letter(self, run_id: str) -> str:
        """Return the letter that stands for a marked run or the shown one's parent; empty for another run.

        A letter that was dealt stays with its run as long as that is one of these, whatever else comes.
        """
        parent = self._parent_of_shown
        ids = [parent.id, *self.marked] if parent else self.marked
        wanted = list(dict.fromkeys(ids))
        self._letters = {run: letter for run, letter in self._letters.items() if run in wanted}
        for run in wanted:
            if run not in self._letters:
                free = (letter for letter in SIGNS if letter not in self._letters.values())
                self._letters[run] = next(free)
        return self._letters.get(run_id, "")

    def toggle_mark(self, run_id: str) -> bool:
        """Mark or unmark a run; the oldest mark is removed if there are too many."""
        if run_id in self.marked:
            self.marked.remove(run_id)
        else:
            self.marked = [*self.marked[-MOST_MARKS + 1 :], run_id]
        self.letter(run_id)
        return run_id in self.marked

    def mark_of(self, run_id: str) -> Mark | None:
        """Return a run's mark, to give it back after the run was away; None if it has none."""
        if run_id not in self.marked:
            return None
        return Mark(self.marked.index(run_id), self.letter(run_id))

    def restore_mark(self, run_id: str, mark: Mark) -> None:
        """Give a mark back, with its letter where nobody took that, unless there is no room any more."""
        if run_id in self.marked or len(self.marked) >= MOST_MARKS:
            return
        self.marked.insert(mark.place, run_id)
        if mark.letter not in self._letters.values():
            self._letters[run_id] = mark.letter
        self.letter(run_id)
