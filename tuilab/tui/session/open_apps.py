"""What trained or was queued when an app was last open, so that the next one says what became of it.

Each open app has a file of its own in the home, ``open/<hex>.json``: its process and the ids of the runs that
train or are queued. It is written whenever that changes, and stays when the app is left or its terminal is
lost. The next app on the same machine finds that the process is gone, tells, and takes the file away: each
run is told once. The file of an app that is still open is nobody else's.

Earlier versions noted there the queue that they kept by themselves, too. That is put into the store's queue
before the file goes.
"""

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import RunError, TuilabError
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.locks import lock_on
from tuilab.files.private import make_private
from tuilab.files.small import read_small
from tuilab.runs.worker.lease import Lease
from tuilab.terminal import clean
from tuilab.tui.session.saved_queue import Queued, TakenOver, moved

_NAME = re.compile(r"[0-9a-f]{16}\.json")
_MOST = 100
"""Files that are looked at."""
_LOCK_SECONDS = 5.0
"""How long to wait for another app that takes files away."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True)

    app: Lease
    training: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """What earlier versions wrote of a queue: names alone."""
    queue: tuple[Queued, ...] = ()
    """What an earlier version kept of a queue."""


@dataclass(frozen=True)
class LeftBehind:
    """What was left behind.

    Attributes:
        training: ids of runs that trained or were queued; they may be gone.
        waiting: names of what waited in queues of the first versions, which noted no more; text from outside.
        queued: names of what waited in later ones and is in the store's queue now; text from outside.
        problems: a sentence for each run that waited and cannot be queued.
    """

    training: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def folder() -> Path:
    """Return the place of the files, which need not exist."""
    return paths.home() / "open"


def take_left_behind(put: Callable[[Sequence[Queued]], TakenOver]) -> LeftBehind:
    """Return what apps that are gone left behind, and take their files away; never raises.

    A file that cannot be read is taken away as well: the runs themselves are none the worse for it. One with
    a queue that cannot be taken over just now stays.

    Args:
        put: puts what waited in an earlier version's queue into the store's; may raise TuilabError.
    """
    if not _files():
        return LeftBehind()
    try:
        with lock_on(folder() / "taking.lock").acquire(timeout=_LOCK_SECONDS):
            return _take(put)
    except Timeout:
        return LeftBehind()  # another app is at it
    except (RunError, OSError):
        return _take(None)  # a home that cannot be written


def _take(put: Callable[[Sequence[Queued]], TakenOver] | None) -> LeftBehind:
    training: dict[str, None] = {}
    waiting: list[str] = []
    queue: list[Queued] = []
    with_queue: list[Path] = []
    for path in _files():
        try:
            found = _File.model_validate_json(read_small(path))
        except (OSError, UnicodeDecodeError, ValidationError):
            found = None
        if found is not None and found.app.alive() is not False:
            continue  # open still, or of another machine
        if found is not None and found.queue:
            with_queue.append(path)
            queue += moved(found.queue, len(queue))
        else:
            _remove(path)
        if found is not None:
            training |= dict.fromkeys(found.training)
            waiting += found.waiting
    taken = TakenOver()
    if queue:
        try:
            taken = put(queue) if put is not None else _refused()
        except TuilabError as error:
            names = ", ".join(clean(one.preset, limit=60) for one in queue)
            problem = f"{names}: queued by an earlier version, and not taken over yet: {error.sentence}"
            taken = TakenOver(problems=(problem,))
        else:
            for path in with_queue:
                _remove(path)
    return LeftBehind(tuple(training), tuple(waiting), taken.names, taken.problems)


def _refused() -> TakenOver:
    raise RunError("the folder of tuilab cannot be written")


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


class OpenApp:
    """The file of this app."""

    def __init__(self) -> None:
        self._path = folder() / f"{secrets.token_hex(8)}.json"
        self._app = Lease.own()

    def note(self, runs: Sequence[str]) -> None:
        """Write which runs train or are queued, or take the file away where none does; for the background.

        A disk that does not take it leaves what was written before: then less is reported at the next start.
        """
        file = _File(app=self._app, training=tuple(runs))
        with contextlib.suppress(OSError):
            if runs:
                make_private(self._path.parent)
                text = json.dumps(file.model_dump(mode="json", exclude={"waiting", "queue"}), indent=1)
                write_whole(self._path, f"{text}\n")
            else:
                self._path.unlink(missing_ok=True)


def _files() -> list[Path]:
    try:
        return [path for path in folder().iterdir() if _NAME.fullmatch(path.name)][:_MOST]
    except OSError:
        return []
