"""A DataTable for many rows, of which a few are live: drawn line by line from plain text.

Textual's own table renders every cell of every visible row again when one changes, and measures every
cell of every new row: a second of work for a thousand rows, a tenth of a second for an update. Here a
line is put together once, kept until it changes, and only that line is painted again.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual._two_way_dict import TwoWayDict
from textual.binding import BindingType
from textual.coordinate import Coordinate
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, Row, RowKey

from tuilab.tui.bindings import bindings_of
from tuilab.tui.panes.results.table_line import GAP, Head, Line, fit
from tuilab.tui.widgets.quiet_focus import QuietFocus
from tuilab.tui.widgets.strip_cache import StripCache


class ResultsTable(QuietFocus, DataTable[str]):
    """The table; its content is set by ``show`` and changed by ``change``."""

    BINDING_GROUP_TITLE = "Results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("table")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "results--heading",
        "results--focused",
        "results--muted",
        "results--good",
        "results--bad",
        "results--live",
        "results--changed",
        "results--mark-1",
        "results--mark-2",
        "results--mark-3",
        "results--mark-4",
    }
    DEFAULT_CSS = """
    ResultsTable {
        height: 1fr; width: 100%; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
        & > .datatable--header { background: $background; color: $secondary; text-style: bold; }
        &:ansi > .datatable--header { background: $background; color: $secondary; }
        & > .datatable--cursor { background: $panel; color: $foreground; text-style: none; }
        & > .results--focused { background: $background; color: $primary; text-style: reverse; }
        & > .results--heading { color: $secondary; text-style: italic; }
        & > .results--muted { color: $secondary; }
        & > .results--good { color: $success; }
        & > .results--bad { color: $error; }
        & > .results--live { color: $accent; text-style: bold; }
        & > .results--changed { color: $changed; }
        & > .results--mark-1 { color: $mark-1; text-style: bold; }
        & > .results--mark-2 { color: $mark-2; text-style: bold; }
        & > .results--mark-3 { color: $mark-3; text-style: bold; }
        & > .results--mark-4 { color: $mark-4; text-style: bold; }
    }
    """

    def __init__(self, *, fixed: int, id: str | None = None) -> None:
        """Make an empty table.

        Args:
            fixed: how many columns stay where they are when the others are scrolled; fewer where these
                would take more than half of the room.
            id: as Textual has it.
        """
        super().__init__(cursor_type="row", fixed_columns=fixed, cell_padding=0, show_row_labels=False, id=id)
        self._most_fixed = fixed
        self._heads: tuple[Head, ...] = ()
        self._lines: list[Line] = []
        self._places: dict[str, int] = {}
        self._strips = StripCache(self, self.COMPONENT_CLASSES | {"datatable--header"})

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown, top row first."""
        return tuple(self._lines)

    @property
    def current(self) -> Line | None:
        """The row under the cursor; None if there is none, or only headings are."""
        line = self._lines[self.cursor_row] if self.cursor_row < len(self._lines) else None
        return line if line is not None and not line.heading else None

    def show(self, heads: Sequence[Head], lines: Sequence[Line]) -> None:
        """Show other rows; the cursor stays on its run, at its height on the screen.

        Where that run is gone the cursor stays at its place in the list.
        """
        kept, offset = self.current, self.cursor_row - self.scroll_offset.y
        scroll_x, place = self.scroll_offset.x, self.cursor_row
        self._fill(tuple(heads), list(lines))
        place = self._places.get(kept.key, place) if kept else place
        place = max(min(place, len(self._lines) - 1), 0)
        self.move_cursor(row=place, scroll=False)
        self.scroll_to(scroll_x, self.cursor_row - offset, animate=False, force=True, immediate=True)
        if self._lines:
            self.call_after_refresh(self._scroll_cursor_into_view)

    def go_to(self, key: str) -> bool:
        """Put the cursor on a row; return whether it is there."""
        place = self._places.get(key)
        if place is not None:
            self.move_cursor(row=place)
        return place is not None

    def on_resize(self) -> None:
        """Fix as many columns as leave room for others."""
        self._fix_columns()

    def _fix_columns(self) -> None:
        ends = list(accumulate(head.width + GAP for head in self._heads[: self._most_fixed]))
        fitting = sum(end <= self.size.width / 2 for end in ends)
        wanted = max(fitting, min(1, len(ends)))
        if self._heads and self.size.width and wanted != self.fixed_columns:
            self.fixed_columns = wanted
            self._strips.forget()

    def change(self, line: Line) -> bool:
        """Update a row that is shown; return whether anything changed."""
        place = self._places.get(line.key)
        if place is None or self._lines[place] == line:
            return False
        self._lines[place] = line
        cells = self._data[RowKey(line.key)]
        for head, cell in zip(self._heads, line.cells, strict=True):
            cells[ColumnKey(head.key)] = cell
        self._refresh_line(place)
        return True

    def reveal(self, column: str) -> None:
        """Scroll sideways, by whole columns, until one is seen; at its beginning where it is too wide."""
        moving = self._heads[self.fixed_columns :]
        place = next((n for n, head in enumerate(moving) if head.key == column), None)
        if place is None:
            return
        starts = self._starts()
        room = self.scrollable_content_region.width - sum(
            head.width + GAP for head in self._heads[: self.fixed_columns]
        )
        # the last cell of the heads' line may hold the arrow
        end = starts[place] + moving[place].width + 1
        here, least = self.scroll_offset.x, end - room
        if here < least:
            here = next((start for start in starts if start >= least), starts[place])
        wanted = min(here, starts[place])
        if wanted != self.scroll_offset.x:
            self.scroll_to(x=wanted, animate=False, force=True, immediate=True)

    def _starts(self) -> list[int]:
        """Return where each column begins that can be scrolled."""
        widths = [head.width + GAP for head in self._heads[self.fixed_columns :]]
        return list(accumulate(widths, initial=0))[:-1]

    def _fill(self, heads: tuple[Head, ...], lines: list[Line]) -> None:
        """Replace all rows at once: ``add_row`` takes 70 µs and more for each."""
        new_columns = heads != self._heads
        self.clear(columns=new_columns)
        self._heads, self._lines = heads, lines
        self._places = {line.key: place for place, line in enumerate(lines)}
        if new_columns:
            for head in heads:
                self.add_column(Text(head.label), width=head.width + GAP, key=head.key)
        # Textual's keys are equal to their text and hash like it, which is eight times as fast
        columns = cast("list[ColumnKey]", [head.key for head in heads])
        keys = [RowKey(line.key) for line in lines]
        blank = ("",) * len(heads)
        self._data = {
            key: dict(zip(columns, line.cells or blank, strict=True))
            for key, line in zip(keys, lines, strict=True)
        }
        self.rows = {key: Row(key, 1) for key in keys}
        self._row_locations = TwoWayDict({key: place for place, key in enumerate(keys)})
        self._update_count += 1
        self._fix_columns()
        self._strips.forget()
        self._update_dimensions(())
        self.refresh()

    def _update_dimensions(self, new_rows: Any) -> None:
        """Take the size from the columns' given widths: nothing is measured, nothing parsed as markup."""
        self._require_update_dimensions = False
        self.virtual_size = Size(sum(head.width + GAP for head in self._heads), len(self._lines) + 1)

    def _scroll_cursor_into_view(self, animate: bool = False) -> None:
        """Show the heading above the cursor's row too: the first group's would never come back."""
        super()._scroll_cursor_into_view(animate)
        above = self.cursor_row - 1
        if 0 <= above < len(self._lines) and self._lines[above].heading and self.scroll_offset.y > above:
            self.scroll_to(y=above, animate=False, force=True, immediate=True)

    def validate_cursor_coordinate(self, value: Coordinate) -> Coordinate:
        """Pass over headings, onwards in the direction of the move, else back."""
        row = max(min(value.row, len(self._lines) - 1), 0)
        if self._lines and self._lines[row].heading:
            step = -1 if row < self.cursor_row else 1
            row = self._next_run(row, step, self._next_run(row, -step, row))
        return Coordinate(row, 0)

    def _next_run(self, row: int, step: int, otherwise: int) -> int:
        while 0 <= row < len(self._lines):
            if not self._lines[row].heading:
                return row
            row += step
        return otherwise

    def action_cursor_right(self) -> None:
        """Scroll to the next columns."""
        self._scroll_columns(1)

    def action_cursor_left(self) -> None:
        """Scroll back."""
        self._scroll_columns(-1)

    def _scroll_columns(self, step: int) -> None:
        here = self.scroll_offset.x
        beyond = [start for start in self._starts() if (start - here) * step > 0]
        if beyond:
            self.scroll_to(x=min(beyond) if step > 0 else max(beyond), animate=False, force=True)

    def show_focus(self) -> None:
        """The row under the cursor looks different with the focus."""
        self._refresh_line(self.cursor_row)

    def notify_style_update(self) -> None:
        """Forget lines of another theme."""
        super().notify_style_update()
        self._strips.doubt()

    def _refresh_line(self, place: int) -> None:
        y = place + 1 - self.scroll_offset.y
        if 1 <= y < self.scrollable_content_region.height:
            self.refresh(Region(0, y, self.scrollable_content_region.width, 1))

    def refresh_row(self, row_index: int) -> "ResultsTable":
        """Paint a row again, and no other."""
        self._refresh_line(row_index)
        return self

    def render_line(self, y: int) -> Strip:
        """Put one line together, or take it as it was."""
        scroll_x, scroll_y = self.scroll_offset
        row = y - 1 + scroll_y if y else -1
        width = self.scrollable_content_region.width
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[row] if y else None
        cursor = bool(y) and row == self.cursor_row and self.show_cursor
        key = (line, row, cursor, cursor and self.has_focus, scroll_x, width)
        return self._strips.get(key, lambda: self._strip_of(line, row, cursor, scroll_x, width))

    def _strip_of(self, line: Line | None, row: int, cursor: bool, scroll_x: int, width: int) -> Strip:
        base = self.rich_style
        if line is None:
            base += self.get_component_rich_style("datatable--header")
        if cursor:
            base += self.get_component_rich_style(
                "results--focused" if self.has_focus else "datatable--cursor"
            )
        if line is not None and line.heading:
            style = base + self.get_component_rich_style("results--heading")
            text = f" {line.heading} "
            rule = "─" * max(width - cell_len(text) - 2, 0)
            return Strip([Segment(fit(f"──{text}{rule}", width), style)], width)
        cells = [self._cell(line, column, row, base, cursor) for column in range(len(self._heads))]
        fixed, moving = cells[: self.fixed_columns], cells[self.fixed_columns :]
        room = max(width - sum(segment.cell_length for segment in fixed), 0)
        strip = Strip(moving).crop(scroll_x, scroll_x + room)
        if line is None and room and Strip(moving).cell_length > scroll_x + room:
            strip = Strip([*strip.crop(0, room - 1), Segment("→", base)])
        rest = Style.from_meta({"row": row, "column": 0, "out_of_bounds": True})
        return Strip([*fixed, *strip]).crop(0, width).adjust_cell_length(width, base + rest)

    def _cell(self, line: Line | None, column: int, row: int, base: Style, cursor: bool) -> Segment:
        head = self._heads[column]
        text = head.label if line is None else line.cells[column]
        role = line.roles[column] if line is not None else ""
        if role and not cursor:
            base += self.get_component_rich_style(role, partial=True)
        fitted = fit(text, head.width, right=head.right) + " " * GAP
        return Segment(fitted, base + Style.from_meta({"row": row, "column": column}))
