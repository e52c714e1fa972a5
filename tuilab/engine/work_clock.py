"""A stopwatch of work: it stands while the process is stopped or the machine sleeps."""

import threading
import time
from collections.abc import Callable

BEAT = 0.25
"""Seconds between two looks at the clocks."""
PAUSE = 2.0
"""Seconds between two looks from which on the process may have been stopped."""
_IDLE = 0.25
"""Share of such a gap in which the processor must not have been used, if it was a stop: a thread that holds
the interpreter for seconds keeps the looks away as well, and works."""


class WorkClock:
    """Seconds of work since it was made.

    A thread looks at the time now and then. If it could not for a while, and the process used no
    processor either, the process was stopped (SIGSTOP, a debugger, a container that was frozen): that is
    not training time. While the machine sleeps the clock of the system stands still already.
    """

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, cpu: Callable[[], float] = time.process_time
    ) -> None:
        """Begin at 0.

        Args:
            clock: seconds, which do not grow while the machine sleeps.
            cpu: seconds of processor time that this process used.
        """
        self._clock, self._cpu = clock, cpu
        self._lock = threading.Lock()
        self._began = self._looked = clock()
        self._used = cpu()
        self._paused = 0.0

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        threading.Thread(target=self._beat, name="tuilab-work-clock", daemon=True).start()

    def __call__(self) -> float:
        """Return the seconds of work so far."""
        with self._lock:
            now, used = self._clock(), self._cpu()
            gap = now - self._looked
            if gap > PAUSE and used - self._used < _IDLE * gap:
                self._paused += gap - BEAT
            self._looked, self._used = now, used
            return now - self._began - self._paused

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT)
            self()
