"""Say on stderr how a run goes while it is followed, and on stdout what a script asked for."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import typer

from tuilab.cli.lines import Fact, LineWatcher
from tuilab.cli.lost_output import output_needed
from tuilab.runs.journal.reader import MOMENTS, Entry, JournalReader
from tuilab.runs.journal.records import AnyRecord, adapter
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary

_MOMENTS_A_LOOK = 8
"""Batches and progress shown of what came between two looks, and of all that was before the first."""


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


def reader_of(run: Run, *, events: bool) -> JournalReader:
    """Return a reader of a run's journal, which may be long: every record, or enough of them to be shown."""
    return (
        JournalReader(run.journal)
        if events
        else JournalReader(run.journal, skip=MOMENTS, most=_MOMENTS_A_LOOK)
    )


def show(entries: Iterable[Entry], summary: Summary, watcher: Watcher, *, events: bool) -> None:
    """Take a run's entries as they come into its summary, and show them.

    Args:
        events: print every record on stdout, a JSON line each.

    Raises:
        RunError: what ended the entries.
        OutputLost: there is nobody to show them to.
    """
    for entry in entries:
        summary.add(entry)
        with output_needed():
            if events:
                _print_event(summary.run.id, entry)
            watcher.see(entry.record)


@contextmanager
def watcher(epochs: int) -> Iterator[Watcher]:
    """Yield what shows a run of so many epochs: bars on a terminal, lines elsewhere.

    Raises:
        OutputLost: nothing reads the output any more.
    """
    if sys.stderr.isatty():
        from tuilab.cli.bars import BarWatcher

        shown: Watcher = BarWatcher(epochs)
    else:
        shown = LineWatcher(epochs)
    with output_needed():
        shown.__enter__()
    try:
        yield shown
    finally:
        with output_needed():
            shown.__exit__()


def _print_event(run: str, entry: Entry) -> None:
    record = adapter.dump_python(entry.record, mode="json")
    typer.echo(json.dumps({"run": run, "seq": entry.seq, "time": entry.time, "record": record}))
    sys.stdout.flush()
