"""The chain of checksums: the checksum of a line is that of every byte before it and of its own.

So whoever knows the checksum up to some place proves thousands of lines behind it with one sum over
all their bytes and a look at the last line. Only where that fails are they gone through one by
one, to find where the damage begins.

Journals of the first days have lines whose checksums stand apart, each of its own line alone. Their
first line is the same in both forms; the second one tells. They are always read line by line.
"""

import zlib
from dataclasses import dataclass, replace

from tuilab.runs.journal.lines import UnknownRecord, checked, decode, number


@dataclass(frozen=True)
class Place:
    """The end of a line up to which a journal is proven; at first its beginning.

    Attributes:
        offset: bytes before it.
        seq: records before it.
        total: CRC32 of all bytes before it; not kept where checksums stand apart.
        apart: whether each line's checksum is of that line alone.
    """

    offset: int = 0
    seq: int = 0
    total: int = 0
    apart: bool = False

    @property
    def before(self) -> int:
        """What the checksum of the next line continues from."""
        return 0 if self.apart else self.total

    def after(self, block: bytes) -> tuple["Place", str]:
        """Go on over whole lines, newlines included.

        Returns:
            The place behind the last good one of them, and why the next one is bad; empty: all are good.
        """
        whole = None if self.apart or not block else self._at_once(block)
        return (whole, "") if whole else self._line_by_line(block)

    def behind(self, line: bytes) -> "Place":
        """Go on over one line, newline included, that is known to be good."""
        total = 0 if self.apart else zlib.crc32(line, self.total)
        return Place(self.offset + len(line), self.seq + 1, total, self.apart)

    def _at_once(self, block: bytes) -> "Place | None":
        last = block.rfind(b"\n", 0, -1) + 1
        seq = self.seq + block.count(b"\n")
        with memoryview(block) as view:
            total = zlib.crc32(view[:last], self.total)
            line = block[last:-1]
            if number(line) != seq - 1 or not checked(line, total):
                return None
            return Place(self.offset + len(block), seq, zlib.crc32(view[last:], total))

    def _line_by_line(self, block: bytes) -> tuple["Place", str]:
        place = self
        for line in block.split(b"\n")[:-1]:
            if not checked(line, place.before):
                if place.seq != 1 or not checked(line, 0):
                    return place, "the checksum does not match"
                place = replace(place, apart=True)
            if number(line) != place.seq and (why := _misnumbered(line, place.seq)):
                return place, why
            place = place.behind(line + b"\n")
        return place, ""


def _misnumbered(line: bytes, seq: int) -> str:
    """Return what is wrong with a line that ``encode`` would write otherwise; empty if nothing is."""
    try:
        decode(line, seq)
    except UnknownRecord:
        return ""
    except ValueError as error:
        return str(error)
    return ""
