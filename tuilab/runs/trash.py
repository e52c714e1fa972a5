"""Deleted runs, which can be restored: moved aside as ``.trash-<id>-<hex>`` beside the others.

They are kept for ``KEEP_SECONDS``; the app takes older ones off the disk when it opens.
"""

import contextlib
import math
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from tuilab.errors import RunError, UsageError
from tuilab.runs.queue.entry import path_of
from tuilab.runs.run import Run
from tuilab.runs.store import own_folder
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import look
from tuilab.terminal import clean

DRAFT_SECONDS = 24 * 3600.0
"""Age from which on a draft is one that a process left behind when it was killed."""
KEEP_SECONDS = 7 * 24 * 3600.0
"""How long a deleted run can be restored."""
_DRAFT = re.compile(r"\.draft-[0-9a-f]{16}")
_TRASHED = re.compile(r"\.trash-(?P<id>[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,80})-[0-9a-f]{8}")


@dataclass(frozen=True)
class Trashed:
    """A run that was deleted and is still on the disk.

    Attributes:
        run: where it stood, and will again.
        folder: where it is now.
        deleted: when it was deleted, in seconds since 1970.
    """

    run: Run
    folder: Path
    deleted: float

    @property
    def kept_until(self) -> float:
        """When it is taken off the disk at the earliest, in seconds since 1970."""
        return self.deleted + KEEP_SECONDS

    @property
    def name(self) -> str:
        """What the person called it; empty if they did not, or where that cannot be read. Clean."""
        try:
            return clean(Run(self.folder).manifest().name, limit=60)
        except UsageError:
            return ""

    def size(self) -> int:
        """Return how many bytes its files take; what cannot be looked at counts nothing."""
        return sum(_sizes(self.folder))


def trash(run: Run) -> Trashed:
    """Delete a run so that it can be restored: it disappears from lists immediately.

    Raises:
        UsageError: it is training, or may be on a host that cannot be reached, or it is gone already.
        RunError: the folder cannot be moved; the run stays.
    """
    lease, state = look(run.lease)
    match state:
        case "alive":
            raise UsageError(f"{run.id} is training; stop it first")
        case "unreachable":
            assert lease is not None
            if summarize(run).state == "unreachable":
                raise UsageError(
                    f"{run.id} may still be training on {lease.place}, which has not reported for a while; "
                    "once that worker is gone for good, take the run over with "
                    f"tuilab resume {run.id} --take-over"
                )
        case "dead" | "none":
            pass
        case _:
            assert_never(state)
    _drop_entry(run)
    folder = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    now = time.time()
    try:
        os.utime(run.folder, (now, now))  # how old the deletion is, for those who come later
        run.folder.rename(folder)
    except FileNotFoundError as error:
        raise UsageError(f"{run.id} no longer exists") from error
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be deleted: {why}") from error
    return Trashed(run, folder, now)


def _drop_entry(run: Run) -> None:
    """Take a run out of the queue: one that is restored does not start by itself."""
    with contextlib.suppress(OSError):
        path_of(run).unlink(missing_ok=True)


def list_trash() -> tuple[Trashed, ...]:
    """Return what was deleted and is still there, the latest first.

    Raises:
        RunError: the folder of runs is another person's or cannot be read.
    """
    found = [
        Trashed(Run(path.parent / name["id"]), path, deleted)
        for path, deleted in _named(_TRASHED)
        if (name := _TRASHED.fullmatch(path.name)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.deleted, reverse=True))


def find_trashed(text: str) -> Trashed:
    """Return the deleted run whose id is ``text`` or begins with it; ``latest``: the one deleted last.

    Raises:
        UsageError: none or several; the sentence names the candidates.
        RunError: the folder of runs is another person's or cannot be read.
    """
    kept = list_trash()
    if text == "latest" and kept:
        return kept[0]
    exact = [one for one in kept if one.run.id == text]
    fitting = exact or [one for one in kept if text and one.run.id.startswith(text)]
    ids = list(dict.fromkeys(one.run.id for one in fitting))
    shown = clean(text, limit=100)
    if len(ids) > 1:
        raise UsageError(
            f"{shown!r} matches {len(ids)} deleted runs: {', '.join(ids[:5])}; write more of the id"
        )
    if not ids:
        there = (
            f"the deleted runs are {', '.join(one.run.id for one in kept[:5])}" if kept else "there are none"
        )
        more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
        raise UsageError(f"there is no deleted run {shown!r}: {there}{more}")
    return fitting[0]


def restore(trashed: Trashed) -> Run:
    """Bring a deleted run back, to its own name.

    Raises:
        UsageError: its place is taken, or it was deleted for good.
        RunError: the folder cannot be moved.
    """
    run = trashed.run
    if os.path.lexists(run.folder):
        raise UsageError(f"{run.id} cannot be restored: a folder with that name already exists")
    try:
        trashed.folder.rename(run.folder)
    except FileNotFoundError as error:
        raise UsageError(f"{run.id} cannot be restored: it was deleted for good") from error
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be restored: {why}") from error
    return run


def empty_trash(older_than_seconds: float) -> int:
    """Delete for good what was deleted longer ago than that; return how many runs that were.

    Drafts that killed processes left are taken away as well, a day after.

    Raises:
        RunError: the folder of runs is another person's or cannot be read, or some could not be deleted; the
            others are.
    """
    now = time.time()
    # whatever the clock of the disk says: nothing is younger than nothing
    before = now - older_than_seconds if older_than_seconds > 0 else math.inf
    old = [path for path, deleted in _named(_TRASHED) if deleted < before]
    failed = _delete(old)
    if failed:
        runs = "1 deleted run" if len(failed) == 1 else f"{len(failed)} deleted runs"
        raise RunError(f"{runs} could not be deleted from the disk: {'; '.join(failed[:3])}")
    left = _delete([path for path, made in _named(_DRAFT) if made < now - DRAFT_SECONDS])
    if left:
        raise RunError(
            f"leftovers of killed processes could not be deleted from the disk: {'; '.join(left[:3])}"
        )
    return len(old)


def _named(name: re.Pattern[str]) -> list[tuple[Path, float]]:
    """Return what has such a name and when it was last changed; links are left alone."""
    root = own_folder()
    try:
        with os.scandir(root) as entries:
            return [
                (Path(entry.path), entry.stat(follow_symlinks=False).st_mtime)
                for entry in entries
                if name.fullmatch(entry.name) and not entry.is_symlink()
            ]
    except FileNotFoundError:
        return []
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the runs in {clean(str(root))} cannot be listed: {why}") from error


def _sizes(folder: Path) -> Iterator[int]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except OSError:
        return


def _delete(old: list[Path]) -> list[str]:
    """Delete folders and files; return what could not be and why, safe to show."""
    failed: list[str] = []
    for path in old:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            failed.append(f"{clean(str(path))} ({clean(error.strerror or str(error))})")
    return failed
