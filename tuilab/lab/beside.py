"""A process of TensorFlow's beside runs, as whoever asks it for something sees it."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Generic, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from tuilab.errors import RunError, TuilabError
from tuilab.files import paths
from tuilab.files.private import make_private
from tuilab.runs.journal.records import Failed
from tuilab.runs.worker.process import worker_environment
from tuilab.terminal import clean

_PATIENCE = 5.0
"""Seconds for a process to end that was asked to."""

Said = TypeVar("Said")
"""What it says: one of the records that its adapter knows."""


class Beside(Generic[Said]):
    """A process under way. Use it in a ``with``: nothing of it is left behind."""

    def __init__(self, module: str, called: str, asked: str, adapter: TypeAdapter[Said]) -> None:
        """Start it; its libraries print into a log among the state.

        Args:
            module: of the engine.
            called: what sentences call it.
            asked: the line that says what it is to do.
            adapter: reads what it says.

        Raises:
            RunError: the process cannot be started.
        """
        self._called, self._adapter = called, adapter
        self._log = paths.state() / f"{module.replace('_', '-')}.log"
        try:
            make_private(self._log.parent)
            with self._log.open("wb") as log:
                self._log.chmod(0o600)
                self._process = subprocess.Popen(
                    [sys.executable, "-m", f"tuilab.engine.{module}", str(self._log)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                    umask=0o077,
                    env=worker_environment(),
                    text=True,
                    encoding="utf-8",
                )
        except OSError as error:
            raise RunError(f"{called} cannot be started: {clean(error.strerror or str(error))}") from error
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended at once: what it said tells why
            self._process.stdin.write(asked + "\n")
            self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def stop(self) -> None:
        """Ask it to end as soon as it can; may be called from any thread."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()

    def until(self, last: Callable[[Said], bool]) -> Iterator[Said]:
        """Yield what it says, to the record that ``last`` knows as the last one.

        Raises:
            TuilabError: it cannot be done, in its own words; or it ended without any.
        """
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                record = self._adapter.validate_json(line)
            except ValidationError as error:
                raise self._broken("said something that is no record") from error
            if isinstance(record, Failed):
                failed = TuilabError(clean(record.reason), [clean(remedy) for remedy in record.remedies])
                failed.exit_code = record.exit_code
                raise failed
            yield record
            if last(record):
                return
        code = self._process.wait()
        hint = "; the system may have run out of memory" if code == -9 else ""
        raise self._broken(f"was killed by signal {-code}{hint}" if code < 0 else f"ended with code {code}")

    def _broken(self, what: str) -> RunError:
        with contextlib.suppress(OSError):
            text = self._log.read_text("utf-8", "replace")
            last = [clean(line.strip(), limit=300) for line in text.splitlines() if line.strip()][-3:]
            return RunError(f"{self._called} {what}; its last output:", last)
        return RunError(f"{self._called} {what}")
