"""One line of what the doctor finds."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "missing", "not needed"]


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        group: the heading it stands under.
        what: a noun phrase.
        state: ``ok``, ``warn`` (works, with a drawback), ``missing``, or ``not needed`` (not there, and of no
            use here).
        detail: what was found. May hold text from outside: not yet cleaned for a screen.
        remedy: what to do next, one way a line; None if nothing needs doing.
        blocks_training: whether nothing can be trained here until this is fixed.
    """

    group: str
    what: str
    state: State
    detail: str
    remedy: str | None = None
    blocks_training: bool = False


def gib(count: float) -> str:
    """Return a number of bytes in words: ``1.5 GiB``."""
    return f"{count / 2**30:.1f} GiB"
