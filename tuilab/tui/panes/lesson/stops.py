"""What Enter acts on in a lesson, and how the cursor moves between it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["try", "choice", "words", "next"]


@dataclass(frozen=True)
class Stop:
    """Something that Enter acts on, and the lines where it stands.

    Attributes:
        kind: a thing to try, a choice of a question, words to write, or the next lesson.
        top: the first line of what has to be seen with it: a heading, or the question.
        first: its first line, from 0.
        after: the line after its last.
        number: which of the lesson's tries or questions, from 0.
        choice: which choice of the question, from 0.
    """

    kind: Kind
    top: int
    first: int
    after: int
    number: int = 0
    choice: int = 0

    def is_same(self, other: "Stop | None") -> bool:
        """Return whether the other is the same thing, wherever it stands."""
        return other is not None and (self.kind, self.number, self.choice) == (
            other.kind,
            other.number,
            other.choice,
        )

    def is_beside(self, other: "Stop | None") -> bool:
        """Return whether both belong to the same thing to try, question or lesson."""
        return other is not None and (self.kind, self.number) == (other.kind, other.number)


def in_sight(stops: Sequence[Stop], cursor: Stop | None, step: int, top: int, height: int) -> Stop | None:
    """Return the next (1) or previous (-1) stop that is in sight, ``height`` lines from ``top``."""
    for stop in stops if step > 0 else reversed(stops):
        beyond = cursor is None or (stop.first - cursor.first) * step > 0
        if beyond and top <= stop.first and (stop.after <= top + height or stop.first == top):
            # from within the text the cursor goes to a stop only when it comes into sight
            return stop
    return None


def next_group(stops: Sequence[Stop], cursor: Stop | None, step: int, top: int) -> Stop | None:
    """Return the first stop of the next (1) or previous (-1) thing to try, question or lesson.

    Args:
        stops: all of the page.
        cursor: where it stands; None: in the text.
        step: 1 or -1.
        top: the first line in sight, from which to look where the cursor is in the text.
    """
    firsts = [stop for n, stop in enumerate(stops) if not stop.is_beside(stops[n - 1] if n else None)]
    if cursor is not None:
        found = [
            stop for stop in firsts if not stop.is_beside(cursor) and (stop.first - cursor.first) * step > 0
        ]
    else:
        found = [stop for stop in firsts if (stop.first >= top) is (step > 0)]
    return found[0 if step > 0 else -1] if found else None
