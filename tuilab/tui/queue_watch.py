"""Watches the queue from the observer's thread: looks when its bell rang, and while runs wait."""

from collections.abc import Callable

from textual.message import Message

from tuilab.errors import TuilabError
from tuilab.lab.queue.standing import Standing
from tuilab.tui.messages import QueueListed
from tuilab.tui.queue_source import Left, QueueSource


class QueueWatch:
    """Says what waits, whenever that is another; makes sure that somebody starts it."""

    def __init__(self, source: QueueSource, post: Callable[[Message], object], *, interval: float) -> None:
        """Prepare; the first look is at once.

        Args:
            source: the queue.
            post: takes a message from any thread.
            interval: seconds from one look to the next while something waits and nothing is heard.
        """
        self._source, self._post = source, post
        self._interval = interval
        self.expected: frozenset[str] = frozenset()
        """Runs that wait as far as the app knows; set from the UI thread."""
        self._known: tuple[Standing, ...] = ()
        self._problem = ""
        self._rung = -1
        self._at = 0.0
        self._asked = False

    def ask(self) -> None:
        """Have the next look be a real one; from any thread."""
        self._asked = True

    def look(self, now: float) -> bool:
        """Look if it is time; return whether the bell rang."""
        rung = self._source.bell()
        rang = rung != self._rung
        due = bool(self._known or self.expected) and now >= self._at
        if rang or self._asked or due:
            self._rung, self._asked, self._at = rung, False, now + self._interval
            self._look()
        return rang

    def _look(self) -> None:
        found, problem = self._known, ""
        try:
            found = self._source.standings()
            if any(one.moves for one in found):
                self._source.wake()
        except TuilabError as error:
            problem = error.sentence
        except OSError as error:
            problem = f"the queue cannot be read: {error.strerror or error}"
        here = {one.run.id for one in found}
        gone = (self.expected | {one.run.id for one in self._known}) - here
        left: dict[str, Left] = {}
        for run_id in gone:
            if (what := self._source.became(run_id)) is not None:
                left[run_id] = what
        if found != self._known or problem != self._problem or left:
            self._known, self._problem = found, problem
            self._post(QueueListed(found, left, problem))
