"""Finds the lines of a journal by the kind of their record without decoding them.

Most lines of a long run say how far it was at some moment; who wants what came out of it passes
over those. A block of a thousand lines is searched at once: looking at each costs far more.
"""

import re
from collections.abc import Collection, Iterator

_RECORD = b'"record":{'


class KindFinder:
    """Tells lines of some kinds from all others. Blocks are whole lines, newlines included."""

    def __init__(self, kinds: Collection[str]) -> None:
        """Prepare for kinds, e.g. ``batch``."""
        self.marks = {kind: _RECORD + b'"kind":"%s"' % kind.encode() for kind in kinds}
        """What the record of such a line begins with; quotes inside texts are escaped, so no text does."""
        names = b"|".join(re.escape(kind.encode()) for kind in kinds)
        self._other = re.compile(rb'%s"kind":"(?!(?:%s)")' % (re.escape(_RECORD), names))

    def others(self, block: bytes, lines: int) -> Iterator[tuple[int, int]]:
        """Yield index and first byte of every line that is not plainly of one of the kinds.

        A line that ``encode`` would write otherwise (more spaces, other keys first) is among them,
        whatever its kind.

        Args:
            block: the lines.
            lines: how many they are.
        """
        plain = sum(block.count(mark) for mark in self.marks.values())
        if plain == lines:
            return
        begins = [block.rfind(b"\n", 0, match.start()) + 1 for match in self._other.finditer(block)]
        if plain + len(set(begins)) != lines:  # some line bears none of the marks, or several
            yield from self._one_by_one(block)
            return
        index = before = 0
        for begin in begins:
            index += block.count(b"\n", before, begin)
            before = begin
            yield index, begin

    def last(self, block: bytes, kind: str) -> Iterator[int]:
        """Yield the first byte of the lines that bear a kind's mark, the last one first."""
        end = len(block)
        while (place := block.rfind(self.marks[kind], 0, end)) >= 0:
            end = block.rfind(b"\n", 0, place) + 1
            yield end

    def _one_by_one(self, block: bytes) -> Iterator[tuple[int, int]]:
        marks = tuple(self.marks.values())
        begin = 0
        for index, line in enumerate(block.split(b"\n")[:-1]):
            if not line.startswith(marks, max(line.find(_RECORD), 0)):
                yield index, begin
            begin += len(line) + 1
