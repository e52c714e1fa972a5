"""The line above a plot: what is measured, where the cursor is, and each curve's sign, label and value."""

from collections.abc import Sequence

from tuilab.plots.cells import Role, Sheet, cells_wide, cut
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import clock

_Entry = tuple[str, str, str, Role]
"""Sign, label, value, and the role of sign and value."""
_SHORTEST = 5
"""Cells to which a label is cut at most; below, signs and values stand alone."""


def write_legend(sheet: Sheet, figure: Figure) -> None:
    """Write the first row of a sheet."""
    column = sheet.write(0, 0, cut(figure.title, sheet.width), Role.TITLE)
    if not figure.legend:
        return
    entries = [(p, p.sign(ascii=figure.ascii), figure.value_text(p)) for p in figure.curves]
    if figure.cursor is not None:
        at = f"{figure.cursor:.2f}" if figure.axis == "epoch" else clock(figure.cursor)
        needed = sum(3 + len(sign) + len(value) for _, sign, value in entries)
        words = f"at {at} epochs in total" if figure.chained else f"at epoch {at}"
        verbose = figure.axis == "epoch" and column + len(f" {words}") + needed <= sheet.width
        at = words if verbose else f"at {at}"
        column = sheet.write(column + 1, 0, cut(at, sheet.width - column - 1), Role.CURSOR)
    fitting = _fitting(entries, sheet.width - column)
    gap = 3 if any(label for _, label, _, _ in fitting) else 2
    for sign, label, value, role in fitting:
        column = sheet.write(column + gap, 0, sign, role) + 1
        if label:
            column = sheet.write(column, 0, label, Role.MUTED) + 1
        column = sheet.write(column, 0, value, role)


def _fitting(entries: Sequence[tuple[Plotted, str, str]], room: int) -> list[_Entry]:
    """Return the entries with their labels, with shorter ones, or with none and from the first on."""

    def labelled(labels: Sequence[str]) -> list[_Entry]:
        return [(sign, label, value, p.role) for (p, sign, value), label in zip(entries, labels, strict=True)]

    full = labelled([p.label for p, _, _ in entries])
    if _wide(full) <= room:
        return full
    short = [p.short or p.label for p, _, _ in entries]
    for longest in range(max([_SHORTEST, *map(cells_wide, short)]), _SHORTEST - 1, -1):
        capped = labelled([cut(label, longest) for label in short])
        if _wide(capped) <= room:
            return capped
    bare = labelled([""] * len(entries))
    while bare and sum(3 + len(sign) + len(value) for sign, _, value, _ in bare) > room:
        bare.pop()
    return bare


def _wide(entries: Sequence[_Entry]) -> int:
    return sum(3 + cells_wide(f"{sign} {label} {value}") for sign, label, value, _ in entries)
