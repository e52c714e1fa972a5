"""Following a run: its journal's entries as they come, until its worker wrote its last record, or cannot."""

import time
from collections.abc import Callable, Iterator
from typing import assert_never

from tuilab.errors import RunError
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import LAST, Started
from tuilab.runs.run import Run
from tuilab.runs.worker.last_words import Printed
from tuilab.runs.worker.lease import Lease, look, why_unreachable
from tuilab.terminal import clean

POLL_SECONDS = 0.05
START_SECONDS = 60.0
"""From a run's folder to its worker's lease, at most."""

_UNREAD_SECONDS = 20.0
"""How long a journal may be unreadable while its worker works."""


def follow(
    run: Run,
    each_look: Callable[[], None] = lambda: None,
    *,
    reader: JournalReader | None = None,
    first: int = 0,
) -> Iterator[Entry]:
    """Yield a run's entries from the beginning and as they come, whoever started its worker.

    Ends where the journal ends with a last record and no worker holds the run's lease: one that was stopped
    and continues has such a record in its middle.

    Args:
        each_look: called before each look at the journal, about twenty times a second.
        reader: continues from this reader's place; else from the beginning.
        first: as of ``until_ended``.

    Raises:
        RunError: its worker ended without saying why, is unreachable or never began, or the journal is
            damaged.
    """
    deadline = time.monotonic() + START_SECONDS
    since = run.log.stat().st_size if first and run.log.exists() else 0

    def ended() -> RunError | None:
        lease, state = look(run.lease)
        if state != "alive" and not run.folder.is_dir():
            return RunError(f"{clean(str(run.folder))} was removed while it was being trained")
        match state:
            case "alive":
                return None
            case "none":
                # a worker takes the lease before it makes the journal
                if not run.journal.exists() and time.monotonic() < deadline:
                    return None
                return RunError(f"no worker is training {run.id}; tuilab resume {run.id} starts one")
            case "unreachable":
                assert lease is not None
                return RunError(
                    f"{run.id} cannot be followed: {why_unreachable(lease)}",
                    [f"once that worker is gone for good: tuilab resume {run.id} --take-over"],
                )
            case "dead":
                return interrupted(lease)
            case _:
                assert_never(state)

    def interrupted(lease: Lease | None) -> RunError:
        words = Printed.of(run.log, since).last_words(lease.pid) if lease else None
        return RunError(
            f"{run.id} was interrupted: {words.sentence if words else 'its worker ended without saying why'}",
            [
                *(words.remedies if words else ()),
                f"tuilab resume {run.id} continues from its last checkpoint",
                f"its output is in {clean(str(run.log))}",
            ],
        )

    yield from until_ended(run, reader or JournalReader(run.journal), ended, each_look, first=first)


def until_ended(
    run: Run,
    reader: JournalReader,
    ended: Callable[[], RunError | None],
    each_look: Callable[[], None],
    *,
    first: int = 0,
) -> Iterator[Entry]:
    """Yield entries as they come until the worker has ended.

    Args:
        ended: None while the worker is at work, else the error that it is where it left no last record.
        first: the number of the worker's first record; a last record before that is of an earlier one.

    Raises:
        RunError: what ``ended`` says, or the journal is damaged.
    """
    closed, unread_since = False, 0.0
    while True:
        # asked before reading: what a worker wrote before it ended is read after
        death = ended()
        each_look()
        try:
            entries, unread_since = reader.read(), 0.0
        except OSError as error:
            # what no worker can write either, it says itself, and soon
            entries, unread_since = [], unread_since or time.monotonic()
            if death is None and time.monotonic() - unread_since > _UNREAD_SECONDS:
                why = clean(error.strerror or str(error))
                raise RunError(f"{clean(str(run.journal))} cannot be read: {why}") from error
        for entry in entries:
            if isinstance(entry.record, LAST):
                closed = entry.seq >= first
            elif isinstance(entry.record, Started):
                closed = False
            yield entry
        if reader.damage is not None:
            raise RunError(f"{reader.damage.reason} ({clean(str(run.journal))})")
        if death is not None:
            if closed:
                return
            raise death
        time.sleep(POLL_SECONDS)
