"""Follow a run from its first record to its last, and say on stderr how it goes."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

import typer

from tuilab.cli.lines import Fact, LineWatcher
from tuilab.errors import MissingError, RunError, TuilabError, UsageError
from tuilab.runs import store
from tuilab.runs.journal import Entry
from tuilab.runs.plan import Step
from tuilab.runs.process import WorkerProcess
from tuilab.runs.records import AnyRecord, adapter
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


class Watcher(Protocol):
    """Shows records as they come."""

    def see(self, record: AnyRecord) -> None:
        """Take the next record."""
        ...

    def tell(self, fact: Fact) -> None:
        """Show a fact."""
        ...

    def say(self, text: str) -> None:
        """Show a line of text that is already clean."""
        ...

    def __enter__(self) -> "Watcher": ...

    def __exit__(self, *_: object) -> None: ...


def follow(step: Step, *, events: bool) -> Summary:
    """Train a step's run and return what came of it.

    Ctrl-C asks the worker to stop at the next batch; a second one ends it at once.

    Args:
        step: what to train; its run folder is made here.
        events: print every record on stdout, a JSON line each.

    Raises:
        TuilabError: the run failed; with the exit code of the reason.
        KeyboardInterrupt: it was stopped.
    """
    run = step.start()
    summary = Summary(run, run.manifest())
    with _watcher(step) as watcher:
        worker = WorkerProcess(run)
        with _Interrupt(worker, watcher) as interrupt:
            watcher.tell(Fact("run", run.id))
            for note in step.notes:
                watcher.tell(Fact("note", clean(note)))
            try:
                for entry in worker.follow(interrupt.tell):
                    summary.add(entry)
                    if events:
                        _print_event(run.id, entry)
                    watcher.see(entry.record)
            except RunError:
                if not interrupt.asked:
                    raise
                # asked to stop before it could listen, the worker ended without a word
                if summary.started is None:
                    store.discard(run)
                    watcher.say("stopped before it began; no run is kept")
                raise KeyboardInterrupt from None
    if summary.state == "done":
        return summary
    if summary.state == "stopped":
        typer.echo(
            f"{run.id}: {clean(summary.reason)}, did after {len(summary.epochs)} whole epochs.", err=True
        )
        raise KeyboardInterrupt
    error = _failure(summary)
    if not summary.epochs and summary.exit_code in (UsageError.exit_code, MissingError.exit_code):
        # refused before anything was trained: there is no run to keep
        store.discard(run)
    raise error


class _Interrupt:
    """Ctrl-C: the first asks the worker to stop at the next batch, the second ends it at once.

    The handler itself writes nothing: a signal may come in the middle of a write, which Python does
    not let another one interrupt. ``tell`` says it from the loop that follows the worker.
    """

    def __init__(self, worker: WorkerProcess, watcher: Watcher) -> None:
        self.asked = False
        self._told = False
        self._worker = worker
        self._watcher = watcher

    def __enter__(self) -> "_Interrupt":
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def tell(self) -> None:
        """Say once that the worker was asked to stop."""
        if self.asked and not self._told:
            self._told = True
            self._watcher.say("stopping at the next batch; Ctrl-C once more ends it at once")

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            self._worker.kill()
            raise KeyboardInterrupt
        self.asked = True
        self._worker.stop()


def _failure(summary: Summary) -> TuilabError:
    error = RunError(summary.reason, summary.remedies)
    error.exit_code = summary.exit_code
    return error


def _print_event(run: str, entry: Entry) -> None:
    record = adapter.dump_python(entry.record, mode="json")
    typer.echo(json.dumps({"run": run, "seq": entry.seq, "time": entry.time, "record": record}))
    sys.stdout.flush()


@contextmanager
def _watcher(step: Step) -> Iterator[Watcher]:
    if sys.stderr.isatty():
        from tuilab.cli.bars import BarWatcher

        with BarWatcher(step.experiment.training.epochs) as watcher:
            yield watcher
    else:
        with LineWatcher(step.experiment.training.epochs) as watcher:
            yield watcher
