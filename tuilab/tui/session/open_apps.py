"""What trained or waited when an app was last open, so that the next one says what became of it.

Each open app has a file of its own in the home, ``open/<hex>.json``: its process, the runs that train, what
waits in its queue. It is written whenever that changes, and stays when the app is left or its terminal is
lost. The next app on the same machine finds that the process is gone, tells, and takes the file away: each
run is told once. The file of an app that is still open is nobody else's.
"""

import contextlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.files.small import read_small
from tuilab.runs.worker.lease import Lease
from tuilab.tui.session.saved_queue import Queued, moved

_NAME = re.compile(r"[0-9a-f]{16}\.json")
_MOST = 100
"""Files that are looked at."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True)

    app: Lease
    training: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """What earlier versions wrote of a queue: names alone."""
    queue: tuple[Queued, ...] = ()


@dataclass(frozen=True)
class LeftBehind:
    """What was left behind.

    Attributes:
        training: ids of runs that trained; they may be gone.
        waiting: what waited in queues of an earlier version, as it was called; text from outside.
        queue: what waited, so that it can be started.
    """

    training: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    queue: tuple[Queued, ...] = ()


def folder() -> Path:
    """Return the place of the files, which need not exist."""
    return paths.home() / "open"


def take_left_behind() -> LeftBehind:
    """Return what apps that are gone left behind, and take their files away; never raises.

    A file that cannot be read is taken away as well: the runs themselves are none the worse for it.
    """
    training: dict[str, None] = {}
    waiting: list[str] = []
    queue: list[Queued] = []
    for path in _files():
        try:
            found = _File.model_validate_json(read_small(path))
        except (OSError, UnicodeDecodeError, ValidationError):
            found = None
        if found is not None and found.app.alive() is not False:
            continue  # open still, or of another machine
        with contextlib.suppress(OSError):
            path.unlink()
        if found is not None:
            training |= dict.fromkeys(found.training)
            waiting += found.waiting
            queue += moved(found.queue, len(queue))
    return LeftBehind(tuple(training), tuple(waiting), tuple(queue))


class OpenApp:
    """The file of this app."""

    def __init__(self) -> None:
        self._path = folder() / f"{secrets.token_hex(8)}.json"
        self._app = Lease.own()

    def note(self, training: Sequence[str], queue: Sequence[Queued]) -> None:
        """Write what trains and what waits, or take the file away where nothing does; for the background.

        A disk that does not take it leaves what was written before: then less is reported at the next start.
        """
        file = _File(app=self._app, training=tuple(training), queue=tuple(queue))
        with contextlib.suppress(OSError):
            if training or queue:
                make_private(self._path.parent)
                write_whole(self._path, json.dumps(file.model_dump(mode="json"), indent=1) + "\n")
            else:
                self._path.unlink(missing_ok=True)


def _files() -> list[Path]:
    try:
        return [path for path in folder().iterdir() if _NAME.fullmatch(path.name)][:_MOST]
    except OSError:
        return []
