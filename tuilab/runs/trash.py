"""Deleted runs, which can be brought back: moved aside as ``.trash-<id>-<hex>`` beside the others."""

import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tuilab import paths
from tuilab.errors import RunError, UsageError
from tuilab.runs.lease import read_lease
from tuilab.runs.store import Run
from tuilab.terminal import clean

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
        UsageError: it is training, or it is gone already.
        RunError: the folder cannot be moved; the run stays.
    """
    lease = read_lease(run.lease)
    if lease is not None and lease.alive():
        raise UsageError(f"{run.id} is training; stop it first")
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

    Raises:
        RunError: some could not be deleted; the others are.
    """
    before = time.time() - older_than_seconds
    try:
        with os.scandir(paths.runs()) as entries:
            old = [
                Path(entry.path)
                for entry in entries
                if _TRASHED.fullmatch(entry.name)
                and entry.is_dir(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_mtime < before
            ]
    except FileNotFoundError:
        return 0
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the runs in {clean(str(paths.runs()))} cannot be listed: {why}") from error
    failed: list[str] = []
    for folder in old:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            failed.append(f"{clean(str(folder))} ({clean(error.strerror or str(error))})")
    if failed:
        runs = "1 deleted run" if len(failed) == 1 else f"{len(failed)} deleted runs"
        raise RunError(f"{runs} could not be taken off the disk: {'; '.join(failed[:3])}")
    return len(old)
