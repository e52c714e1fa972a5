"""A grid of cells on the screen: shows another grid by repainting what differs."""

from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tuilab.plots.cells import Cells, Role, changed_spans


def cell_class(role: Role) -> str:
    """Return the component class of a role's cells."""
    return f"cells--{role.name.lower().replace('_', '-')}"


CELL_CLASSES = {cell_class(role) for role in Role}
"""The component classes of a widget that shows cells."""


class CellGrid(Widget):
    """Shows ``Cells``, such as a plot. Asks for a repaint of exactly the cells that changed.

    Textual writes whole stretches of a line around them; the app's painter (``tui/painting.py``) leaves
    out what the terminal has already.
    """

    class Resized(Message):
        """There is room for other cells than are shown: whoever draws them draws again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CELL_CLASSES
    DEFAULT_CSS = """
    CellGrid { width: 1fr; height: 1fr; }
    CellGrid > .cells--title { text-style: bold; }
    CellGrid > .cells--muted { color: $secondary; }
    CellGrid > .cells--axis { color: $secondary; }
    CellGrid > .cells--cursor { color: $foreground; }
    CellGrid > .cells--train { color: $curve-train; }
    CellGrid > .cells--val { color: $curve-val; }
    CellGrid > .cells--mark-1 { color: $mark-1; }
    CellGrid > .cells--mark-2 { color: $mark-2; }
    CellGrid > .cells--mark-3 { color: $mark-3; }
    CellGrid > .cells--mark-4 { color: $mark-4; }
    CellGrid > .cells--good { color: $success; }
    CellGrid > .cells--warning { color: $warning; }
    CellGrid > .cells--error { color: $error; }
    CellGrid > .cells--selected { color: $primary; text-style: bold reverse; }
    CellGrid > .cells--heat-1 { background: $primary 7%; }
    CellGrid > .cells--heat-2 { background: $primary 15%; }
    CellGrid > .cells--heat-3 { background: $primary 24%; }
    CellGrid > .cells--heat-4 { background: $primary 33%; }
    CellGrid > .cells--heat-5 { background: $primary 44%; }
    CellGrid:ansi > .cells--heat-1, CellGrid:ansi > .cells--heat-2, CellGrid:ansi > .cells--heat-3,
    CellGrid:ansi > .cells--heat-4, CellGrid:ansi > .cells--heat-5 { background: $background; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._cells = Cells((), ())

    def on_resize(self) -> None:
        """Have it drawn for the size that it has now, not for one that a neighbour is about to change."""
        self.post_message(self.Resized())

    @property
    def cells(self) -> Cells:
        """What is shown."""
        return self._cells

    def show(self, cells: Cells) -> list[Region]:
        """Show other cells; return the regions that are repainted, empty if nothing differs."""
        before, self._cells = self._cells, cells
        if (before.width, before.height) != (cells.width, cells.height):
            self.refresh()
            return [Region(0, 0, cells.width, cells.height)]
        spans = changed_spans(before, cells)
        regions = [Region(span.start, span.row, span.stop - span.start, 1) for span in spans]
        if regions:
            self.refresh(*regions)
        return regions

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen: a segment for each stretch of one role."""
        width, blank = self.size.width, self.rich_style
        if y >= self._cells.height:
            return Strip.blank(width, blank)
        segments = [
            Segment(text, self.get_component_rich_style(cell_class(role)))
            for text, role in self._cells.runs(y)
        ]
        return Strip(segments, self._cells.width).adjust_cell_length(width, blank)
