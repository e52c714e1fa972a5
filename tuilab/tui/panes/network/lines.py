"""Lines with a cursor, drawn one by one: moving the cursor repaints two of them and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuilab.tui.widgets.quiet_focus import QuietFocus
from tuilab.tui.widgets.strip_cache import StripCache


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        spans: pieces of text and what each is: a name in ``LineList.COMPONENT_CLASSES`` without ``lines--``.
        key: what it stands for; the cursor stands only on lines that have one.
    """

    spans: tuple[tuple[str, str], ...]
    key: str = ""


def cell(text: str, width: int, *, right: bool = False) -> str:
    """Return a text in exactly ``width`` cells; what is too long ends in an ellipsis."""
    if cell_len(text) > width:
        return set_cell_size(text, max(width - 1, 0)) + "…"[:width]
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


class LineList(QuietFocus, ScrollView, can_focus=True, inherit_bindings=False):
    """A list of lines that scrolls with its cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--plain", "lines--muted", "lines--heading", "lines--value", "lines--changed", "lines--trained",
        "lines--frozen", "lines--problem", "lines--boundary", "lines--cursor", "lines--focused",
    }  # fmt: skip
    DEFAULT_CSS = """
    LineList {
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        overflow-x: hidden;
        background: transparent;
        & > .lines--muted { color: $text-muted; }
        & > .lines--heading { color: $secondary; }
        & > .lines--value { color: $foreground; text-style: bold; }
        & > .lines--changed { color: $changed; text-style: bold; }
        & > .lines--trained { color: $trained; }
        & > .lines--frozen { color: $frozen; }
        & > .lines--problem { color: $error; }
        & > .lines--boundary { color: $accent; }
        & > .lines--cursor { background: $surface; }
        & > .lines--focused { background: $panel; }
    }
    """

    class Chosen(Message):
        """A line was clicked: the cursor is there now."""

        def __init__(self, sender: "LineList", key: str, column: int) -> None:
            """Name the line's key and the column of the click, from 0."""
            super().__init__()
            self.list, self.key, self.column = sender, key, column

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._cursor = ""
        self._drawn_for = 0
        self._styles: dict[tuple[str, bool, bool], Style] = {}
        self._strips = StripCache(self, self.COMPONENT_CLASSES)

    @property
    def cursor(self) -> str:
        """The key of the line that the cursor is on; empty if there is none."""
        return self._cursor

    @property
    def shows_cursor(self) -> bool:
        """Whether the cursor's line looks different."""
        return True

    @property
    def measure(self) -> int:
        """Cells of a line: what the scroll bar leaves."""
        return self.scrollable_content_region.width

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the lines that the cursor can stand on, from top to bottom."""
        return tuple(line.key for line in self._lines if line.key)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines as they are shown."""
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; those that are the same as before are not painted again."""
        before, self._lines = self._lines, tuple(lines)
        if len(before) != len(self._lines):
            self.virtual_size = Size(self.size.width, len(self._lines))
            # all behind the first line that differs moves
            same = next(
                (y for y, (a, b) in enumerate(zip(before, self._lines, strict=False)) if a != b), None
            )
            first = min(len(before), len(self._lines)) if same is None else same
            self.refresh_lines(first, max(len(before), len(self._lines)) - first)
        else:
            for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
                if old != new:
                    self.refresh_line(y)
        if self._cursor not in self.keys:
            self.put_cursor(self._nearest(before))

    def _nearest(self, before: Sequence[Line]) -> str:
        """Return the line that takes the place of the cursor's, which is gone."""
        keys = [line.key for line in before if line.key]
        index = keys.index(self._cursor) if self._cursor in keys else 0
        return self.keys[min(index, len(self.keys) - 1)] if self.keys else ""

    def put_cursor(self, key: str) -> None:
        """Put the cursor on the line of this key and scroll to it."""
        if key != self._cursor:
            before, self._cursor = self._cursor, key
            for changed_key in (before, key):
                if (y := self.line_of(changed_key)) is not None:
                    self.refresh_line(y)
            self.cursor_moved()
        self.scroll_to_cursor()

    def cursor_moved(self) -> None:
        """Called when the cursor is on another line."""

    def move(self, step: int) -> bool:
        """Move the cursor ``step`` lines that it can stand on; False if it is at that end already."""
        keys = self.keys
        if not keys:
            return False
        index = keys.index(self._cursor) if self._cursor in keys else 0
        further = min(max(index + step, 0), len(keys) - 1)
        self.put_cursor(keys[further])
        return further != index

    def line_of(self, key: str) -> int | None:
        """Return the number of a key's line, from 0."""
        return next((y for y, line in enumerate(self._lines) if key and line.key == key), None)

    def scroll_to_cursor(self) -> None:
        """Bring the cursor's line into view, with the heading above it and what follows it."""
        y = self.line_of(self._cursor)
        if y is None or not self.size.height:
            return
        top = y
        while top > 0 and not self._lines[top - 1].key:
            top -= 1
        bottom = y
        while (
            bottom + 1 < len(self._lines)
            and self._lines[bottom + 1].spans[:1]
            and (self._lines[bottom + 1].spans[0][1] == "problem")
        ):
            bottom += 1
        self.scroll_to_region(Region(0, top, 1, bottom - top + 1), animate=False, force=True)
        self.scroll_to_region(Region(0, y, 1, 1), animate=False, force=True)

    def notify_style_update(self) -> None:
        """Forget the styles: the theme changed."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.doubt()

    def redraw(self) -> None:
        """Draw the lines for the width that there is."""

    def on_resize(self) -> None:
        """Draw for another width; a pane that is seen again has the one that it had."""
        if self.size.width != self._drawn_for:
            self._drawn_for = self.size.width
            self.redraw()
            self.virtual_size = Size(self.size.width, len(self._lines))
        self.scroll_to_cursor()

    def show_focus(self) -> None:
        """The cursor's line looks different with the focus."""
        if (y := self.line_of(self._cursor)) is not None:
            self.refresh_line(y)

    def on_click(self, event: object) -> None:
        """Put the cursor where the mouse is."""
        y = getattr(event, "y", 0) + self.scroll_offset.y
        if 0 <= y < len(self._lines) and self._lines[y].key:
            self.put_cursor(self._lines[y].key)
            self.post_message(self.Chosen(self, self._lines[y].key, getattr(event, "x", 0)))

    def render_line(self, y: int) -> Strip:
        """Return one line of the screen."""
        index = y + self.scroll_offset.y
        width = self.measure
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[index]
        under = bool(line.key) and line.key == self._cursor and self.shows_cursor
        key = (line, under, under and self.has_focus, width)
        return self._strips.get(key, lambda: self._draw(line, under, width))

    def _draw(self, line: Line, under: bool, width: int) -> Strip:
        strip = Strip([Segment(text, self._style(role, under)) for text, role in line.spans])
        return strip.adjust_cell_length(width, self._style("plain", under)).crop(0, width)

    def _style(self, role: str, under_cursor: bool) -> Style:
        focused = under_cursor and self.has_focus
        style = self._styles.get((role, under_cursor, focused))
        if style is None:
            # what is muted elsewhere would be hard to read on the cursor's ground
            seen = "plain" if under_cursor and role == "muted" else role
            style = self.get_component_rich_style(f"lines--{seen}")
            if under_cursor:
                ground = self.get_component_rich_style(f"lines--{'focused' if focused else 'cursor'}").bgcolor
                style += Style(bgcolor=ground)
            self._styles[role, under_cursor, focused] = style
        return style
