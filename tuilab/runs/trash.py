"""Deleted runs, which can be brought back: moved aside as ``.trash-<id>-<hex>`` beside the others."""

import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tuilab.errors import RunError, UsageError
from tuilab.runs.lease import look
from tuilab.runs.store import Run, own_folder
from tuilab.runs.summary import summarize
from tuilab.terminal import clean

DRAFT_SECONDS = 24 * 3600.0
"""Age from which on a draft is one that a process left behind when it was killed."""
_DRAFT = re.compile(r"\.draft-[0-9a-f]{16}")
_TRASHED = re.compile(r"\.trash-[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,80}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Trashed:
    """A run that was deleted and is still on the disk.

    Attributes:
        run: where it stood, and will again.
        folder: where it is now.
    """

    run: Run
    folder: Path


def trash(run: Run) -> Trashed:
    """Delete a run so that it can be brought back: it vanishes from lists at once.

    Raises:
        UsageError: it is training, or may be on a host that cannot be reached, or it is gone already.
        RunError: the folder cannot be moved; the run stays.
    """
    lease, state = look(run.lease)
    if state == "alive":
        raise UsageError(f"{run.id} is training; stop it first")
    if lease is not None and state == "unreachable" and summarize(run).state == "unreachable":
        raise UsageError(
            f"{run.id} may still be training on {lease.place}, which has not been heard from for a while; "
            f"when that worker is gone for good, tuilab resume {run.id} --take-over takes the run"
        )
    folder = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        os.utime(run.folder)  # the time of its deletion, which empty_trash asks for
        run.folder.rename(folder)
    except FileNotFoundError as error:
        raise UsageError(f"{run.id} is gone already") from error
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be deleted: {why}") from error
    return Trashed(run, folder)


def restore(trashed: Trashed) -> Run:
    """Bring a deleted run back, to its own name.

    Raises:
        UsageError: its place is taken, or it was deleted for good.
        RunError: the folder cannot be moved.
    """
    run = trashed.run
    if os.path.lexists(run.folder):
        raise UsageError(f"{run.id} cannot be brought back: another folder of that name is there")
    try:
        trashed.folder.rename(run.folder)
    except FileNotFoundError as error:
        raise UsageError(f"{run.id} cannot be brought back: it was deleted for good") from error
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be brought back: {why}") from error
    return run


def empty_trash(older_than_seconds: float) -> int:
    """Delete for good what was deleted longer ago than that; return how many runs that were.

    Drafts that killed processes left are taken away as well, a day after.

    Raises:
        RunError: the folder of runs is another person's or cannot be read, or some could not be deleted; the
            others are.
    """
    now = time.time()
    old = _older(_TRASHED, now - older_than_seconds)
    failed = _delete(old)
    if failed:
        runs = "1 deleted run" if len(failed) == 1 else f"{len(failed)} deleted runs"
        raise RunError(f"{runs} could not be taken off the disk: {'; '.join(failed[:3])}")
    left = _delete(_older(_DRAFT, now - DRAFT_SECONDS))
    if left:
        raise RunError(f"drafts of killed processes could not be taken off the disk: {'; '.join(left[:3])}")
    return len(old)


def _older(name: re.Pattern[str], before: float) -> list[Path]:
    """Return what of such a name was changed last before that moment; links are left alone."""
    root = own_folder()
    try:
        with os.scandir(root) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if name.fullmatch(entry.name)
                and not entry.is_symlink()
                and entry.stat(follow_symlinks=False).st_mtime < before
            ]
    except FileNotFoundError:
        return []
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the runs in {clean(str(root))} cannot be listed: {why}") from error


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
