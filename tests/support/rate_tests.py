"""Rate tests without a process: made-up losses that fall most at 0.01 and grow beyond 0.3."""

import math
import threading
from collections.abc import Iterator
from typing import ClassVar

from tuilab.rate.curve import growing_rates
from tuilab.rate.request import RateRequest
from tuilab.rate.said import RateEnded, RateStep, Said
from tuilab.runs.journal.records import Phase


def loss_at(rate: float, step: int) -> float:
    """Return a loss with a little that changes from step to step."""
    log = math.log10(rate)
    fallen = 2.3 - 1.6 / (1 + math.exp(-3 * (log + 2)))
    return fallen + 6 * max(log - math.log10(0.3), 0) ** 2 + 0.04 * math.sin(17.0 * step * step)


class MadeUpTest:
    """In the place of ``tuilab.lab.rate_test.RateTest``.

    Attributes:
        asked: every request so far.
        hold_at: the step before which a test waits until it is stopped; 0: none does.
    """

    asked: ClassVar[list[RateRequest]] = []
    hold_at: ClassVar[int] = 0

    def __init__(self, request: RateRequest) -> None:
        """Take note of what is asked."""
        self._request, self._stopped = request, threading.Event()
        self.asked.append(request)

    def __enter__(self) -> "MadeUpTest":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it at the next step."""
        self._stopped.set()

    def said(self) -> Iterator[Said]:
        """Yield what a process would say."""
        yield Phase(name="compiling")
        span = self._request.span
        for step, rate in enumerate(growing_rates(span.lowest, span.highest, span.steps), 1):
            if step == self.hold_at:
                self._stopped.wait()
            if self._stopped.is_set():
                yield RateEnded(ending="stopped", seconds=1.0)
                return
            loss = loss_at(rate, step)
            yield RateStep(step=step, learning_rate=rate, cross_entropy=loss, penalty=0.0)
            if loss > 4:
                yield RateEnded(ending="diverged", seconds=2.0)
                return
        yield RateEnded(ending="complete", seconds=2.0)
