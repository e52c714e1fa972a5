"""Lines are drawn again when they would look different, and only then; the focus paints one row."""

import asyncio

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuilab.tui.widgets.quiet_focus import QuietFocus
from tuilab.tui.widgets.strip_cache import StripCache


class Row(QuietFocus, Widget, can_focus=True):
    """A widget of lines, of which the first looks different with the focus."""

    COMPONENT_CLASSES = {"row--text"}  # noqa: RUF012 - as Textual has it
    DEFAULT_CSS = "Row { height: 4; & > .row--text { color: $primary; } }"

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.painted: list[Region] = []
        self.cache = StripCache(self, self.COMPONENT_CLASSES)

    def show_focus(self) -> None:
        self.painted.append(Region(0, 0, self.size.width, 1))
        self.refresh(self.painted[-1])

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.cache.doubt()

    def render_line(self, y: int) -> Strip:
        return self.cache.get((y, y == 0 and self.has_focus), lambda: self._draw(y))

    def _draw(self, y: int) -> Strip:
        self.drawn.append(y)
        return Strip([Segment(f"line {y}", self.get_component_rich_style("row--text"))])


class Rows(App[None]):
    """Two of them."""

    AUTO_FOCUS = ""

    def compose(self) -> ComposeResult:
        yield Row()
        yield Row()


def test_a_line_is_drawn_once_until_a_style_is_another_and_the_focus_costs_one_row() -> None:
    async def scenario() -> None:
        app = Rows()
        async with app.run_test(size=(20, 8)) as pilot:
            first, second = app.query(Row)
            assert first.drawn == [0, 1, 2, 3]
            first.focus()
            await pilot.pause()
            assert app.focused is first
            assert first.painted == [Region(0, 0, 20, 1)]
            assert first.drawn == [0, 1, 2, 3, 0]
            second.focus()
            await pilot.pause()
            first.refresh()
            await pilot.pause()
            assert first.drawn == [0, 1, 2, 3, 0], "as it was before: taken from the cache"
            app.theme = "textual-light"
            await pilot.pause()
            assert first.drawn[5:] == [0, 1, 2, 3], "other colours: drawn anew"

    asyncio.run(scenario())
