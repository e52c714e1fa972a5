"""Train what was planned, one run after the other: here, or in the background."""

import contextlib
from collections.abc import Iterator, Sequence

import typer

from tuilab.cli.background import into_background, send_off
from tuilab.cli.lines import Fact
from tuilab.cli.lost_output import OutputLost
from tuilab.cli.training import accompany, train
from tuilab.errors import TuilabError
from tuilab.lab.plan import Step
from tuilab.lab.successors import begin
from tuilab.runs.store import Run
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


def train_planned(planned: Sequence[Step], *, events: bool) -> Summary:
    """Train one run after the other and return what came of the last one.

    When nobody hears this command any more, the runs that are still to come are trained in the background.

    Args:
        events: print every record on stdout, a JSON line each.

    Raises:
        TuilabError, typer.Exit, OutputLost: as ``train`` does; the runs after that one are not trained.
    """
    step, *later = planned
    run = begin(step, later)
    return _train(step, run, later, facts=_notes(step), events=events, new=True)


def resume_planned(
    run: Run, later: Sequence[Step], *, facts: Sequence[Fact], events: bool, take_over: bool
) -> Summary:
    """Go on with a run, train what was asked for after it, and return what came of the last one.

    Raises:
        TuilabError, typer.Exit, OutputLost: as ``train`` does; the runs after that one are not trained.
    """
    step = _step_of(run)
    return _train(step, run, later, facts=facts, events=events, new=False, take_over=take_over)


def send_off_planned(planned: Sequence[Step]) -> Summary | None:
    """Start the first run and print its id; those after it are trained by a copy of this process.

    Returns:
        None where this process has nothing left to do; in the copy what came of the last run.

    Raises:
        TuilabError: the first run cannot be started, or ended at once.
    """
    step, *later = planned
    run = begin(step, later)
    for note in _notes(step):
        typer.echo(note.lines()[0], err=True)
    return _send_off(step, run, later)


def send_off_again(run: Run, later: Sequence[Step], *, take_over: bool) -> Summary | None:
    """Have a run go on in the background, and after it what was asked for; as ``send_off_planned``."""
    return _send_off(_step_of(run), run, later, take_over=take_over)


def _train(
    step: Step,
    run: Run,
    later: Sequence[Step],
    *,
    facts: Sequence[Fact],
    events: bool,
    new: bool,
    take_over: bool = False,
) -> Summary:
    try:
        with _naming(step, later):
            summary = train(run, facts=facts, events=events, new=new, take_over=take_over)
    except OutputLost:
        if not later or not _goes_on_alone(run, later):
            raise
        return _train_after(step, run, later)
    return train_planned(later, events=events) if later else summary


def _send_off(step: Step, run: Run, later: Sequence[Step], *, take_over: bool = False) -> Summary | None:
    send_off(run, take_over=take_over)
    return _train_after(step, run, later) if later and _goes_on_alone(run, later) else None


def _step_of(run: Run) -> Step:
    """Return the step that a run was made from."""
    manifest = run.manifest()
    return Step(run.experiment(), manifest.preset or run.id, manifest.name, run=run)


def _goes_on_alone(run: Run, later: Sequence[Step]) -> bool:
    """Copy this process into the background, to train ``later`` after ``run``; True in the copy."""
    log = run.folder / "background.log"
    pid = into_background(log)
    if pid:
        what = ", then ".join(step.preset for step in later)
        with contextlib.suppress(OSError):
            typer.echo(
                f"{what} is trained after it: process {pid} waits for it and writes to {clean(str(log))}",
                err=True,
            )
    return pid == 0


def _train_after(step: Step, run: Run, later: Sequence[Step]) -> Summary:
    """Wait for the run that is under way, then train the others."""
    with _naming(step, later):
        accompany(run)
    return train_planned(later, events=False)


def _notes(step: Step) -> list[Fact]:
    return [Fact("note", clean(note)) for note in step.notes]


@contextlib.contextmanager
def _naming(step: Step, later: Sequence[Step]) -> Iterator[None]:
    """Have the error of a run that others start from say so."""
    try:
        yield
    except TuilabError as error:
        if later:
            error.sentence = (
                f"{step.preset}, which {later[-1].preset} starts from, did not finish: {error.sentence}"
            )
        raise
