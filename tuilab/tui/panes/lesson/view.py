"""The page of a lesson on the screen, with a cursor that stops at what can be acted on."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuilab.tui.panes.lesson.markdown import LOOKS
from tuilab.tui.panes.lesson.page import Page, Reading, Typesetter
from tuilab.tui.panes.lesson.stops import Stop, in_sight, next_group
from tuilab.tui.widgets.quiet_focus import QuietFocus

MEASURE = 80
"""Cells of the longest line: longer ones are hard to read, however wide the window is."""
_EMPTY = Page((), (), 0)


class LessonView(QuietFocus, ScrollView, can_focus=True, inherit_bindings=False):
    """A lesson; its keys are the lesson pane's.

    ``move`` goes to the next stop where one is in sight, and scrolls where none is, so one key leads
    through text and actions alike. A stop that scrolls out of sight is let go.
    """

    DEFAULT_CSS = """
    LessonView {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & .lesson--heading { color: $primary; text-style: bold; }
        & .lesson--strong { text-style: bold; }
        & .lesson--emphasis { text-style: italic; }
        & .lesson--code { color: $accent; }
        & .lesson--block { background: $surface; }
        & .lesson--comment { color: $secondary; text-style: italic; }
        & .lesson--value { color: $accent; }
        & .lesson--muted { color: $secondary; }
        & .lesson--link { text-style: underline; }
        & .lesson--changed { color: $changed; }
        & .lesson--right { color: $success; }
        & .lesson--wrong { color: $error; }
        & .lesson--cursor { background: $panel; text-style: bold; }
        &:nocolor .lesson--cursor, &:ansi .lesson--cursor { text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lesson--{look}" for look in (*LOOKS, "cursor")}

    class Activated(Message):
        """Enter was pressed at a stop, or it was clicked."""

        def __init__(self, stop: Stop) -> None:
            super().__init__()
            self.stop_ = stop
            """What it was; ``stop`` is the message's own method."""

    class ReadToEnd(Message):
        """The person has moved so far that the end of the text is in sight."""

    def __init__(self) -> None:
        super().__init__()
        self._typesetter = Typesetter()
        self._reading: Reading | None = None
        self._page = _EMPTY
        self._cursor: Stop | None = None
        self._styles: dict[str, Style] = {}
        self._wanted: float | None = None
        """Where the window is to go once there is a page to show."""

    @property
    def place(self) -> float:
        """Return the share of the page that lies above the window."""
        if self._wanted is not None or not self._page.lines:
            return self._wanted or 0.0
        return min(self.scroll_y / len(self._page.lines), 1.0)

    def go_to_place(self, share: float) -> None:
        """Bring the line into sight above which this share of the page lies."""
        self._wanted = share
        self._take_place()

    def _take_place(self) -> None:
        if self._wanted and self._page.lines and self._height:
            y = round(self._wanted * len(self._page.lines))
            self.scroll_to(y=y, animate=False, force=True, immediate=True)
            self._wanted = None

    @property
    def page(self) -> Page:
        """What is shown; empty before the view has a size."""
        return self._page

    @property
    def cursor(self) -> Stop | None:
        """Where the cursor stands; None while it is in the text."""
        return self._cursor

    def show(self, reading: Reading) -> None:
        """Show a lesson from its top, or the same lesson as it is now, from where the person is."""
        new = self._reading is None or self._reading.lesson is not reading.lesson
        self._reading = reading
        if new:
            self._cursor = None
            self._typeset()
            self.scroll_to(y=0, animate=False)
        else:
            self._typeset()

    def reveal(self, stop: Stop) -> None:
        """Bring the question or action that a stop belongs to into sight, from its end up."""
        others = [
            other for other in self._page.stops if (other.kind, other.number) != (stop.kind, stop.number)
        ]
        top = max((other.after for other in others if other.after <= stop.first), default=0)
        end = min(
            (other.first for other in others if other.first >= stop.after), default=len(self._page.lines)
        )
        height = self._height
        wanted = self.scroll_y
        if end > wanted + height:
            wanted = min(end - height, max(top, stop.first - 1))
        if top < wanted and end - top <= height:
            wanted = top
        self.scroll_to(y=wanted, animate=False)

    # Moving

    def move(self, step: int) -> None:
        """Go to the next (1) or previous (-1) stop that is in sight, else scroll by a line."""
        found = self._next_stop(step)
        if found is not None:
            self._select(found)
        else:
            self.scroll_relative(y=step, animate=False)
            self._deselect_hidden(self.scroll_target_y)
        self._post_if_read()

    def leap(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) thing to try, question or lesson, however far it is.

        Returns whether there is one.
        """
        top = round(self.scroll_y)
        stop = next_group(self._page.stops, self._cursor, step, top)
        if stop is None:
            return False
        after = next(
            (other.top for other in self._page.stops if other.top > stop.first), len(self._page.lines)
        )
        if not top <= stop.top <= after <= top + self._height:
            self.scroll_to(y=stop.top, animate=False)
        self._select(stop)
        return True

    def turn(self, step: int) -> None:
        """Scroll by a window less two lines."""
        self.scroll_relative(y=step * max(self._height - 2, 1), animate=False)
        self._deselect_hidden(self.scroll_target_y)
        self._post_if_read()

    def go_to_edge(self, step: int) -> None:
        """Go to the top (-1) or the bottom (1)."""
        self._select(None)
        self.scroll_to(y=0 if step < 0 else self.max_scroll_y, animate=False)
        self._post_if_read()

    def activate(self) -> None:
        """Act on the stop under the cursor; without one, go to the first in sight, else turn the page."""
        if self._cursor is not None:
            self.post_message(self.Activated(self._cursor))
        elif (found := self._next_stop(1)) is not None:
            self._select(found)
        else:
            self.turn(1)

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _next_stop(self, step: int) -> Stop | None:
        return in_sight(self._page.stops, self._cursor, step, round(self.scroll_y), self._height)

    def _select(self, stop: Stop | None) -> None:
        for one in (self._cursor, stop):
            if one is not None:
                self.refresh_lines(one.first, one.after - one.first)
        self._cursor = stop

    def _deselect_hidden(self, top: float) -> None:
        stop = self._cursor
        if stop is not None and not (top <= stop.first < top + self._height):
            self._select(None)

    def _post_if_read(self) -> None:
        if self._page.lines and self.scroll_target_y + self._height >= self._page.text_ends:
            self.post_message(self.ReadToEnd())

    # Drawing

    def _typeset(self) -> None:
        if self._reading is None or not self.size.width:
            return
        before, old = self._page, self._cursor
        self._page = self._typesetter.page(self._reading, self._measure)
        self._cursor = next((stop for stop in self._page.stops if stop.is_same(old)), None)
        if len(before.lines) != len(self._page.lines):
            self.virtual_size = Size(self.size.width, len(self._page.lines))
            self.refresh()
        else:
            for y, (ours, theirs) in enumerate(zip(before.lines, self._page.lines, strict=True)):
                if ours != theirs:
                    self.refresh_lines(y)
        if old is not None and self._cursor is not None and old.first != self._cursor.first:
            # lines came or went above: what the person looks at stays where it is
            self.scroll_relative(y=self._cursor.first - old.first, animate=False, immediate=True)

    @property
    def _measure(self) -> int:
        return max(min(self.scrollable_content_region.width, MEASURE), 1)

    def on_resize(self, event: events.Resize) -> None:
        """Typeset at the new width."""
        self._typeset()
        self._take_place()

    def show_focus(self) -> None:
        """What the cursor is on looks different with the focus."""
        if self._cursor is not None:
            self.refresh()

    def notify_style_update(self) -> None:
        """Forget the colours: the theme changed."""
        self._styles.clear()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A wheel or the scroll bar reads on as keys do."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value:
            self._post_if_read()

    def on_click(self, event: events.Click) -> None:
        """Act on the stop that was clicked."""
        y = event.y + round(self.scroll_y)
        for stop in self._page.stops:
            if stop.first <= y < stop.after:
                self._select(stop)
                self.activate()

    def render_line(self, y: int) -> Strip:
        """Return a line of the window."""
        width = self.scrollable_content_region.width
        y += round(self.scroll_y)
        if y >= len(self._page.lines):
            return Strip.blank(width, self.rich_style)
        left = max((width - MEASURE) // 2, 0)
        line = self._page.lines[y]
        stop = self._cursor
        chosen = stop is not None and stop.first <= y < stop.after
        if chosen and stop is not None:
            mark = "→ " if y == stop.first else "  "
            line = (
                (mark, "heading"),
                *((text[2:] if n == 0 else text, looks) for n, (text, looks) in enumerate(line)),
            )
        extra = " cursor" if chosen and self.has_focus else ""
        segments = [Segment(" " * left, self.rich_style)]
        segments += [Segment(text, self._style(looks + extra)) for text, looks in line]
        strip = Strip(segments)
        if chosen or (line and line[0][1].startswith("block")):
            filled = self._style("block" if not chosen else extra.strip())
            strip = strip.extend_cell_length(left + self._measure, filled)
        return strip.adjust_cell_length(width, self.rich_style).crop(0, width)

    def _style(self, looks: str) -> Style:
        style = self._styles.get(looks)
        if style is None:
            parts = [self.get_component_rich_style(f"lesson--{look}", partial=True) for look in looks.split()]
            style = self._styles[looks] = Style.combine([self.rich_style, *parts])
        return style
