"""Whether a worker is to stop: asked by a signal or the commands of its run, or because that was taken."""

import signal
from types import FrameType

from tuilab.engine.telemetry import Throttle
from tuilab.runs.worker.commands import CommandReader
from tuilab.runs.worker.lease_holder import HeldLease
from tuilab.terminal import clean

LOOK_SECONDS = 0.25
"""How often the run's commands are looked at."""


class LeaseLost(Exception):
    """Another process works on the run now, or its folder is gone: nothing more may be written into it."""


class Stopping:
    """Collects the wishes that a worker stop.

    Attributes:
        reason: who asked, as a clause; None while nobody did.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._lease: HeldLease | None = None
        self._commands: CommandReader | None = None
        self._throttle = Throttle(LOOK_SECONDS)

    def listen(self) -> None:
        """Take SIGINT and SIGTERM from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.take)

    def take(self, number: int, _: FrameType | None = None) -> None:
        """Take a signal: stop at the next batch boundary. A second SIGINT ends the process immediately."""
        self.reason = f"asked to stop ({signal.Signals(number).name})"
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    def watch(self, lease: HeldLease, commands: CommandReader) -> None:
        """Look at the lease and the commands of the run from now on."""
        self._lease, self._commands = lease, commands

    def asked(self) -> bool:
        """Return whether somebody asked; costs next to nothing, and may be called at every batch.

        Raises:
            LeaseLost: the run is no longer this process's.
        """
        if self._lease is not None and self._lease.lost:
            raise LeaseLost
        if self.reason is None and self._commands is not None and self._throttle.due():
            for command in self._commands.read():
                self.reason = f"asked to {command.command} (from {clean(command.host, limit=80)})"
        return self.reason is not None
