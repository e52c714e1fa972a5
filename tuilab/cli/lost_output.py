"""Output that reaches nobody: the terminal is gone, or whoever read it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class OutputLost(Exception):
    """What is still to be printed reaches nobody.

    Attributes:
        exit_code: what the command ends with.
    """

    def __init__(self, exit_code: int = 1) -> None:
        super().__init__("nothing reads the output of this process any more")
        self.exit_code = exit_code


HUNG_UP = 128 + signal.SIGHUP
"""Exit code of a command whose terminal went away."""


@contextmanager
def output_needed() -> Iterator[None]:
    """Raise OutputLost where what is written inside cannot be: a broken pipe, a terminal that is gone."""
    try:
        yield
    except OSError as error:
        raise OutputLost from error


def mute() -> None:
    """Have what is still written vanish: else Python fails once more when it ends and flushes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
