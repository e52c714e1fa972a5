"""From the book of runs to what the plots show of them, and the messages beside it."""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tuilab.experiment.experiment import learns
from tuilab.lab.queue.standing import Standing
from tuilab.plots.cells import Role
from tuilab.plots.charts import Subject
from tuilab.plots.view import View
from tuilab.runs.state import State
from tuilab.terminal import clean
from tuilab.tui.queue_words import place_text, reason_text
from tuilab.tui.remedies import remedies
from tuilab.tui.run_book import BookedRun, RunBook

_STILL = "nothing is trained in it, so there are no epochs and no curves"


@dataclass(frozen=True)
class Subjects:
    """The runs of a plot.

    Attributes:
        shown: the run that is looked at; None if there is none, or its journal is not read yet.
        others: runs beside it: its parent, then the marked ones.
    """

    shown: Subject | None = None
    others: Sequence[Subject] = ()

    def held(self) -> "Subjects":
        """Return the same as it is now, whatever is measured from here on."""
        held = [replace(other, history=copy.deepcopy(other.history)) for other in self.others]
        shown = self.shown and replace(self.shown, history=copy.deepcopy(self.shown.history))
        return Subjects(shown, held)


def subjects_of(book: RunBook) -> Subjects:
    """Return what the book wants shown."""
    shown = book.find(book.shown)
    if shown is None:
        return Subjects()
    others = [subject for run in book.beside if (subject := _subject(book, run, book.letter(run.id)))]
    return Subjects(_subject(book, shown), others)


def _subject(book: RunBook, run: BookedRun, letter: str = "") -> Subject | None:
    if run.history is None:
        return None
    left = run.summary.seconds_left if run.trains else 0.0
    return Subject(
        run.label,
        run.history,
        run.experiment.training.epochs,
        left if math.isfinite(left) else 0.0,
        book.epochs_before(run),
        letter,
    )


def empty_note(book: RunBook, view: View, start: str) -> str:
    """Return what to say if there is no curve: why, and what makes one; ``start`` is the key for that."""
    run = book.find(book.shown)
    if run is None:
        if not book.listed:
            return "reading the runs"
        if book.runs:
            return "no run is shown: Enter in the results shows one"
        return f"No runs yet. {start} trains the experiment in the network pane."
    if not run.history:  # none, or nothing in it
        return _before_batches(run)
    if view.log:
        return "no values above 0, so nothing to show on a log scale"
    return "no measurements here yet" if run.trains else "no measurements here"


def _before_batches(run: BookedRun) -> str:
    """Return why there is no batch of a run to show."""
    unread = run.lost or "reading its journal" if run.history is None else ""
    still = not learns(run.experiment.model)
    match run.summary.state:
        case "queued":
            return "it is queued and starts when its turn comes"
        case "waiting":
            return unread or "its worker has not started yet"
        case "running":
            return unread or (_STILL if still else "no batch has been trained yet")
        case "done" if still:
            return unread or _STILL
        case "done" | "stopped" | "failed" | "interrupted" | "unreachable":
            return unread or "no batch was trained"
        case _:
            assert_never(run.summary.state)


def verdicts(
    run: BookedRun, own_keys: Mapping[str, str], standing: Standing | None = None
) -> list[tuple[str, Role]]:
    """Return what must be said of a run before anything else: how it failed, where it diverged.

    Args:
        own_keys: the person's own keys, by a binding's id.
        standing: how it stands with a run that waits in the queue.
    """
    summary = run.summary
    messages: list[tuple[str, Role]] = []
    if standing is not None:
        place = f"{place_text(standing)} in the queue"
        messages.append((f"{place}; it {reason_text(standing, own_keys)}", Role.PLAIN))
    if run.lost:
        messages.append((clean(run.lost, limit=300), Role.ERROR))
    elif (role := _ended_badly(summary.state)) is not None and summary.reason:
        messages.append((clean(summary.reason, limit=300), role))
        messages += [(remedy, Role.PLAIN) for remedy in remedies(summary, own_keys, limit=160)]
    if run.history is not None:
        messages += [(one.sentence(), Role.ERROR) for one in run.history.not_finite()]
    return messages


def _ended_badly(state: State) -> Role | None:
    """Return how the reason of a run that ended badly is shown; None for any other run."""
    match state:
        case "failed" | "interrupted" | "unreachable":
            return Role.ERROR
        case "stopped":
            return Role.WARNING
        case "queued" | "waiting" | "running" | "done":
            return None
        case _:
            assert_never(state)
