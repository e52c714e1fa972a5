"""One tick, one truth: news of runs is held until every pane may be painted, then taken and told at once.

Between two ticks the book of runs does not grow: whatever a pane paints for another reason, a key or a new
size, says the same as the panes beside it.
"""

import time
from collections.abc import Callable
from typing import Protocol

from textual.timer import Timer

from tuilab.tui.messages import RunGrew
from tuilab.tui.surroundings import Pace


class RedrawBudget:
    """Says when a live picture may be drawn again: seldom, and the more seldom the more it costs."""

    def __init__(self, interval: float, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the budget.

        Args:
            interval: seconds between two drawings, at least.
            share: of one core's time, at most.
            clock: seconds.
        """
        self._interval, self._share, self._clock = interval, share, clock
        self._next = float("-inf")

    def wait(self) -> float:
        """Return the seconds until it may be drawn again; 0 if it may be now."""
        return max(self._next - self._clock(), 0.0)

    def spent(self, seconds: float) -> None:
        """Take note that it was drawn just now, and what processor time that took."""
        self._next = self._clock() + max(self._interval, seconds / self._share)


class Timers(Protocol):
    """What a tick needs of the app."""

    @property
    def leaves(self) -> bool:
        """Whether the app is being left."""
        ...

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Have something called once, after some seconds."""
        ...


class Tick:
    """Holds news, and hands all of it on when it is time."""

    def __init__(self, app: Timers, take: Callable[[list[RunGrew]], None], pace: Pace) -> None:
        """Prepare.

        Args:
            app: whose timers are used.
            take: takes the news into the book and has it painted; called on the UI thread.
            pace: how often.
        """
        self._app, self._take = app, take
        self._budget = RedrawBudget(pace.tick, pace.share)
        self._held: list[RunGrew] = []
        self._due: Timer | None = None

    def hold(self, message: RunGrew) -> None:
        """Take news: handed on now where it is time, else at the next tick."""
        self._held.append(message)
        wait = self._budget.wait()
        if not wait:
            self.now()
        elif self._due is None:
            self._due = self._app.set_timer(wait, self.now)

    def now(self) -> None:
        """Hand on what is held: something happened that must not come before it."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        if not self._held or self._app.leaves:
            return
        held, self._held = self._held, []
        began = time.thread_time()
        self._take(held)
        self._budget.spent(time.thread_time() - began)
