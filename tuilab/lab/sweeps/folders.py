"""Where sweeps are on this machine: ``TUILAB_HOME/sweeps/NAME``.

sweep.json        which study it is and where that is kept
study.log         Optuna's journal of the study, unless it is kept elsewhere
board.json        all that is known of it, for whoever shows it
summary.json      the same in a few numbers, from when somebody last asked for them
importance.json   what explains the differences among its trials, where that was estimated
coordinator.json  the process that works on it; coordinator.lock is locked meanwhile
coordinator.log   what that process says
"""

import contextlib
import os
import platform
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tuilab.collecting import no_collecting
from tuilab.errors import RunError, UsageError, nearest
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.locks import lock_on
from tuilab.files.private import make_private, refuse_foreign
from tuilab.files.regular import read_regular
from tuilab.runs.worker.lease import Lease, read_lease
from tuilab.sweeps.board import Board
from tuilab.sweeps.spec import NAME_PATTERN
from tuilab.sweeps.summary import SweepSummary, summary_of
from tuilab.terminal import clean

NAME = re.compile(NAME_PATTERN)
_LARGEST_BOARD = 256 << 20


class Link(BaseModel):
    """Which study a sweep's folder belongs to."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    version: int = Field(default=1, ge=1, le=1)
    storage: str = ""
    """A database's URL, or the path of a journal file; empty: the journal in the folder itself. It may hold a
    password and is never shown whole."""
    worker: str
    """What this store is called in the study: the machine's name and a random part."""
    data: str = ""
    """Where this machine has the images; empty: where the sweep says."""
    weights: str = ""
    """The same of the weights."""


class _Kept(BaseModel):
    """A summary, and of which board: its file's inode, size and time."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    of: tuple[int, int, int]
    summary: SweepSummary


@dataclass(frozen=True)
class SweepFolder:
    """One sweep's folder."""

    path: Path

    @property
    def name(self) -> str:
        """What the sweep is called."""
        return self.path.name

    @property
    def board_file(self) -> Path:
        """All that is known of it."""
        return self.path / "board.json"

    @property
    def answer_file(self) -> Path:
        """What came of it, in words."""
        return self.path / "answer.json"

    @property
    def importance_file(self) -> Path:
        """What explains the differences among its trials."""
        return self.path / "importance.json"

    @property
    def identity(self) -> Path:
        """The process that works on it."""
        return self.path / "coordinator.json"

    @property
    def log(self) -> Path:
        """What that process says."""
        return self.path / "coordinator.log"

    def lock(self) -> FileLock:
        """Return the lock of whoever works on it here, not yet taken; raises RunError, OSError."""
        return lock_on(self.path / "coordinator.lock")

    def link(self) -> Link:
        """Return which study it belongs to; raises UsageError where that cannot be read."""
        path = self.path / "sweep.json"
        try:
            return Link.model_validate_json(read_regular(path, 64 * 1024))
        except (OSError, ValidationError) as error:
            raise UsageError(
                f"{clean(str(path))} is damaged or of a later version of tuilab",
                [f"tuilab sweep delete {self.name} takes the sweep away; its runs stay"],
            ) from error

    def journal(self, link: Link) -> Path | None:
        """Return the journal file of its study; None if that is in a database."""
        if not link.storage:
            return self.path / "study.log"
        return None if "://" in link.storage else Path(link.storage)

    def board(self) -> Board:
        """Return all that is known of it; raises UsageError where that cannot be read."""
        try:
            text = read_regular(self.board_file, _LARGEST_BOARD)
            with no_collecting():
                return Board.model_validate_json(text)
        except (OSError, ValidationError) as error:
            raise UsageError(
                f"what is known of the sweep {self.name} cannot be read: {clean(str(self.board_file))} is "
                "missing, damaged, or of a later version of tuilab",
                [f"tuilab sweep resume {self.name} writes it again from its study"],
            ) from error

    def summary(self) -> SweepSummary:
        """Return it in a few numbers, which are kept for the next one who asks; raises as ``board``."""
        memory, of = self.path / "summary.json", None
        with contextlib.suppress(OSError, ValidationError):
            status = self.board_file.stat()  # before it is read: one that is replaced meanwhile is another
            of = status.st_ino, status.st_size, status.st_mtime_ns
            kept = _Kept.model_validate_json(read_regular(memory, 64 * 1024))
            if kept.of == of:
                return kept.summary
        found = summary_of(self.board())
        if of is not None:
            with contextlib.suppress(OSError):  # a full disk: the next one reads the board as well
                write_whole(memory, _Kept(of=of, summary=found).model_dump_json() + "\n", links=False)
        return found

    def write_board(self, board: Board) -> None:
        """Write all that is known of it, in one step; raises OSError."""
        write_whole(self.board_file, board.model_dump_json() + "\n", links=False)

    def last_line(self, pid: int | None = None) -> str:
        """Return what a coordinator said last, safe to show; of a process, or of the last one."""
        try:
            lines = read_regular(self.log, 4 << 20).decode("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        said = [line.partition("] ")[2] for line in lines if f" [{pid or ''}" in line and "] " in line]
        return clean(said[-1] if said else "its log says nothing", limit=400)

    def worker(self) -> Lease | None:
        """Return the process that works on it on this machine; None if none does."""
        lease = read_lease(self.identity)
        return lease if lease is not None and lease.alive() else None


def folder() -> Path:
    """Return the folder of all sweeps, which need not exist.

    Raises:
        RunError: it is another person's.
    """
    refuse_foreign(paths.home())
    place = paths.home() / "sweeps"
    refuse_foreign(place)
    return place


def names() -> list[str]:
    """Return what the sweeps of this store are called, newest first."""
    try:
        with os.scandir(folder()) as found:
            places = [entry for entry in found if NAME.fullmatch(entry.name) and entry.is_dir()]
    except FileNotFoundError:
        return []
    made = {entry.name: _made(Path(entry.path)) for entry in places}
    return sorted(made, key=lambda name: (-made[name], name))


def _made(place: Path) -> float:
    try:
        return (place / "sweep.json").stat().st_mtime
    except OSError:
        return 0.0


def find(name: str) -> SweepFolder:
    """Return the sweep of a name, or with ``latest`` the newest one.

    Raises:
        UsageError: there is none of that name; the sentence names the nearest.
    """
    known = names()
    if name == "latest" and known:
        return SweepFolder(folder() / known[0])
    if name in known:
        return SweepFolder(folder() / name)
    if not known:
        raise UsageError(
            f"there is no sweep '{clean(name, limit=80)}': there are no sweeps yet in {clean(str(folder()))}",
            ["tuilab sweep --preset bn-l2 --grid model.l2=0,1e-4,1e-3 starts one"],
        )
    raise UsageError(
        f"there is no sweep '{clean(name, limit=80)}'; tuilab sweep list names them{nearest(name, known)}"
    )


def free_name(stem: str) -> str:
    """Return a name that no sweep of this store has: the stem, or the stem and a number."""
    taken = set(names())
    tries = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 10_000))
    return next(name for name in tries if name not in taken)


def check_name(name: str) -> None:
    """Refuse a name that cannot be a sweep's, or is taken; raises UsageError."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"'{clean(name, limit=80)}' cannot name a sweep: a name is 1 to 64 lowercase letters, digits "
            "and hyphens"
        )
    if name in names():
        raise UsageError(
            f"there is already a sweep '{name}'; choose another --name",
            [f"tuilab sweep resume {name} goes on with it", f"tuilab sweep delete {name} takes it away"],
        )


def new_link(storage: str = "", data: str = "", weights: str = "") -> Link:
    """Return what a new folder says of its study."""
    host = re.sub(r"[^A-Za-z0-9.-]", "_", platform.node())[:60] or "host"
    return Link(storage=storage, worker=f"{host}:{secrets.token_hex(4)}", data=data, weights=weights)


def make(name: str, link: Link, board: Board | None = None, study: Path | None = None) -> SweepFolder:
    """Make a sweep's folder, whole or not at all.

    Args:
        board: what is known of it.
        study: a journal that becomes its study's.

    Raises:
        UsageError: there is a sweep of that name.
        RunError: it cannot be made.
    """
    root = folder()
    draft = root / f".draft-{secrets.token_hex(8)}"
    try:
        make_private(root)
        draft.mkdir()
        try:
            draft.chmod(0o700)
            write_whole(draft / "sweep.json", link.model_dump_json(exclude_defaults=True) + "\n", links=False)
            if study is not None:
                study.rename(draft / "study.log")
            if board is not None:
                SweepFolder(draft).write_board(board)
            check_name(name)
            draft.rename(root / name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise RunError(
            f"the sweep's folder cannot be created in {clean(str(root))}: "
            f"{clean(error.strerror or str(error))}",
            ["free space, make the folder writable, or choose another: TUILAB_HOME=/a/folder"],
        ) from error
    return SweepFolder(root / name)


def remove(sweep: SweepFolder) -> None:
    """Delete a sweep's folder; its runs stay. Raises RunError where that cannot be done."""
    draft = sweep.path.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        sweep.path.rename(draft)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the sweep {sweep.name} cannot be deleted: {why}") from error
    shutil.rmtree(draft, ignore_errors=True)
