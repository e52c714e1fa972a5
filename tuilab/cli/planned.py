"""Queue what was planned, and follow it one run after the other, or leave it to itself."""

import contextlib
from collections.abc import Iterator, Sequence

from tuilab.cli.background import start_in_background
from tuilab.cli.lines import Fact, print_facts
from tuilab.cli.lost_output import OutputLost
from tuilab.cli.training import train
from tuilab.cli.wrapping import print_sentence
from tuilab.errors import TuilabError
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


def train_planned(planned: Sequence[PlannedRun], *, events: bool, beside: bool = False) -> Summary:
    """Have one run trained after the other, and return the summary of the last one.

    All of them are queued at once: where this command ends before they do, they continue without it.

    Args:
        events: print every record on stdout, a JSON line each.
        beside: whether they may share a device with other runs.

    Raises:
        TuilabError, typer.Exit, OutputLost: as ``train`` does; runs that start from that one wait for it.
    """
    runs = clients.enqueue(planned, beside=beside)
    return train_all(runs, [_notes(step) for step in planned], events=events, new=True)


def train_all(
    runs: Sequence[Run], facts: Sequence[Sequence[Fact]], *, events: bool, new: bool = False
) -> Summary:
    """Have queued runs trained, each of which starts from the one before; as ``train_planned``.

    Args:
        facts: what a person should know before each of them starts.
        new: whether they were just made.
    """
    first, *later = runs
    with _naming_the_run(first, later), _reported_if_lost(later):
        summary = train(first, facts=facts[0], events=events, new=new)
    return train_all(later, facts[1:], events=events, new=new) if later else summary


def start_planned_in_background(planned: Sequence[PlannedRun], *, beside: bool = False) -> None:
    """Queue what was planned, and print the id of the first run once it is known how it stands with it.

    Raises:
        TuilabError: the first run cannot be started, or ended immediately.
    """
    runs = clients.enqueue(planned, beside=beside)
    print_facts(_notes(planned[0]), err=True)
    start_all_in_background(runs)


def start_all_in_background(runs: Sequence[Run]) -> None:
    """As ``start_planned_in_background``, for queued runs each of which starts from the one before."""
    first, *later = runs
    start_in_background(first)
    _tell(later)


def _tell(later: Sequence[Run]) -> None:
    """Say what is trained after a run that nobody follows."""
    if later:
        what = ", then ".join(_label(run) for run in later)
        ids = ", ".join(run.id for run in later)
        waits = "wait in the queue" if len(later) > 1 else "waits in the queue"
        print_sentence(f"{what} is trained after it: {ids} {waits}", err=True)


@contextlib.contextmanager
def _reported_if_lost(later: Sequence[Run]) -> Iterator[None]:
    """Say what is still to be trained when nothing reads this command's output any more."""
    try:
        yield
    except OutputLost:
        with contextlib.suppress(OSError):
            _tell(later)
        raise


def _notes(step: PlannedRun) -> list[Fact]:
    return [Fact("note", clean(note)) for note in step.notes]


def _label(run: Run) -> str:
    return run.manifest().preset or run.id


@contextlib.contextmanager
def _naming_the_run(run: Run, later: Sequence[Run]) -> Iterator[None]:
    """Add to the error of a run that others start from it."""
    names = [_label(one) for one in (run, *later[-1:])]
    try:
        yield
    except TuilabError as error:
        if later:
            first, last = names
            error.sentence = f"{first}, which {last} starts from, did not finish: {error.sentence}"
        raise
