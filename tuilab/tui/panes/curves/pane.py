"""CURVES: live plots of the shown run beside its parent and the marked ones, and how far it is."""

import re
from dataclasses import replace

from textual.app import ComposeResult
from textual.content import Content

from tuilab.plots.cells import Cells, Role
from tuilab.plots.charts import Charts, left_out
from tuilab.plots.figure import Figure
from tuilab.plots.page import draw_plots, message, page
from tuilab.plots.status import status_line
from tuilab.plots.view import View
from tuilab.tui.panels import Panel
from tuilab.tui.panes.curves.subjects import Subjects, empty_note, subjects_of, verdicts
from tuilab.tui.panes.pane import Pane
from tuilab.tui.run_book import BookedRun
from tuilab.tui.widgets.plot import CellGrid
from tuilab.tui.widgets.quiet_focus import QuietFocus


class CurvesGrid(QuietFocus, CellGrid, can_focus=True):
    """What the pane shows; holds the focus."""


class CurvesPane(Pane):
    """The plots and their keys."""

    PANEL = Panel(name="curves", place="above", order=3, weight=37, least=44)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = View()
        self._charts = Charts()
        self._held: Subjects | None = None
        self._titles = ("", "")
        self._remarked: tuple[object, list[tuple[str, Role]]] = (None, [])

    def compose(self) -> ComposeResult:
        yield CurvesGrid(id="curves-grid")

    def on_cell_grid_resized(self) -> None:
        """Draw for a new size, and what was left undrawn while nobody saw it; both are told this way."""
        self.draw()

    # News

    def runs_changed(self) -> None:
        """Runs came, went, ended, were marked or renamed."""
        self.draw()

    def shown_changed(self) -> None:
        """Another run is looked at: from its beginning, with nothing held."""
        self._held = None
        self.view = replace(self.view, window=(0.0, 1.0), cursor=None)
        self.draw()

    def runs_grew(self, run_ids: frozenset[str]) -> None:
        """Draw again where it shows in the plots."""
        book = self.session.book
        if run_ids & {book.shown, *(run.id for run in book.beside)}:
            self.draw()

    # Drawing

    @property
    def _grid(self) -> CurvesGrid:
        return self.query_one(CurvesGrid)

    def draw(self) -> None:
        """Draw now, if anybody can see it."""
        grid = self._grid
        if not grid.is_on_screen or not grid.size:
            return
        self._set_titles()
        grid.show(self._page(grid.size.width, grid.size.height))

    def _subjects(self) -> Subjects:
        return self._held or subjects_of(self.session.book)

    def _figures(self) -> list[Figure]:
        subjects = self._subjects()
        note = empty_note(self.session.book, self.view, self.key_of("run.start"))
        return self._charts.figures(
            self.view, subjects.shown, subjects.others, ascii=self.session.ascii, note=note
        )

    def _page(self, width: int, height: int) -> Cells:
        run = self.session.book.find(self.session.book.shown)
        if run is None:
            return message(empty_note(self.session.book, self.view, self.key_of("run.start")), width, height)
        figures = self._figures()
        remarks = [
            *verdicts(run, self.session.config.keys, self.session.book.standing(run.id)),
            *((text, Role.MUTED) for text in left_out(figures)),
            *self._remarks(run),
        ]
        status = status_line(run.summary, run.experiment, width)
        return page(figures, remarks, status, width, height)

    def _remarks(self, run: BookedRun) -> list[tuple[str, Role]]:
        """Return what the coach has to say; asked again only where an epoch or the run has ended."""
        key = (run.id, len(run.summary.epochs), run.summary.state)
        if key != self._remarked[0]:
            from tuilab.advice.coach import remarks

            found = remarks(run.summary, run.experiment)
            self._remarked = key, [(f"{one.text} {one.advice}".strip(), Role.PLAIN) for one in found]
        return self._remarked[1]

    def _set_titles(self) -> None:
        run = self.session.book.find(self.session.book.shown)
        title = f"CURVES  {run.label}" if run else "CURVES"
        subtitle = " · ".join([*self.view.words(), *(["paused"] if self._held else [])])
        if (title, subtitle) != self._titles:
            self._titles = title, subtitle
            self.border_title = Content(title)
            self.border_subtitle = Content(subtitle)

    # Keys

    def _see(self, view: View) -> None:
        self.view = view
        self.draw()

    def action_next_metric(self) -> None:
        """Show the next plots."""
        self._see(self.view.next_metric())

    def action_toggle_overlays(self) -> None:
        """Show other runs too, or this one alone."""
        self._see(self.view.with_overlays(not self.view.overlays))

    def action_next_smoothing(self) -> None:
        """Smooth more, or not at all."""
        self._see(self.view.next_smoothing())

    def action_toggle_log(self) -> None:
        """Take the other scale."""
        self._see(self.view.with_log(not self.view.log))

    def action_next_axis(self) -> None:
        """Take the other axis."""
        subjects = self._subjects()
        drawn = (subjects.shown, *(subjects.others if self.view.overlays else ()))
        self._see(self.view.next_axis(chain=len({one.before for one in drawn if one}) > 1))

    def action_zoom(self, factor: float) -> None:
        """Show ``factor`` times as much of the axis."""
        self._see(self.view.zoomed(factor, self._latest()))

    def action_pan(self, share: float) -> None:
        """Move the window by a share of its width."""
        self._see(self.view.panned(share))

    def action_move_cursor(self, columns: int) -> None:
        """Move the cursor."""
        self._see(self.view.cursor_moved(columns / self._figure_columns(), self._latest()))

    def action_leave(self) -> None:
        """Put the cursor away, then the zoom."""
        self._see(self.view.escaped())

    def action_pause(self) -> None:
        """Hold the plots still, or let them continue."""
        self._held = None if self._held else self._subjects().held()
        self.draw()

    def action_copy_data(self) -> None:
        """Copy the values."""
        from tuilab.plots.export import csv_text

        if run := self._measured():
            subjects = self._subjects()
            text = csv_text(self.view, subjects.shown, subjects.others)
            self.lab.copy(text, f"{self._stem(run)}.csv")

    def action_export(self) -> None:
        """Write the plots as text and SVG, and the values as CSV."""
        from tuilab.plots.export import csv_text, plot_text
        from tuilab.plots.svg import svg
        from tuilab.tui.exporting import export
        from tuilab.tui.themes import LIGHT

        if not (run := self._measured()):
            return
        figures, subjects, size = self._figures(), self._subjects(), self._grid.size
        colors = {role: LIGHT.variables[name] for role, name in _PAPER_COLORS.items()}
        quiet = LIGHT.secondary or "gray"
        files = {
            "txt": plot_text(draw_plots(figures, max(size.width, 60), max(size.height, 24))),
            "svg": svg(figures, colors, paper="white", ink="black", quiet=quiet),
            "csv": csv_text(self.view, subjects.shown, subjects.others),
        }
        stem = self._stem(run)
        self.lab.background.run(
            lambda: [export(f"{stem}.{kind}", text) for kind, text in files.items()],
            lambda paths: self.lab.say(f"written to {paths[0]}, and as .svg and .csv"),
        )

    def _measured(self) -> BookedRun | None:
        """Return the shown run if it has curves; show a message if there are none."""
        run = self.session.book.find(self.session.book.shown)
        if run is None or not run.history:
            start = self.key_of("run.start")
            self.lab.say(f"there are no curves yet: {start} trains the experiment in the network pane")
            return None
        return run

    def _stem(self, run: BookedRun) -> str:
        """Return a file's name without its ending: run and plot."""
        return f"curves-{run.id}-{re.sub(r'[^a-z]+', '-', self.view.metric)}"

    def _latest(self) -> float:
        """Return where on the axis the shown run's last values are, as a share of it."""
        subjects = self._subjects()
        if subjects.shown is None:
            return 1.0
        return self._charts.latest(self.view, subjects.shown, subjects.others)

    def _figure_columns(self) -> int:
        return max(self._grid.size.width - 8, 8)


_PAPER_COLORS = {
    Role.TRAIN: "curve-train",
    Role.VAL: "curve-val",
    Role.MARK_1: "mark-1",
    Role.MARK_2: "mark-2",
    Role.MARK_3: "mark-3",
    Role.MARK_4: "mark-4",
}
