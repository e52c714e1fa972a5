"""The signals of a command that trains: what asks its worker to stop, and what does not."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from tuilab.cli.lost_output import HUNG_UP, OutputLost


class Stoppable(Protocol):
    """A worker that this process answers for."""

    def stop(self) -> object:
        """Ask it to stop at the next batch boundary."""
        ...

    def kill(self) -> object:
        """End it immediately."""
        ...


class Interrupts:
    """Takes SIGINT, SIGTERM and SIGHUP while a worker is followed.

    Ctrl-C asks the worker to stop at the next batch, with a checkpoint; a second one ends it immediately.
    SIGTERM, which a batch scheduler sends before it takes a job's machine away, asks as well. SIGHUP says
    that the terminal is gone: the worker continues. If it was ignored from the beginning (``nohup``), it
    stays so.

    The handlers write nothing: a signal may come in the middle of a write, which Python does not let
    another one interrupt. ``heed`` does so from the loop that follows the worker.
    """

    def __init__(self) -> None:
        self.asked = False
        """Whether the worker was asked to stop."""
        self._announced = self._hung_up = False
        self._worker: Stoppable | None = None

    def __enter__(self) -> "Interrupts":
        taken = {signal.SIGINT: self._interrupt, signal.SIGTERM: self._terminate}
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            taken[signal.SIGHUP] = self._hang_up
        self._before = {number: signal.signal(number, handler) for number, handler in taken.items()}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def answer_for(self, worker: Stoppable) -> None:
        """Pass wishes on to this worker, those as well that came before there was one."""
        self._worker = worker
        if self.asked:
            worker.stop()

    def handle(self, say: Callable[[str], None]) -> None:
        """Say once that the worker was asked to stop.

        Raises:
            OutputLost: the terminal is gone.
        """
        if self._hung_up:
            raise OutputLost(HUNG_UP)
        if self.asked and not self._announced:
            self._announced = True
            say("stopping at the next batch; press Ctrl-C again to end it immediately")

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.asked and self._worker is not None:
            self._worker.kill()
        else:
            self._terminate(number, frame)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._worker is not None:
            self._worker.stop()

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        self._hung_up = True


@contextmanager
def heard_at_a_look() -> Iterator[Callable[[], None]]:
    """Yield what raises KeyboardInterrupt once Ctrl-C was pressed, to be called again and again.

    Raised from the signal itself it may hit code whose exceptions Python ignores, a destructor or a callback,
    and be lost. A second Ctrl-C does raise it from there, for whoever is stuck between two looks.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def look() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield look
    finally:
        signal.signal(signal.SIGINT, before)
