"""Train a run in the foreground: start its worker, follow it to the end, and say what came of it."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import typer

from tuilab.cli.continuing import attended, ways_on
from tuilab.cli.following import reader_of, show, watcher
from tuilab.cli.interrupts import Interrupts
from tuilab.cli.lines import Fact, whole_epochs_text
from tuilab.cli.lost_output import OutputLost, output_needed
from tuilab.errors import RunError, UsageError
from tuilab.runs import store
from tuilab.runs.journal.reader import Entry
from tuilab.runs.store import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.runs.worker import process
from tuilab.runs.worker.approval import put_on_approval, refused
from tuilab.runs.worker.death import WorkerDied
from tuilab.runs.worker.following import follow
from tuilab.runs.worker.process import WorkerProcess
from tuilab.terminal import clean

INTERRUPTED = 130
"""Exit code of a command whose run was stopped."""


def train(
    run: Run,
    *,
    facts: Sequence[Fact] = (),
    events: bool = False,
    new: bool = False,
    take_over: bool = False,
) -> Summary:
    """Train a run and return what came of it.

    Ctrl-C and SIGTERM ask the worker to stop at the next batch; a second Ctrl-C ends it at once. When
    the terminal goes, or whoever reads the output, the worker goes on.

    Args:
        facts: what a person should know before it starts.
        events: print every record on stdout, a JSON line each.
        new: the run was just made: where nothing is trained, it is not kept.
        take_over: whether to take the run of a worker that is unreachable.

    Raises:
        TuilabError: the run failed; with the exit code of the reason.
        typer.Exit: it was stopped; that is said already.
        OutputLost: there is nobody any more to follow it for; that it goes on is said where it can be.
    """
    summary = Summary(run, run.manifest())
    with Interrupts() as interrupts:
        try:
            if new:
                put_on_approval(run)
            worker = WorkerProcess(run, take_over=take_over)
            interrupts.answer_for(worker)

            def entries(each_look: Callable[[], None]) -> Iterator[Entry]:
                return worker.follow(each_look, reader=reader_of(run, events=events))

            _watch(summary, interrupts, facts, entries, events=events)
        except RunError as error:
            if interrupts.asked:
                raise _ended_unheard(summary, new=new) from None
            if summary.started is not None:
                add_ways_on(error, run)
            raise
    return conclude(summary, new=new)


def accompany(run: Run) -> Summary:
    """Follow a run whose worker another process started as ``train`` follows its own, and answer for it."""
    summary = Summary(run, run.manifest())
    with Interrupts() as interrupts:
        interrupts.answer_for(_Elsewhere(run))
        _watch(
            summary,
            interrupts,
            (),
            lambda each_look: follow(run, each_look, reader=reader_of(run, events=False)),
            events=False,
        )
    return conclude(summary)


@dataclass(frozen=True)
class _Elsewhere:
    """A worker that another process started."""

    run: Run

    def stop(self) -> None:
        process.ask_to_stop(self.run)

    def kill(self) -> None:
        process.kill(self.run)


def _watch(
    summary: Summary,
    interrupts: Interrupts,
    facts: Iterable[Fact],
    entries: Callable[[Callable[[], None]], Iterator[Entry]],
    *,
    events: bool,
) -> None:
    run = summary.run
    try:
        with watcher(run.experiment().training.epochs) as shown:

            def each_look() -> None:
                with output_needed():
                    interrupts.heed(shown.say)

            with output_needed():
                for fact in (Fact("run", run.id), *facts):
                    shown.tell(fact)
            show(entries(each_look), summary, shown, events=events)
    except OutputLost:
        with contextlib.suppress(OSError):
            typer.echo(f"{run.id} keeps training without this terminal; {attended(run)}", err=True)
        raise


def conclude(summary: Summary, *, new: bool = False) -> Summary:
    """Return a run that is done.

    Args:
        new: the run was just made: where it was refused before anything was trained, it is not kept.

    Raises:
        TuilabError: it failed; with the exit code of the reason.
        typer.Exit: it was stopped; that and how it goes on is said.
    """
    run = summary.run
    if summary.state == "done":
        return summary
    if summary.state == "stopped":
        _say(
            f"{run.id}: {clean(summary.reason)}; it stopped after {whole_epochs_text(len(summary.epochs))}.",
            *ways_on(summary),
        )
        raise typer.Exit(INTERRUPTED)
    error = RunError(summary.reason, summary.remedies)
    error.exit_code = summary.exit_code
    if new and refused(summary):
        store.discard(run)
    else:
        error.remedies = (*error.remedies, *ways_on(summary))
    raise error


def add_ways_on(error: RunError, run: Run) -> None:
    """Have an error that ended the following of a run say how the run can go on, where it can."""
    if isinstance(error, WorkerDied) and not error.resume_helps:
        return
    with contextlib.suppress(UsageError):  # its folder is gone or damaged
        error.remedies = (*error.remedies, *ways_on(summarize(run)))


def _ended_unheard(summary: Summary, *, new: bool) -> typer.Exit:
    """Say what became of a run whose worker was asked to stop and ended without a last word."""
    if new and summary.started is None:
        # it ended before it could listen
        store.discard(summary.run)
        _say("stopped before training began; the run was not kept")
    else:
        _say(f"{summary.run.id} was ended immediately.", *ways_on(summarize(summary.run)))
    return typer.Exit(INTERRUPTED)


def _say(*lines: str) -> None:
    for line in lines:
        typer.echo(line, err=True)
