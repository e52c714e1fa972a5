"""Looks at a sweep again and again, off the UI thread: one look at a time, seldom where one takes long."""

import time
from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from tuilab.collecting import no_collecting
from tuilab.errors import TuilabError
from tuilab.tui.bindings import key_by_id
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.sweeps.news import Axes, News, explained, wants_explaining, work_out
from tuilab.tui.sweep_source import SweepSource

LOOK_SECONDS = 1.0
"""From one look to the next, at least; twice that with low bandwidth."""
_SHARE = 0.05
"""Of one core's time that looking takes, at most."""


class Looking:
    """Reads a sweep and works out what is shown of it; says whenever that is another.

    Attributes:
        news: the latest.
        axes: the settings of the grid; None: the first two.
    """

    def __init__(
        self,
        screen: Screen[Any],
        source: SweepSource,
        name: str,
        changed: Callable[[News | None, str], object],
    ) -> None:
        """Prepare.

        Args:
            screen: as long as it is mounted, the sweep is looked at.
            source: where it is read.
            name: which one.
            changed: takes news, None if there are none, and a sentence on why it cannot be read, empty if it
                can; called on the UI thread.
        """
        self._screen, self._source, self._name, self._changed = screen, source, name, changed
        self.news: News | None = None
        self.axes: Axes | None = None
        self._problem = ""
        self._looking = self._again = False
        self._timer: Timer | None = None

    def look(self) -> None:
        """Look now; where a look is under way, once more after it."""
        if self._looking:
            self._again = True
            return
        self._looking, self._again = True, False
        if self._timer is not None:
            self._timer.stop()
        lab = lab_of(self._screen)
        before, axes = self.news, self.axes
        confirm = key_by_id("sweep.confirm").names(lab.settings.keys)[0]

        def read() -> tuple[News | None, str, float]:
            began = time.thread_time()
            try:
                with no_collecting():
                    board, alive = self._source.board(self._name), self._source.alive(self._name)
                    if before is not None and before.board == board:
                        board = before.board
                    news = work_out(board, alive, axes, before, confirm=confirm)
            except TuilabError as error:
                return None, error.sentence, time.thread_time() - began
            except OSError as error:
                return None, f"the sweep cannot be read: {error.strerror or error}", 0.0
            return news, "", time.thread_time() - began

        lab.background.run(read, self._looked)

    def _explain(self, news: News) -> None:
        """Find out what explains the differences, once nothing changes any more."""
        confirm = key_by_id("sweep.confirm").names(lab_of(self._screen).settings.keys)[0]

        def found(more: News) -> None:
            if self._screen.is_attached and self.news is news:
                self.news = more
                self._changed(more, "")

        lab_of(self._screen).background.run(
            lambda: explained(news, self._source.importance(news.board), confirm), found
        )

    def _looked(self, result: tuple[News | None, str, float]) -> None:
        news, problem, took = result
        self._looking = False
        if not self._screen.is_attached:
            return
        if problem != self._problem or (news is not None and news is not self.news):
            self._problem, self.news = problem, news or self.news
            self._changed(news, problem)
            if news is not None and wants_explaining(news):
                self._explain(news)
        if self._again:
            self.look()
        else:
            slower = 2.0 if lab_of(self._screen).session.low_bandwidth else 1.0
            self._timer = self._screen.set_timer(max(LOOK_SECONDS * slower, took / _SHARE), self.look)
