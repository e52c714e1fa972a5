"""What an export format is. Each is a file of ``formats/`` that declares one as ``FORMAT``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuilab.results.rows import Row


@dataclass(frozen=True)
class Format:
    """A way to write rows to a file.

    Attributes:
        name: what ``--format`` takes; its file in ``formats/`` is called so as well.
        title: what it is and what for, in a few words.
        suffix: of a file's name, without the dot.
        text: writes rows, in their order, with a newline at the end.
        for_programs: whether a program reads it, which takes a table of no runs as well.
    """

    name: str
    title: str
    suffix: str
    text: Callable[[Sequence[Row]], str]
    for_programs: bool = False
