"""A line of the results table: what stands in it, and how it is put together."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

GAP = 2
"""Blank columns after each column."""


@dataclass(frozen=True)
class Head:
    """A column of the table.

    Attributes:
        key: its name.
        label: what stands above it.
        width: in columns of the terminal.
        right: whether its cells are set to the right.
    """

    key: str
    label: str
    width: int
    right: bool = False


@dataclass(frozen=True)
class Line:
    """A row of the table.

    Attributes:
        key: a run's id, or a group's own name.
        cells: clean text, one for each column.
        roles: the component class of each cell, as ``results--good``; empty: plain.
        heading: text across the whole table; such a row has no cells and the cursor passes over it.
    """

    key: str
    cells: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    heading: str = ""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return a text of exactly so many columns of the terminal."""
    taken = cell_len(text)
    if taken > width:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    blank = " " * (width - taken)
    return blank + text if right else text + blank
