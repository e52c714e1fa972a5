"""What a run's worker is asked to do, in a file of the run: it reaches a worker on any host.

One JSON object a line, appended in one write. On NFS two hosts that append in the same instant may damage
each other's line; a damaged line is passed over, and whoever asked asks again.
"""

import json
import os
import platform
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import RunError
from tuilab.files.regular import open_regular
from tuilab.runs.run import Run
from tuilab.terminal import clean

CommandName = Literal["stop"]
OPEN_SECONDS = 2.0
"""How often the file is opened where it looks unchanged: NFS shows then what another host wrote."""
_MOST = 1 << 20  # bytes read at a time


class Command(BaseModel):
    """One thing that a worker is asked to do, and by whom."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    time: float
    """Seconds since 1970, by the clock of whoever asks."""
    command: CommandName
    host: str
    """Text from outside."""
    pid: int


def ask(run: Run, command: CommandName) -> None:
    """Ask a run's worker to do something; it does so at its next look.

    Raises:
        RunError: it cannot be written; the sentence says why.
    """
    asked = Command(time=round(time.time(), 3), command=command, host=platform.node(), pid=os.getpid())
    # an empty line first: what was torn off before it stays apart
    line = f"\n{json.dumps(asked.model_dump())}\n".encode()
    try:
        fd = open_regular(run.commands, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.fchmod(fd, 0o600)  # whatever the umask
            os.write(fd, line)
        finally:
            os.close(fd)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the worker of {run.id} cannot be asked to {command}: {why}") from error


class CommandReader:
    """Reads commands as they come: those that were there before are not its worker's.

    Make it after the lease is taken: whoever asks looks first whether a worker holds one.
    """

    def __init__(self, path: Path) -> None:
        """Begin at the file's present end; it need not exist yet."""
        self._path = path
        self._opened = time.monotonic()
        try:
            self._cursor = path.stat().st_size
        except OSError:
            self._cursor = 0

    def read(self) -> list[Command]:
        """Return the commands that came since the last call. Costs one ``stat`` where none did.

        Damaged lines are passed over; a file that cannot be read holds no commands (there are signals, too).
        """
        try:
            late = time.monotonic() - self._opened > OPEN_SECONDS
            if not late and self._path.stat().st_size == self._cursor:
                return []
            block = self._new()
        except OSError:
            return []
        whole = block.rpartition(b"\n")[0]
        if whole or block.startswith(b"\n"):
            self._cursor += len(whole) + 1
        return [command for line in whole.split(b"\n") if (command := _parse(line))]

    def _new(self) -> bytes:
        self._opened = time.monotonic()
        fd = open_regular(self._path)
        try:
            if os.fstat(fd).st_size < self._cursor:
                self._cursor = 0  # another file stands in its place
            return os.pread(fd, _MOST, self._cursor)
        finally:
            os.close(fd)


def _parse(line: bytes) -> Command | None:
    try:
        return Command.model_validate_json(line)
    except ValidationError:
        return None
