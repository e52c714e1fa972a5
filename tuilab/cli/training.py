"""Train a run in the foreground: start its worker, follow it to the end, and report how it ended."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

import typer

from tuilab.cli.continuing import attended, next_steps
from tuilab.cli.following import reader_of, show, watcher
from tuilab.cli.interrupts import Interrupts
from tuilab.cli.lines import Fact
from tuilab.cli.lost_output import OutputLost, output_needed
from tuilab.cli.waiting import Dropped, until_started
from tuilab.cli.wrapping import print_sentence
from tuilab.errors import RunError, UsageError
from tuilab.lab.queue import clients
from tuilab.results.progress import whole_epochs_text
from tuilab.runs import store
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.runs.worker import process
from tuilab.runs.worker.approval import put_on_approval, refused
from tuilab.runs.worker.death import WorkerDied
from tuilab.runs.worker.following import follow
from tuilab.runs.worker.process import WorkerProcess
from tuilab.terminal import clean

INTERRUPTED = 130
"""Exit code of a command whose run was stopped."""


def train(run: Run, *, facts: Sequence[Fact] = (), events: bool = False, new: bool = False) -> Summary:
    """Have a queued run trained, and return its summary.

    It starts immediately if nothing keeps it from that; else it waits in the queue, and Ctrl-C takes it out
    of the queue. Once it trains, Ctrl-C and SIGTERM ask the worker to stop at the next batch; a second Ctrl-C
    ends it immediately. When the terminal goes, or whoever reads the output, the worker continues.

    Args:
        facts: what a person should know before it starts.
        events: print every record on stdout, a JSON line each.
        new: the run was just made: where nothing is trained, it is not kept.

    Raises:
        TuilabError: the run failed; with the exit code of the reason.
        typer.Exit: it was stopped, which was reported.
        OutputLost: nothing reads the output any more; that the run continues is reported if it can be.
    """
    summary = Summary(run, run.manifest())
    with Interrupts() as interrupts:
        try:
            if new:
                put_on_approval(run)
            worker = clients.start_now(run)
            if worker is None and (problem := clients.problem_of(run)):
                raise problem
            if worker is not None:
                interrupts.answer_for(worker)
                source: _Source = _Own(worker)
            else:
                source = _Queued(run, interrupts)
            _watch(summary, interrupts, facts, source, events=events)
        except Dropped:
            raise _dropped(run) from None
        except RunError as error:
            if interrupts.asked:
                raise _ended_early(summary, new=new) from None
            if summary.started is not None:
                add_next_steps(error, run)
            raise
    return conclude(summary, new=new)


class _Source(Protocol):
    """Where the entries of a run come from."""

    def entries(
        self, each_look: Callable[[], None], say: Callable[[str], None], reader: JournalReader
    ) -> Iterator[Entry]:
        """Yield them as they come."""
        ...


@dataclass(frozen=True)
class _Own:
    """A worker that this process started."""

    worker: WorkerProcess

    def entries(
        self, each_look: Callable[[], None], say: Callable[[str], None], reader: JournalReader
    ) -> Iterator[Entry]:
        return self.worker.follow(each_look, reader=reader)


class _Queued:
    """A run whose worker a scheduler starts when its turn comes."""

    def __init__(self, run: Run, interrupts: Interrupts) -> None:
        self._run, self._interrupts = run, interrupts
        self._before = process.Before(run)

    def entries(
        self, each_look: Callable[[], None], say: Callable[[str], None], reader: JournalReader
    ) -> Iterator[Entry]:
        until_started(self._run, each_look, say, self._interrupts)
        self._interrupts.answer_for(self)
        yield from follow(self._run, each_look, reader=reader, first=self._before.records)

    def stop(self) -> None:
        process.ask_to_stop(self._run)

    def kill(self) -> None:
        process.kill(self._run)


def _watch(
    summary: Summary, interrupts: Interrupts, facts: Iterable[Fact], source: _Source, *, events: bool
) -> None:
    run = summary.run
    try:
        with watcher(run.experiment().training.epochs) as shown:

            def each_look() -> None:
                with output_needed():
                    interrupts.handle(shown.say)

            def say(text: str) -> None:
                with output_needed():
                    shown.say(text)

            with output_needed():
                for fact in (Fact("run", run.id), *facts):
                    shown.tell(fact)
            entries = source.entries(each_look, say, reader_of(run, events=events))
            show(entries, summary, shown, events=events)
    except OutputLost:
        keeps = "stays in the queue" if is_queued(run) else "keeps training"
        with contextlib.suppress(OSError):
            print_sentence(f"{run.id} {keeps} without this terminal; {attended(run)}", err=True)
        raise


def conclude(summary: Summary, *, new: bool = False) -> Summary:
    """Return a run that is done.

    Args:
        new: the run was just made: where it was refused before anything was trained, it is not kept.

    Raises:
        TuilabError: it failed; with the exit code of the reason.
        typer.Exit: it was stopped; that and how to resume it is reported.
    """
    run = summary.run
    match summary.state:
        case "done":
            return summary
        case "stopped":
            after = whole_epochs_text(len(summary.epochs))
            _say(f"{run.id}: {clean(summary.reason)}; it stopped after {after}.", *next_steps(summary))
            raise typer.Exit(INTERRUPTED)
        case "failed" | "interrupted" | "unreachable" | "queued" | "waiting" | "running":
            error = RunError(summary.reason, summary.remedies)
        case _:
            assert_never(summary.state)
    error.exit_code = summary.exit_code
    if new and refused(summary):
        _discard(run)
    else:
        error.remedies = (*error.remedies, *next_steps(summary))
    raise error


def add_next_steps(error: RunError, run: Run) -> None:
    """Have an error that ended the following of a run say how the run can continue, if it can."""
    if isinstance(error, WorkerDied) and not error.resume_helps:
        return
    with contextlib.suppress(UsageError):  # its folder is gone or damaged
        error.remedies = (*error.remedies, *next_steps(summarize(run)))


def _ended_early(summary: Summary, *, new: bool) -> typer.Exit:
    """Say what became of a run whose worker was asked to stop and ended without reporting why."""
    if new and summary.started is None:
        # it ended before it could listen
        _discard(summary.run)
        _say("stopped before training began; the run was not kept")
    else:
        _say(f"{summary.run.id} was ended immediately.", *next_steps(summarize(summary.run)))
    return typer.Exit(INTERRUPTED)


def _dropped(run: Run) -> typer.Exit:
    """Say that a run was taken out of the queue before its turn came."""
    kept = "" if run.folder.is_dir() else "; the run was not kept"
    _say(f"{run.id} was taken out of the queue before it started{kept}")
    return typer.Exit(INTERRUPTED)


def _discard(run: Run) -> None:
    """Delete a run that came to nothing, and those that wait for its model."""
    changes.drop_descendants(run)
    store.discard(run)


def _say(*lines: str) -> None:
    for line in lines:
        print_sentence(line, err=True)
