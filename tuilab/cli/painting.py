"""Cells as text for a terminal: how wide, in which letters, in which colours."""

import os
import shutil
import sys

from tuilab.plots.cells import Cells, Role


def width() -> int:
    """Return how many columns a plot takes."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)


def shows_unicode() -> bool:
    """Return whether stdout takes more than ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def in_colour() -> bool:
    """Return whether stdout is a terminal whose owner wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def painted(cells: Cells, colour: bool | None = None) -> str:
    """Return cells as text, coloured if asked for; None: on a terminal, unless NO_COLOR is set."""
    if not (in_colour() if colour is None else colour):
        return "\n".join(cells.lines())
    rows = ([paint(text, role, True) for text, role in cells.runs(row)] for row in range(cells.height))
    return "\n".join("".join(row).rstrip() for row in rows)


def paint(text: str, role: Role, coloured: bool) -> str:
    """Return a text in the colour of its role, where it has one."""
    return f"\x1b[{_STYLES[role]}m{text}\x1b[0m" if coloured and role in _STYLES else text


_STYLES = {
    Role.TITLE: "1",
    Role.MUTED: "38;5;244",
    Role.AXIS: "38;5;244",
    Role.TRAIN: "38;5;33",
    Role.VAL: "38;5;166",
    Role.MARK_1: "38;5;134",
    Role.MARK_2: "38;5;31",
    Role.MARK_3: "38;5;161",
    Role.MARK_4: "38;5;29",
    Role.GOOD: "1;38;5;29",
    Role.ERROR: "38;5;161",
}
"""Of 256 colours those that are read on a dark ground and on a light one."""
