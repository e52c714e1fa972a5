"""The parts of the sweep's screen: the grid, the curves, the trials, the answer; each draws one moment."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tuilab.plots.cells import Cells
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.sweeps.answer import answer_lines, draw_answer
from tuilab.tui.screens.sweeps.cursor import Cursor
from tuilab.tui.screens.sweeps.curves import SweepCurves
from tuilab.tui.screens.sweeps.grid import Layout, Look, draw_grid, layout
from tuilab.tui.screens.sweeps.news import News
from tuilab.tui.screens.sweeps.trials import draw_table, hidden, scrolled
from tuilab.tui.widgets.plot import CellGrid


class Part(Vertical):
    """A frame with a grid of cells in it, which shows what there is at one moment."""

    TITLE: ClassVar[str]
    ABOUT: ClassVar[str] = ""
    """What stands behind the title."""

    class Clicked(Message):
        """A place of a part was clicked."""

        def __init__(self, part: "Part", x: int, y: int) -> None:
            super().__init__()
            self.part, self.x, self.y = part, x, y

    def __init__(self, id: str) -> None:
        super().__init__(id=id, classes="part")
        self.news: News | None = None
        self.cursor = Cursor()
        self.border_title = Content(f"{self.TITLE}  {self.ABOUT}".strip())

    def compose(self) -> ComposeResult:
        """The cells."""
        yield CellGrid()

    @property
    def active(self) -> bool:
        """Whether the keys go here."""
        return self.has_class("-on")

    def show(self, news: News, cursor: Cursor) -> None:
        """Show a moment."""
        self.news, self.cursor = news, cursor
        self.draw()

    def on_cell_grid_resized(self) -> None:
        """Draw for the new size."""
        self.draw()

    def draw(self) -> None:
        """Draw, if anybody can see it."""
        grid = self.query_one(CellGrid)
        width, height = grid.size
        if self.news is None or not width or not height or not self.display:
            return
        subtitle = self.subtitle(self.news)
        if subtitle != self.border_subtitle:
            self.border_subtitle = Content(subtitle)
        grid.show(self.cells(self.news, width, height))

    def subtitle(self, news: News) -> str:
        """Return what stands in the lower edge of the frame."""
        return ""

    def cells(self, news: News, width: int, height: int) -> Cells:
        """Return what is shown."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """Tell the screen which place was clicked."""
        place = event.get_content_offset(self)
        if place is not None:
            self.post_message(self.Clicked(self, place.x, place.y))


class GridPart(Part):
    """The heat map."""

    TITLE = "GRID"
    ABOUT = "mean validation accuracy"

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.place: Layout | None = None

    def subtitle(self, news: News) -> str:
        """The seeds that a cell is the mean of."""
        down, across = news.grid.down.name, news.grid.across
        return f"{down} × {across.name}" if across else down

    def cells(self, news: News, width: int, height: int) -> Cells:
        """The cells around the cursor."""
        before = (self.place.rows.start, self.place.columns.start) if self.place else (0, 0)
        place = self.place = layout(news.grid, self.cursor.cell, before, width, height)
        ascii_only = lab_of(self).ascii_only
        bare = self.app.no_color or self.app.current_theme.ansi or ascii_only
        look = Look(focus=self.active, shading=bare, ascii=ascii_only, training=bool(news.training))
        return draw_grid(news.grid, place, self.cursor.cell, width, height, look)


class CurvesPart(Part):
    """The curves of the trial under the cursor, the best one, and those that train."""

    TITLE = "CURVES"
    ABOUT = "validation accuracy"

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._curves = SweepCurves()

    def cells(self, news: News, width: int, height: int) -> Cells:
        """The plot."""
        under = news.trials.get(self.cursor.trial) if self.cursor.trial is not None else None
        return self._curves.draw(news, under, width, height, ascii=lab_of(self).ascii_only)


class TrialsPart(Part):
    """All trials."""

    TITLE = "TRIALS"
    ABOUT = "best first"

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.top = 0

    def subtitle(self, news: News) -> str:
        """The place of the cursor, and which columns have no room."""
        rows = len(news.table.rows)
        place = f"{news.table.place_of(self.cursor.trial) + 1:,} of {rows:,}" if rows else ""
        missing = hidden(news.table, self.query_one(CellGrid).size.width)
        return f"no room for {', '.join(missing)} · {place}" if missing else place

    def cells(self, news: News, width: int, height: int) -> Cells:
        """The rows around the cursor."""
        place = news.table.place_of(self.cursor.trial)
        self.top = scrolled(self.top, place, len(news.table.rows), max(height - 1, 1))
        return draw_table(news.table, self.cursor.trial, self.top, width, height, focus=self.active)


class AnswerPart(Part):
    """The answer in words; scrolls."""

    TITLE = "ANSWER"

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.top = 0

    def scroll(self, step: int) -> None:
        """Move by so many lines."""
        self.top += step
        self.draw()

    def subtitle(self, news: News) -> str:
        """How much lies below."""
        width, height = self.query_one(CellGrid).size
        more = len(answer_lines(news.answer, width)) - self.top - height
        return f"{more} more line{'' if more == 1 else 's'} below" if more > 0 else ""

    def cells(self, news: News, width: int, height: int) -> Cells:
        """The lines in view."""
        lines = len(answer_lines(news.answer, width))
        self.top = max(min(self.top, lines - height), 0)
        return draw_answer(news.answer, self.top, width, height)
