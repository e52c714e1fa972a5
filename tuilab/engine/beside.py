"""A process of TensorFlow's beside runs: it is asked for one thing, says what happens, and ends.

It reads one line from its standard input, what it is asked for, and writes records to its standard output, a
line of JSON each. It is to end early where its input is closed: whoever asked wants it no more, or is gone.
"""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

from tuilab.engine import numerics
from tuilab.engine.failures import failure
from tuilab.engine.telemetry import log_error
from tuilab.errors import RunError, TuilabError
from tuilab.processes.streams import open_closed
from tuilab.runs.journal.records import Failed, Record


class Speaker:
    """Writes records as lines; where nobody reads them any more, it asks the work to stop."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._stopping = threading.Event()

    def append(self, record: Record, *, durable: bool = False) -> None:
        """Write a record; a pipe keeps none, so ``durable`` changes nothing."""
        try:
            self._out.write(record.model_dump_json() + "\n")
            self._out.flush()
        except OSError:
            self._stopping.set()

    def listen(self, source: TextIO) -> None:
        """Ask the work to stop as soon as ``source`` ends."""

        def wait() -> None:
            source.read()
            self._stopping.set()

        threading.Thread(target=wait, name="input", daemon=True).start()

    def asked(self) -> bool:
        """Return whether the work is to stop."""
        return self._stopping.is_set()


@dataclass(frozen=True)
class _Workplace:
    """What errors name where there is no run."""

    log: Path

    @property
    def folder(self) -> Path:
        """Holds the log."""
        return self.log.parent


def run_beside(log: str, work: Callable[[str, Speaker], None]) -> NoReturn:
    """Do what the first line of the standard input asks for, and end this process.

    Args:
        log: the file that this process prints into, for errors to name.
        work: takes that line, and what to say things to.
    """
    open_closed()
    warnings.simplefilter("default")
    # what libraries print is no record
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    speaker = Speaker(out)
    code = 0
    try:
        asked = sys.stdin.readline()
        speaker.listen(sys.stdin)
        numerics.settle(None)
        work(asked, speaker)
    except TuilabError as error:
        log_error()
        code = _fail(speaker, error.sentence, error.remedies, error.exit_code)
    except Exception as error:  # noqa: BLE001 - the process's outermost frame: told to whoever asked, logged whole
        log_error()
        why = failure(error, _Workplace(Path(log)))
        code = _fail(speaker, why.sentence, why.remedies, RunError.exit_code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _fail(speaker: Speaker, reason: str, remedies: "tuple[str, ...] | list[str]", exit_code: int) -> int:
    speaker.append(Failed(reason=reason, remedies=list(remedies), exit_code=exit_code, seconds=0.0))
    return exit_code
