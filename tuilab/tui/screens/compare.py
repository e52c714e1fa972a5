"""Two runs side by side: what differs in their settings and in their results, and both runs' curves."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from tuilab.files import paths
from tuilab.results.comparison import Side, compare
from tuilab.results.format import Format
from tuilab.results.formats import markdown
from tuilab.tui.bindings import bindings_of, keys
from tuilab.tui.panes.results.entries import Entries, Entry, work_out
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.compare_plots import PLOTS, plots
from tuilab.tui.screens.compare_text import body, heading
from tuilab.tui.screens.export import ExportChoice, ExportScreen, in_each_format
from tuilab.tui.widgets.plot import CellGrid

_LOOK_SECONDS = 0.5
"""Between two looks at runs that are still growing; a comparison of finished ones stands still."""


class ComparedText(VerticalScroll):
    """The comparison in words and tables."""

    class Resized(Message):
        """Its lines have another width."""

    def on_resize(self) -> None:
        """Have the lines broken again."""
        self.post_message(self.Resized())


class CompareScreen(Screen[None]):
    """Compares two runs; they can change places."""

    name_of_help = "compare"
    BINDINGS: ClassVar = [*bindings_of("compare")]
    DEFAULT_CSS = """
    CompareScreen {
        layout: vertical; background: $background; color: $foreground;
        & #names {
            height: 2; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
        }
        & #both { height: 1fr; width: 100%; layout: horizontal; }
        & VerticalScroll, & #curves {
            border: round $panel; border-title-color: $foreground; border-title-style: bold; padding: 0 1;
        }
        & VerticalScroll { width: 46%; min-width: 56; height: 100%; }
        & VerticalScroll { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
        & VerticalScroll:focus { border: round $primary; border-title-color: $primary; }
        & #curves { width: 1fr; height: 100%; }
        & #curve-keys { height: 1; padding: 0 1; background: $surface; color: $secondary; }
        &.-narrow #both { layout: vertical; }
        &.-narrow VerticalScroll { width: 100%; min-width: 0; height: 1fr; }
        &.-narrow #curves { width: 100%; height: 45%; min-height: 6; }
        &.-flat #curves { display: none; }
    }
    """

    def __init__(self, first_id: str, second_id: str) -> None:
        """Compare the runs of these ids; one that is gone by then is reported."""
        super().__init__()
        self._ids = [first_id, second_id]
        self._metric = 0
        self._entries = Entries()
        self._shown: tuple[object, ...] = ()

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    def compose(self) -> ComposeResult:
        """Names above, text and curves beside each other, keys below."""
        yield Static("", id="names", markup=False)
        with Container(id="both"):
            with ComparedText() as text:
                text.border_title = Content("COMPARED")
                yield Static("", id="text", markup=False)
            with Container(id="curves") as curves:
                curves.border_title = Content("CURVES")
                yield CellGrid()
        yield Static(_key_line(self.lab.settings.keys), id="curve-keys", markup=False)

    def on_mount(self) -> None:
        """Have both journals read, and look again until both runs have ended."""
        for run_id in self._ids:
            self.lab.follow(run_id)
        self.query_one(VerticalScroll).focus()
        self._timer = self.set_interval(_LOOK_SECONDS, self._look)
        self._work_out()
        self.call_after_refresh(self._look)

    def on_resize(self, event: Resize) -> None:
        """Stand below each other where the terminal is narrow; leave the curves out where it is low too."""
        narrow = event.size.width < 120
        self.set_class(narrow, "-narrow")
        self.set_class(narrow and event.size.height < 16, "-flat")

    def on_cell_grid_resized(self) -> None:
        """Draw the curves for the room that they have."""
        runs = self._runs()
        if runs is not None:
            self._draw_curves(runs)

    def on_compared_text_resized(self) -> None:
        """Break the lines for the room that they have."""
        self._draw()

    def _runs(self) -> list[BookedRun] | None:
        found = [self.lab.session.book.find(run_id) for run_id in self._ids]
        runs = [run for run in found if run is not None]
        return runs if len(runs) == 2 else None

    def _sides(self, runs: list[BookedRun]) -> tuple[Side, Side] | None:
        """Return both sides; None before they were worked out."""
        sides = []
        for run in runs:
            self._entries.refresh(self.lab.session.book, run)
            entry = self._entries.get(run.id)
            if entry is None:
                return None
            sides.append(Side(entry.row, tuple(run.summary.epochs)))
        return sides[0], sides[1]

    def _work_out(self) -> None:
        stale = [s for s in self._entries.stale(self.lab.session.book) if s.run_id in self._ids]

        def worked_out(entries: dict[str, Entry]) -> None:
            self._entries.take(entries)
            if self.is_attached:
                self._draw()

        self.lab.background.run(lambda: work_out(stale, {}), worked_out)

    def _look(self) -> None:
        runs = self._runs()
        if runs is None:
            self._timer.stop()
            self._draw()
            return
        state = tuple((run.summary.state, run.summary.seconds, run.history is None) for run in runs)
        if state != self._shown:
            self._shown = state
            self._draw()
        if not any(run.trains or run.history is None for run in runs):
            self._timer.stop()

    def _draw(self) -> None:
        runs = self._runs()
        if runs is None:
            self.query_one("#text", Static).update(Content("One of the two runs is gone. Esc: back."))
            return
        sides = self._sides(runs)
        if sides is None:
            return
        scroll = self.query_one(VerticalScroll)
        width = max(scroll.scrollable_content_region.width, 20)
        self.query_one("#names", Static).update(heading([side.row for side in sides]))
        self.query_one("#text", Static).update(body(compare(*sides), width))
        self._draw_curves(runs)

    def _draw_curves(self, runs: list[BookedRun]) -> None:
        grid = self.query_one(CellGrid)
        width, height = grid.size
        if width and height:
            waiting = any(run.history is None for run in runs)
            note = "reading the journals…" if waiting else "no epoch has finished yet"
            histories = [run.history for run in runs]
            before = [self.lab.session.book.epochs_before(run) for run in runs]
            drawn = plots(
                histories, self._metric, width, height, ascii=self.lab.session.ascii, note=note, before=before
            )
            grid.show(drawn)

    def action_next_metric(self) -> None:
        """Show another measure's curves."""
        self._metric = (self._metric + 1) % len(PLOTS)
        runs = self._runs()
        if runs:
            self._draw_curves(runs)

    def action_swap(self) -> None:
        """Let the runs change places."""
        self._ids.reverse()
        self._draw()

    def _both(self) -> tuple[Side, Side] | None:
        """Return both sides; None, and a sentence, where one of the runs is gone."""
        runs = self._runs()
        sides = self._sides(runs) if runs else None
        if sides is None:
            self.lab.say("one of the two runs is gone, so there is nothing to compare", "warning")
        return sides

    def action_export(self) -> None:
        """Ask for a format and write the comparison to a file."""
        from tuilab.tui.exporting import export

        def chosen(choice: ExportChoice | None) -> None:
            sides = self._both() if choice is not None else None
            if choice is not None and sides is not None:
                form, name = choice.form, self._file_name(choice.form)
                self.lab.background.run(
                    lambda: export(name, form.compared(*sides)),
                    lambda path: self.lab.say(f"written to {path}"),
                )

        if self._both() is not None:
            folder = paths.home() / "exports"
            self.app.push_screen(ExportScreen("this comparison", in_each_format(), folder), chosen)

    def action_copy(self) -> None:
        """Copy the comparison in Markdown."""
        sides = self._both()
        if sides is not None:
            self.lab.copy(markdown.compared(*sides), self._file_name(markdown.FORMAT))

    def _file_name(self, form: Format) -> str:
        return f"compare-{self._ids[0]}-{self._ids[1]}.{form.suffix}"

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()


def _key_line(own_keys: Mapping[str, str]) -> Content:
    words = [
        Content.assemble((key.names(own_keys)[0], "bold $foreground"), f" {key.label}")
        for key in keys()
        if key.where == "compare"
    ]
    return Content("  ").join(words)
