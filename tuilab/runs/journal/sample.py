"""An even sample of the lines that a reader passes over: enough to draw them, few enough to decode."""

from collections.abc import Mapping

from tuilab.runs.journal.lines import number


class Sample:
    """Keeps, of the lines shown to it, at most so many, evenly spaced by the bytes between them.

    Every line is kept until there are too many. Then each second one is dropped, and from there on
    as many bytes are leapt over as lie between two that were kept. Besides these it keeps the last line
    before each of another kind: how far a run was when something happened is never left out.
    """

    def __init__(self, most: int) -> None:
        """Prepare for ``most`` lines, at least 1."""
        self._most = most
        self._leap = 0
        self._seen = 0
        self._next = 0
        self._even: list[tuple[int, bytes]] = []
        self._ends: list[tuple[int, bytes]] = []
        self._last: tuple[int, bytes] | None = None

    def take(self, block: bytes, others: Mapping[int, int]) -> None:
        """Take the next lines.

        Args:
            block: good lines of all kinds, newlines included.
            others: those of them that are not to be sampled: first byte in the block by number.
        """
        for begin in others.values():
            self._see_before(begin, block, others)
            if self._last is not None:
                self._ends.append(self._last)
            self._last = None
        self._see_before(len(block), block, others)
        place = self._next - self._seen
        while place < len(block):
            begin = block.index(b"\n", place - 1) + 1 if place else 0
            end = block.find(b"\n", begin)
            line = block[begin:end]  # nothing if the block ends
            if (seq := number(line)) >= 0 and seq not in others:
                self._even.append((seq, line))
            place = max(end + 1, begin + self._leap)
            if len(self._even) > self._most:
                self._even = self._even[::2]
                self._leap = (self._seen + end) // len(self._even)
        self._next = self._seen + place
        self._seen += len(block)

    def lines(self) -> dict[int, bytes]:
        """Return what was kept, by number."""
        return dict([*self._even, *self._ends])

    def _see_before(self, end: int, block: bytes, others: Mapping[int, int]) -> None:
        """Remember the line that ends where another one begins, unless it is not to be sampled."""
        if not end:
            return
        line = block[block.rfind(b"\n", 0, end - 1) + 1 : end - 1]
        if (seq := number(line)) not in others and seq >= 0:
            self._last = seq, line
