"""What an export format is. Each is a file of ``formats/`` that declares one as ``FORMAT``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuilab.results.comparison import Side
from tuilab.results.rows import Row


@dataclass(frozen=True)
class Format:
    """A way to write rows to a file, and comparisons of two runs.

    Attributes:
        name: what ``--format`` takes; its file in ``formats/`` is called so as well.
        title: what it is and what for, in a few words.
        suffix: of a file's name, without the dot.
        text: writes rows, in their order, with a newline at the end.
        compared: writes what two runs share and where they differ, likewise.
        for_programs: whether a program reads it, which takes a table of no runs as well.
    """

    name: str
    title: str
    suffix: str
    text: Callable[[Sequence[Row]], str]
    compared: Callable[[Side, Side], str]
    for_programs: bool = False

    @property
    def short_title(self) -> str:
        """What it is, in a word."""
        return self.title.partition(",")[0]
