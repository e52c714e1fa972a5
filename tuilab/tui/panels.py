"""Which panels the lab has: each is a class below ``panes/`` whose ``PANEL`` says its name, place and weight.

Frames, number keys and tabs stand on these declarations before the first paint. The classes take a
quarter of the time to import that the rest of the app takes, so they follow after it; until then their
declarations are read from their files, as they are written there.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import tuilab.tui.panes

Place = Literal["above", "below"]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a panel says of itself.

    Attributes:
        name: as ``where`` in keys.toml and the heading in help.toml have it.
        place: the row it stands in, where the terminal is wide.
        order: its place among all panels, which gives it its number key and its tab.
        weight: its share of the row's width, against the weights of those beside it.
        least: cells that it is never narrower than; where that does not fit, panels are tabs.
        most: cells that it is never wider than; None: it takes what the others leave.
    """

    name: str
    place: Place
    order: int
    weight: int
    least: int
    most: int | None = None

    @property
    def title(self) -> str:
        """Its name as frames and tabs have it."""
        return self.name.upper()


@dataclass(frozen=True)
class Declared:
    """A declaration, and where its class is."""

    panel: Panel
    module: str
    class_name: str


_CLASS = re.compile(r"^class (\w+)\(Pane\):.*?^    PANEL = (Panel\(.*?\))$", re.MULTILINE | re.DOTALL)


@cache
def declared() -> tuple[Declared, ...]:
    """Return all panels in their order: of each file ``panes/NAME.py`` and ``panes/NAME/pane.py``.

    Raises:
        ValueError: a declaration is not written out in values, or two panels have one name.
    """
    found = sorted(_found(), key=lambda one: (one.panel.order, one.panel.name))
    names = [one.panel.name for one in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two panels have one name: {', '.join(names)}; give each its own")
    return tuple(found)


def panels() -> tuple[Panel, ...]:
    """Return what all panels say of themselves, in their order."""
    return tuple(one.panel for one in declared())


def row(place: Place) -> tuple[Panel, ...]:
    """Return the panels that stand above or below, from left to right."""
    return tuple(panel for panel in panels() if panel.place == place)


def wide_from() -> int:
    """Return the columns from which on all panels fit beside each other."""
    return max(sum(panel.least for panel in row(place)) for place in ("above", "below"))


def layout_css() -> str:
    """Return the style sheet that gives every panel its part of its row."""
    return "\n".join(_width(panel, row(panel.place)) for panel in panels())


def _width(panel: Panel, beside: Sequence[Panel]) -> str:
    if panel.most is None:
        width = f"width: {panel.weight}fr;"
    else:
        share = 100 * panel.weight / sum(other.weight for other in beside)
        width = f"width: {share:.2f}%; max-width: {panel.most};"
    return f".place.place-{panel.name} {{ {width} min-width: {panel.least}; }}"


def _found() -> Iterator[Declared]:
    for folder in map(Path, tuilab.tui.panes.__path__):
        for path in (*folder.glob("*.py"), *folder.glob("*/pane.py")):
            for name, declaration in _CLASS.findall(path.read_text(encoding="utf-8")):
                module = ".".join(path.relative_to(folder).with_suffix("").parts)
                yield Declared(_read(declaration, path), f"tuilab.tui.panes.{module}", name)


def _read(declaration: str, path: Path) -> Panel:
    call = ast.parse(declaration, mode="eval").body
    try:
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("not one call with names")
        return Panel(**{str(one.arg): ast.literal_eval(one.value) for one in call.keywords})
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: PANEL must be Panel(name=..., ...) with values written out: {error}"
        ) from error
