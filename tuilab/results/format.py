"""What an export format is. Each is a file of ``formats/`` that declares one as ``FORMAT``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.results.comparison import Side
from tuilab.results.document import Page
from tuilab.results.rows import Row


@dataclass(frozen=True)
class Listing:
    """Something else than runs, as each kind of format needs it.

    Attributes:
        page: as people read it.
        columns: what each row has, in order.
        rows: for a spreadsheet, numbers not rounded.
        content: for a program: all there is, as JSON has it; numbers that are not finite become null.
    """

    page: Page
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """A way to write rows to a file, comparisons of two runs, and other lists.

    Attributes:
        name: what ``--format`` takes; its file in ``formats/`` is called so as well.
        title: what it is and what for, in a few words.
        suffix: of a file's name, without the dot.
        text: writes rows, in their order, with a newline at the end.
        compared: writes what two runs share and where they differ, likewise.
        listed: writes something else, as a sweep, likewise.
        for_programs: whether a program reads it, which takes a table of no runs as well.
    """

    name: str
    title: str
    suffix: str
    text: Callable[[Sequence[Row]], str]
    compared: Callable[[Side, Side], str]
    listed: Callable[[Listing], str]
    for_programs: bool = False

    @property
    def short_title(self) -> str:
        """What it is, in a word."""
        return self.title.partition(",")[0]
