"""A heat map as cells of text that read without colour: numbers, the best one marked, states as signs.

Where there is little room, spreads go first, then the ends of long labels; then columns stand in blocks
below each other. Nothing is cut off.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import assert_never

from tuilab.plots.cells import Cells, Role, cells_wide, text_cells
from tuilab.sweeps.heat_map import Cell, HeatMap
from tuilab.sweeps.scale import Scale
from tuilab.sweeps.wording import accuracy_words, counted

Pieces = list[tuple[str, Role]]
"""A line, as stretches of one look."""

_GAP = 2
_BAR = 24
"""Cells of the longest bar of a line."""
_SHADES, _ASCII_SHADES = " ░▒▓█", " .:*#"


@dataclass(frozen=True)
class _Look:
    """How much is said: with spreads or not, with whole labels or short ones, with so wide shades."""

    spread: bool
    labels: bool
    shades: int
    ascii: bool

    def heads(self, scale: Scale) -> list[str]:
        return [self.plain(step.label if self.labels else step.short) for step in scale.steps]

    def plain(self, text: str) -> str:
        return text.replace("±", "+-").replace("–", "..") if self.ascii else text


def heat_cells(found: HeatMap, width: int, *, shading: bool = True, ascii: bool = False) -> Cells:
    """Return a heat map with what its signs mean, as wide as ``width`` and as high as it needs.

    Args:
        found: the heat map.
        width: cells of a line, at least 40.
        shading: with a sign before each number that is the darker the better it is.
        ascii: with ASCII alone.
    """
    lines = list(_lines(found, width, shading=shading, ascii=ascii))
    return text_cells(lines, width, len(lines))


def _lines(found: HeatMap, width: int, *, shading: bool, ascii: bool) -> Iterator[Pieces]:
    looks = [
        _Look(spread, labels, shades if shading else 0, ascii)
        for spread, labels in ((True, True), (True, False), (False, True), (False, False))
        for shades in (2, 1)
    ]
    look = next((look for look in looks if _fits(found, look, width)), looks[-1])
    over = f", mean of {counted(found.seeds, 'seed')}" if found.seeds > 1 else ""
    spread = " ± standard deviation" if look.spread and found.seeds > 1 else ""
    yield from _wrapped(f"validation accuracy{over}{look.plain(spread)}", width, Role.TITLE)
    if found.across is None:
        yield from _bars(found, look, width)
    else:
        yield from _blocks(found, look, width)
    for line in (*_legend(found, look), *found.notes):
        yield from _wrapped(line, width, Role.MUTED)


def _fits(found: HeatMap, look: _Look, width: int) -> bool:
    sizes = _sizes(found, look)
    return _label_width(found, look) + sum(size + _GAP for size in sizes) <= width


def _label_width(found: HeatMap, look: _Look) -> int:
    return max(map(cells_wide, (found.down.name, *look.heads(found.down))))


def _sizes(found: HeatMap, look: _Look) -> list[int]:
    """Return how wide each column is."""
    heads = look.heads(found.across) if found.across else [""]
    texts = [[cells_wide(_text(found, cell, look)[0]) for cell in row] for row in found.rows]
    columns = zip(heads, zip(*texts, strict=True), strict=True)
    return [max(cells_wide(head), *column) for head, column in columns]


def _blocks(found: HeatMap, look: _Look, width: int) -> Iterator[Pieces]:
    assert found.across is not None
    sizes, labels = _sizes(found, look), _label_width(found, look)
    heads, names = look.heads(found.across), look.heads(found.down)
    for block in _columns(sizes, width - labels):
        yield [(" " * (labels + _GAP), Role.PLAIN), (found.across.name, Role.AXIS)]
        line: Pieces = [(_left(found.down.name, labels), Role.AXIS)]
        line += [(" " * _GAP + heads[n].rjust(sizes[n]), Role.TITLE) for n in block]
        yield line
        for name, row in zip(names, found.rows, strict=True):
            line = [(_left(name, labels), Role.TITLE)]
            for n in block:
                text, role = _text(found, row[n], look)
                line.append((" " * (_GAP + sizes[n] - cells_wide(text)) + text, role))
            yield line


def _columns(sizes: Sequence[int], room: int) -> Iterator[list[int]]:
    """Yield which columns stand beside each other."""
    block: list[int] = []
    used = 0
    for n, size in enumerate(sizes):
        if block and used + _GAP + size > room:
            yield block
            block, used = [], 0
        block.append(n)
        used += _GAP + size
    yield block


def _bars(found: HeatMap, look: _Look, width: int) -> Iterator[Pieces]:
    (size,), labels = _sizes(found, look), _label_width(found, look)
    yield [(found.down.name, Role.AXIS)]
    longest = min(width - labels - size - 2 * _GAP, _BAR)
    for name, (cell,) in zip(look.heads(found.down), found.rows, strict=True):
        text, role = _text(found, cell, look)
        line: Pieces = [(_left(name, labels), Role.TITLE)]
        line.append((" " * (_GAP + size - cells_wide(text)) + text, role))
        share = found.share(cell)
        if look.shades and share is not None and longest > 4:
            bar = ("#" if look.ascii else "█") * max(round(share * longest), 1)
            line.append((" " * _GAP + bar, role))
        yield line


def _text(found: HeatMap, cell: Cell, look: _Look) -> tuple[str, Role]:
    """Return what stands in a cell."""
    marks = f"{'*' if cell.best else ''}{'p' if cell.preset else ''}"
    role = Role.PLAIN
    match cell.state:
        case "empty":
            return "", Role.PLAIN
        case "done":
            text = _measured(cell, look) if cell.mean is not None else "not a number"
            role = Role.GOOD if cell.best else Role.PLAIN
            text = _shade(found, cell, look) + text
        case "running":
            value = cell.latest if cell.mean is None else cell.mean
            text = f"~{accuracy_words(value)}" if value is not None else "~"
            text += f" {cell.seeds_done}/{cell.seeds}" if look.spread and cell.seeds > 1 else ""
            role = Role.TRAIN
        case "waiting":
            text, role = "." if look.ascii else "·", Role.MUTED
        case "pruned":
            text, role = f"({accuracy_words(cell.latest)})", Role.MUTED
        case "failed":
            text, role = "failed", Role.ERROR
        case _:
            assert_never(cell.state)
    return (f"{marks} {text}" if marks else text), role


def _measured(cell: Cell, look: _Look) -> str:
    text = accuracy_words(cell.mean)
    if look.spread and cell.deviation is not None:
        text += look.plain(f" ±{cell.deviation:.3f}".replace("0.", ".", 1))
    if cell.seeds_done < cell.seeds:
        text += f" {cell.seeds_done}/{cell.seeds}"
    return text


def _shade(found: HeatMap, cell: Cell, look: _Look) -> str:
    share = found.share(cell)
    if not look.shades or share is None or found.across is None:
        return ""
    shades = _ASCII_SHADES if look.ascii else _SHADES
    return shades[min(int(share * len(shades)), len(shades) - 1)] * look.shades + " "


def _legend(found: HeatMap, look: _Look) -> Iterator[str]:
    cells = [cell for row in found.rows for cell in row]
    states = {cell.state for cell in cells}
    best = next((cell for cell in cells if cell.best), None)
    signs = [
        (best is not None, "* best"),
        (any(cell.preset for cell in cells), "p the preset's own values"),
        ("running" in states, "~ training"),
        ("waiting" in states, f"{'.' if look.ascii else '·'} waiting"),
        ("pruned" in states, "() pruned"),
        (any(cell.seeds_done < cell.seeds for cell in cells if cell.state == "done"), "2/3 seeds done"),
    ]
    if shown := [sign for there, sign in signs if there]:
        yield ", ".join(shown)
    scales = (found.down, *([found.across] if found.across else []))
    if not look.labels and any(step.label != step.short for scale in scales for step in scale.steps):
        yield "Parts of a range are named by their middle."


def _left(text: str, width: int) -> str:
    return text + " " * (width - cells_wide(text))


def _wrapped(text: str, width: int, role: Role) -> Iterator[Pieces]:
    yield from ([(line, role)] for line in wrap(text, width))
