"""The worker process of a run: start it, follow what it says, stop it.

Started with ``subprocess`` in a session of its own, so that it survives the terminal; one process
a run, because TensorFlow gives a GPU's memory back only when its process ends.
"""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from tuilab.errors import RunError
from tuilab.runs.journal import Entry, JournalReader
from tuilab.runs.lease import read_lease
from tuilab.runs.records import LAST
from tuilab.runs.store import Run
from tuilab.terminal import clean

POLL_SECONDS = 0.05
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL = 74
"""Exit code of a worker whose disk is full, and which may not have been able to say so (EX_IOERR)."""


def ask_to_stop(run: Run) -> bool:
    """Ask the worker of a run to stop at the next batch boundary, whoever started it.

    Returns:
        False where no worker of it runs on this host.
    """
    lease = read_lease(run.lease)
    if lease is None or not lease.alive():
        return False
    try:
        os.kill(lease.pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


class WorkerProcess:
    """A worker that this process started."""

    def __init__(self, run: Run) -> None:
        """Start it.

        Raises:
            RunError: the process cannot be started; the sentence says why.
        """
        self.run = run
        try:
            fd = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tuilab.engine.worker", str(run.folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=fd,
                    stderr=fd,
                    start_new_session=True,
                    close_fds=True,
                    # the folder that a person stands in must not shadow a library of the worker's
                    env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"},
                )
            finally:
                os.close(fd)
        except OSError as error:
            raise RunError(
                f"the worker of {run.id} cannot be started: {clean(error.strerror or str(error))}"
            ) from error

    def follow(self, each_look: Callable[[], None] = lambda: None) -> Iterator[Entry]:
        """Yield the journal's entries as they come, the last one included.

        Args:
            each_look: called before each look at the journal, about twenty times a second.

        Raises:
            RunError: the worker died without a last record, or the journal is damaged.
        """
        reader = JournalReader(self.run.journal)
        while True:
            # asked before reading: what a worker wrote before it ended is read after
            code = self._process.poll()
            each_look()
            for entry in reader.read():
                yield entry
                if isinstance(entry.record, LAST):
                    self._process.wait()
                    return
            if reader.damage is not None:
                raise RunError(f"{reader.damage.reason} ({clean(str(self.run.journal))})")
            if code is not None:
                raise RunError(self._death(code), [f"what it printed is in {clean(str(self.run.log))}"])
            time.sleep(POLL_SECONDS)

    def ended(self) -> int | None:
        """Return its exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask it to stop at the next batch boundary."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _death(self, code: int) -> str:
        if code == DISK_FULL:
            return f"the disk of {clean(str(self.run.folder))} is full, so the run cannot go on"
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        hint = "; the system may have run out of memory" if code == -9 else ""
        return f"the worker of {self.run.id} {how} before it could say why{hint}"
