"""The rows of a network as lines of text, in columns, with the unfreeze boundary between them."""

from collections.abc import Sequence
from itertools import pairwise

from tuilab.experiment import Experiment, base_of
from tuilab.tui.panes.network.layer_rows import LayerRow, fitted, layer_rows
from tuilab.tui.panes.network.lines import Line, cell

_SIGNS = {"trains": "●", "frozen": "○", "none": "·"}
_WORDS = {"trains": "TRAINS", "frozen": "frozen", "none": "—"}
_ROLES = {"trains": "trained", "frozen": "frozen", "none": "muted"}


def layer_lines(
    experiment: Experiment, width: int, height: int, *, classes: int = 10, keys: str = ""
) -> tuple[Line, ...]:
    """Return a heading and a line for each row, the boundary among them.

    Args:
        experiment: whose network.
        width: cells of a line.
        height: lines that there is room for; blocks are put into one row each until they fit.
        classes: units of the last layer.
        keys: the keys that move the boundary, shown on it where there is room.
    """
    rows = layer_rows(experiment, classes)
    with_base = base_of(experiment.model) is not None
    boundaries = len(_boundaries(rows)) if with_base else 0
    rows = fitted(rows, height - 1 - boundaries)
    name = max(len(row.name) for row in rows)
    shape = max(len(_shape(row)) for row in rows)
    marks = _boundaries(rows) if with_base else {}
    written_out = max(len(row.long) for row in rows) < width - _before_notes(name, shape)
    lines = [_heading(name, shape, width)]
    for n, row in enumerate(rows):
        if n in marks:
            lines.append(_boundary(marks[n], keys, width))
        lines.append(_line(row, name, shape, width, written_out=written_out))
    return tuple(lines)


def count(number: int) -> str:
    """Return a number of parameters in at most five characters: ``896``, ``38.7k``, ``2.36M``."""
    if number < 1000:
        return str(number)
    for unit, size in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        for digits in (2, 1, 0):
            text = f"{number / size:.{digits}f}"
            if len(text) <= 4 and float(text) < 1000:
                return text + unit
    return "many"


def comfortable_width(experiment: Experiment, classes: int = 10) -> int:
    """Return the cells that a line needs for its columns and short notes."""
    rows = layer_rows(experiment, classes)
    name, shape = max(len(row.name) for row in rows), max(len(_shape(row)) for row in rows)
    return _before_notes(name, shape) + max(len(row.short) for row in rows) + 1


def _boundaries(rows: Sequence[LayerRow]) -> dict[int, str]:
    """Return what is written before which row: where frozen layers end and where they begin again."""
    base = [n for n, row in enumerate(rows) if row.in_base]
    marks: dict[int, str] = {}
    if not base:
        return marks
    if not rows[base[0]].frozen:
        marks[base[0]] = "unfrozen from here"
    for before, n in pairwise(base):
        if rows[before].frozen != rows[n].frozen:
            marks[n] = "frozen again" if rows[n].frozen else "unfrozen from here"
    if rows[base[-1]].frozen and any(row.state == "trains" for row in rows):
        # a head that learns trains, whatever the base does
        marks[base[-1] + 1] = "unfrozen from here"
    return marks


def _heading(name: int, shape: int, width: int) -> Line:
    text = f"{cell('LAYERS', name + 2)} {cell('output', shape, right=True)} params"
    return Line(((f"{text} {'─' * max(width - len(text) - 1, 0)}", "heading"),))


def _boundary(words: str, keys: str, width: int) -> Line:
    text = f"── {words} "
    hint = f" {keys} ──" if keys and len(text) + len(keys) + 6 <= width else ""
    return Line(((text + "─" * max(width - len(text) - len(hint), 0) + hint, "boundary"),))


def _line(row: LayerRow, name: int, shape: int, width: int, *, written_out: bool) -> Line:
    role = _ROLES[row.state]
    spans = [
        (f"{_SIGNS[row.state]} ", role),
        (f"{cell(row.name, name)} ", "muted" if row.state == "none" else "plain"),
        (cell(_shape(row), shape, right=True), "muted"),
        (f" {cell(count(row.parameters) if row.parameters else '', 5, right=True)} ", "plain"),
        (cell(_WORDS[row.state], 6), role),
    ]
    used = _before_notes(name, shape)
    notes = row.long if written_out else row.short
    if notes:
        spans.append((f" {cell(notes, min(len(notes), max(width - used - 1, 0)))}", "muted"))
    return Line(tuple(spans), row.first)


def _before_notes(name: int, shape: int) -> int:
    """Cells of a line before its notes: sign, name, shape, parameters, state."""
    return 2 + name + 1 + shape + 7 + 6


def _shape(row: LayerRow) -> str:
    return "×".join(str(side) for side in row.output)
