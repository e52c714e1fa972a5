"""The results pane: all runs as a table, of which rows are marked, compared, renamed, deleted, exported."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.widgets import DataTable, Input, Static

from tuilab.results.columns import IN_APP
from tuilab.results.row_filter import parse
from tuilab.results.rows import Row
from tuilab.terminal import clean
from tuilab.tui.messages import BookChanged, ShowRun
from tuilab.tui.panels import Panel
from tuilab.tui.panes.pane import Pane
from tuilab.tui.panes.results.changes import choose_deleted, delete_run, load_experiment, rename_run
from tuilab.tui.panes.results.entries import Entries, Entry, work_out
from tuilab.tui.panes.results.filter_field import FilterField
from tuilab.tui.panes.results.lines import Drawn, View, column_of, counted, draw, line
from tuilab.tui.panes.results.table import ResultsTable
from tuilab.tui.panes.results.writing import copy_runs, export_runs
from tuilab.tui.run_book import MOST_MARKS, BookedRun
from tuilab.tui.session.saved_session import SavedSession

_AT_ONCE = 12
"""Runs that are worked out on the UI thread; more of them, and new ones, are work for the background."""
_SCROLLBAR = 1
_LONGEST_FILTER = 1000
"""Characters of a filter that are remembered."""
_EMPTY = "No runs yet. {} trains the experiment in the network pane; its result appears here."


class ResultsPane(Pane):
    """All runs, in groups that may be compared; redrawn when runs come, go, end or are marked."""

    PANEL = Panel(name="results", place="below", order=4, weight=1, least=80)
    DEFAULT_CSS = """
    ResultsPane #nothing { width: 100%; height: 1fr; content-align: center middle; text-align: center;
        color: $secondary; display: none; }
    ResultsPane.-empty #nothing { display: block; }
    ResultsPane.-empty ResultsTable { height: 1; } /* hidden it would lose the focus */
    ResultsPane #problem { height: 1; color: $warning; display: none; }
    ResultsPane #problem.-shown { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries = Entries()
        self._view = View()
        self._drawn = Drawn((), (), (), ())
        self._working = False
        """Whether rows are being worked out in the background."""
        self._hidden_change = False
        """Whether the table is to be drawn when it is seen again."""
        self._wanted = ""
        """The run to which the cursor goes once the table has it."""

    def compose(self) -> ComposeResult:
        """The filter's line, the table or what stands in its place, a line of what is wrong."""
        yield FilterField()
        yield ResultsTable(fixed=3)
        yield Static("", id="nothing", markup=False)
        yield Static("", id="problem", markup=False)

    @property
    def table(self) -> ResultsTable:
        """The table."""
        return self.query_one(ResultsTable)

    @property
    def field(self) -> FilterField:
        """The filter's line."""
        return self.query_one(FilterField)

    def on_mount(self) -> None:
        """Show what the book holds already."""
        self.runs_changed()

    def on_show(self) -> None:
        """Draw what changed while nobody saw it."""
        if self._hidden_change:
            self._draw()

    def on_resize(self, event: Resize) -> None:
        """Give names less room where there is little."""
        room = self.size.width - _SCROLLBAR
        if room != self._view.room:
            self._view = replace(self._view, room=room)
            self._draw()

    def focus_content(self) -> None:
        """Go to the table."""
        self.screen.set_focus(self.table)

    def remembered(self) -> dict[str, object]:
        """Return how the table is sorted and which runs it keeps."""
        view = self._view
        words = self.field.value[:_LONGEST_FILTER]
        return {"table": {"column": view.column.key, "descending": view.descending, "filter": words}}

    def recall(self, saved: SavedSession) -> None:
        """Sort and filter as before; a column that is gone leaves the order as it is."""
        order = saved.table
        if order is None:
            return
        column = column_of(order.column)
        if column is not None:
            self._view = replace(self._view, column=column, descending=order.descending)
        self.field.restore(order.filter)
        self._take_filter(order.filter)

    # What the lab says

    def runs_changed(self) -> None:
        """Work out the rows of runs that came or changed, and draw the table."""
        stale = self._entries.stale(self.session.book)
        known, new = ([s for s in stale if (s.part is None) is is_new] for is_new in (False, True))
        if len(known) <= _AT_ONCE:  # what is shown already says the same as the other panes, at any moment
            self._entries.take(work_out(known, self._entries.known()))
        else:
            new = stale
        if new and not self._working:
            self._working = True
            before = self._entries.known()
            self.lab.background.run(lambda: work_out(new, before), self._worked_out)
        self._draw()

    def _worked_out(self, entries: dict[str, Entry]) -> None:
        self._working = False
        self._entries.take(entries)
        self.runs_changed()

    def runs_grew(self, run_ids: frozenset[str]) -> None:
        """Update live runs' cells that changed, or the whole table if one needs more room."""
        for run_id in run_ids:
            self._run_grew(run_id)

    def _run_grew(self, run_id: str) -> None:
        run = self.session.book.find(run_id)
        found = self._entries.refresh(self.session.book, run) if run else None
        if found is None:
            return
        before, after = found
        wider = any(now > was for now, was in zip(after.widths, before.widths, strict=True))
        if before.row.alike != after.row.alike:
            self.runs_changed()  # what its worker reads tells what those read that wait
            return
        if wider:
            self._draw()  # a first validation, a tenth epoch: columns and headings are others
            return
        if before.texts == after.texts:
            return
        if not self.is_on_screen:
            self._hidden_change = True
            return
        self.table.change(line(self.session.book, after, self._drawn.columns))

    def shown_changed(self) -> None:
        """Point at another run."""
        self._draw()

    def _draw(self) -> None:
        if not self.is_on_screen:
            self._hidden_change = True
            return
        self._hidden_change = False
        book = self.session.book
        self._drawn = draw(book, self._entries, self._view)
        self.set_class(not self._drawn.lines, "-empty")
        self.table.show(self._drawn.heads, self._drawn.lines)
        if self._wanted and self.table.go_to(self._wanted):
            self._wanted = ""
        nothing = self._nothing()
        self.query_one("#nothing", Static).update(Content(nothing))
        self._say_problem()
        self.border_subtitle = Content(counted(len(book.runs), self._drawn, self._view))

    def _nothing(self) -> str:
        if self._drawn.lines:
            return ""
        if self._working or not self.session.book.listed:
            return "Reading the runs…"
        if self.session.book.runs and self._view.filter is not None:
            clears = self.key_of("results.clear_filter")
            return f"No run matches the filter '{clean(self.field.value, limit=60)}'. {clears} clears it."
        return _EMPTY.format(self.key_of("run.start"))

    def _say_problem(self) -> None:
        chosen, damaged = self._view.filter, len(self.session.book.damaged)
        problem = chosen.problem if chosen is not None else ""
        if not problem and damaged:
            folders = "1 folder" if damaged == 1 else f"{damaged} folders"
            problem = f"{folders} cannot be read: {self.key_of('results.damaged')} shows why"
        line = self.query_one("#problem", Static)
        line.set_class(bool(problem), "-shown")
        line.update(Content(problem))

    # What a person does with the run under the cursor

    def select_run(self, run_id: str) -> None:
        """Put the cursor on a run, now or when the table is drawn."""
        self._wanted = run_id
        self._draw()

    def run_in_focus(self) -> str | None:
        """Return the id of the run under the cursor."""
        under = self.table.current
        return under.key if under and self.session.book.find(under.key) else None

    def _current(self) -> BookedRun | None:
        under = self.table.current
        run = self.session.book.find(under.key) if under else None
        if run is None:
            self.lab.say("there is no run under the cursor")
        return run

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter, or a click on the row under the cursor."""
        event.stop()
        self.action_show()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a column's head."""
        event.stop()
        self._sort_by(str(event.column_key.value))

    def action_show(self) -> None:
        """Show the run's curves."""
        if run := self._current():
            self.post_message(ShowRun(run.id, go=True))

    def action_mark(self) -> None:
        """Mark the run for the curves and for comparing, or take its mark away."""
        if run := self._current():
            before = list(self.session.book.marked)
            self.session.book.toggle_mark(run.id)
            gone = set(before) - {run.id, *self.session.book.marked}
            if gone:
                self.lab.say(f"{MOST_MARKS} runs can be marked at once: {gone.pop()} was unmarked")
            self.post_message(BookChanged())

    def action_compare(self) -> None:
        """Compare two marked runs, or the marked one and this one, or this one and its parent."""
        from tuilab.tui.screens.compare import CompareScreen

        run = self._current()
        if run is None:
            return
        book = self.session.book
        mark, compare = self.key_of("results.mark"), self.key_of("results.compare")
        if two := book.to_compare(run):
            self.app.push_screen(CompareScreen(*two))
        elif len(book.marked) > 2:
            self.lab.say(f"{len(book.marked)} runs are marked; compare takes two: {mark} removes a mark")
        else:
            self.lab.say(f"mark a run with {mark}, move to another, and press {compare} to compare the two")

    def action_rename(self) -> None:
        """Give the run a name."""
        if run := self._current():
            rename_run(self, run)

    def action_delete(self) -> None:
        """Delete the run, so that it can be restored."""
        if run := self._current():
            delete_run(self, run)

    def action_trash(self) -> None:
        """List the deleted runs, and restore one."""
        choose_deleted(self)

    def action_take(self) -> None:
        """Load the run's preset and experiment into the network pane."""
        if run := self._current():
            load_experiment(self, run)

    def action_copy(self) -> None:
        """Copy the run as a table of Markdown; where runs are marked, those."""
        if run := self._current():
            copy_runs(self, self._drawn.groups, set(self.session.book.marked) or {run.id})

    def action_damaged(self) -> None:
        """Say why folders cannot be read."""
        from tuilab.tui.screens.damaged import DamagedScreen

        damaged = self.session.book.damaged
        if damaged:
            self.app.push_screen(DamagedScreen(damaged.values()))
        else:
            self.lab.say("every run folder can be read")

    # Order, filter, export

    def action_sort(self) -> None:
        """Sort by the next column."""
        keys = [column.key for column in self._drawn.columns] or [IN_APP[0].key]
        here = keys.index(self._view.column.key) if self._view.column.key in keys else -1
        self._sort_by(keys[(here + 1) % len(keys)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._sort_by(self._view.column.key)

    def _sort_by(self, key: str) -> None:
        column = column_of(key)
        if column is None:  # the column of marks
            return
        self._view = self._view.sorted_by(column)
        self._draw()
        self.table.reveal(key)

    def action_filter(self) -> None:
        """Write a filter, or change the one that is there."""
        self.field.open()

    def action_clear_filter(self) -> None:
        """Show all runs again."""
        if self.field.close():
            self._take_filter("")
            self.table.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is written."""
        event.stop()
        self._take_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the rows that are left; the filter stays."""
        event.stop()
        if not event.value:
            self.field.close()
        self.table.focus()

    def _take_filter(self, text: str) -> None:
        self._view = replace(self._view, filter=parse(text) if text.strip() else None)
        self._draw()

    def action_export(self) -> None:
        """Write the table to a file."""
        everything = draw(self.session.book, self._entries, replace(self._view, filter=None)).groups
        export_runs(self, everything, self._drawn.groups)

    def row_of(self, run_id: str) -> Row | None:
        """Return a run's row as it was worked out last."""
        entry = self._entries.get(run_id)
        return entry.row if entry else None
