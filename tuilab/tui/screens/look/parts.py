"""The parts of the screen that looks inside: lines that scroll, and the confusion matrix."""

from collections.abc import Sequence
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuilab.looks.pictures import Span
from tuilab.tui.screens.look import matrix as matrices
from tuilab.tui.screens.look.lines import Drawn, Line, Words
from tuilab.tui.screens.look.matrix import Matrix
from tuilab.tui.widgets.plot import CELL_CLASSES, CellGrid, cell_class

_LOOKS = ("plain", "title", "muted", "problem")


class PageView(ScrollView, can_focus=False):
    """Lines of text and pictures; the screen's keys scroll them."""

    class Widened(Message):
        """There is more or less room in a line than there was."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{look}" for look in _LOOKS} | CELL_CLASSES
    DEFAULT_CSS = """
    PageView {
        height: 1fr; background: $background; color: $foreground;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        & > .look--title { text-style: bold; }
        & > .look--muted { color: $secondary; }
        & > .look--problem { color: $warning; }
        & > .cells--title { text-style: bold; }
        & > .cells--muted, & > .cells--axis { color: $secondary; }
        & > .cells--train { color: $curve-train; }
        & > .cells--val { color: $curve-val; }
        & > .cells--mark-1 { color: $mark-1; }
        & > .cells--mark-2 { color: $mark-2; }
        & > .cells--mark-3 { color: $mark-3; }
        & > .cells--mark-4 { color: $mark-4; }
    }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._room = 0

    @property
    def room(self) -> int:
        """Columns of a line."""
        return max(self.scrollable_content_region.width, 20)

    def on_resize(self) -> None:
        """Have the lines made anew where they have another width: a part beside this one came or went."""
        if self.room != self._room:
            self._room = self.room
            self.post_message(self.Widened())

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines; the place in them stays."""
        if lines == self._lines:
            return
        self._lines = lines
        self.virtual_size = Size(self.room, len(lines))
        self.refresh()

    def move(self, step: int) -> None:
        """Scroll by so many lines."""
        self.scroll_to(y=self.scroll_y + step, animate=False)

    def render_line(self, y: int) -> Strip:
        """Return a line of the window."""
        width, place = self.size.width, y + round(self.scroll_y)
        if place >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        segments = [self._segment(piece) for piece in self._lines[place]]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _segment(self, piece: Words | Span | Drawn) -> Segment:
        if isinstance(piece, Words):
            return Segment(piece.text, self.get_component_rich_style(f"look--{piece.look}"))
        if isinstance(piece, Drawn):
            return Segment(piece.text, self.get_component_rich_style(cell_class(piece.role)))
        ink, paper = (None if one is None else Color.from_rgb(*one) for one in (piece.ink, piece.paper))
        return Segment(piece.text, self.rich_style + Style(color=ink, bgcolor=paper))


class MatrixPart(Vertical):
    """The confusion matrix, with a cursor on one of its cells."""

    class Chosen(Message):
        """A cell was clicked."""

        def __init__(self, cell: tuple[int, int]) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = Content("CLASSES")
        self.matrix: Matrix | None = None
        self.cursor = (0, 0)
        self._place: matrices.Layout | None = None

    def compose(self) -> ComposeResult:
        """The cells."""
        yield CellGrid()

    def show(self, matrix: Matrix) -> None:
        """Show a matrix; the cursor of another one begins at its most frequent error."""
        if matrix != self.matrix:
            self.matrix, self.cursor, self._place = matrix, matrix.begin(), None
        self.draw()

    def move(self, down: int, right: int) -> None:
        """Move the cursor, as far as there are cells."""
        if self.matrix is not None:
            last = len(self.matrix.classes) - 1
            row, column = self.cursor
            self.cursor = min(max(row + down, 0), last), min(max(column + right, 0), last)
            self.draw()

    def on_cell_grid_resized(self) -> None:
        """Draw for the new size."""
        self.draw()

    def draw(self) -> None:
        """Draw, if anybody can see it."""
        grid = self.query_one(CellGrid)
        width, height = grid.size
        if self.matrix is None or not width or not height:
            return
        before = (self._place.rows.start, self._place.columns.start) if self._place else (0, 0)
        place = self._place = matrices.layout(self.matrix, self.cursor, before, width, height)
        grid.show(matrices.draw(self.matrix, place, self.cursor, width, height))

    def on_click(self, event: events.Click) -> None:
        """Go to the cell; a click on the one under the cursor opens it."""
        at = event.get_content_offset(self)
        cell = self._place.cell_at(at.x, at.y) if at is not None and self._place else None
        if cell is not None:
            self.post_message(self.Chosen(cell))
