"""What is inside a run: a tab for each look, its text beside its pictures or its matrix."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from tuilab.files import paths
from tuilab.looks.catalogue import LOOKS
from tuilab.looks.page import Gallery, LookedAt, Page
from tuilab.tui.bindings import bindings_of, key_by_id, keys
from tuilab.tui.look_source import LookSource
from tuilab.tui.measurement import Measurement
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.look import lines as typeset
from tuilab.tui.screens.look.around import tabs, title
from tuilab.tui.screens.look.exporting import copy, export
from tuilab.tui.screens.look.instead import GONE, can_be_measured, how_to_two, instead
from tuilab.tui.screens.look.lines import Line
from tuilab.tui.screens.look.matrix import matrix_of, wanted_size
from tuilab.tui.screens.look.parts import MatrixPart, PageView
from tuilab.tui.screens.look.picture_lines import picture_lines
from tuilab.tui.screens.look.reading import Drawing, Reading, Wanted
from tuilab.tui.screens.screen_keys import key_line

_LOOK_SECONDS = 2.0
"""Between two looks at a run that trains; twice that with low bandwidth."""
_WIDE = 120
"""Columns from which pictures and matrix stand beside the text."""
_PICTURES_WIDE, _THREE_WIDE = 71, 105
"""Columns in which two and three pictures fit beside each other, with their frame and scroll bar."""

_LEAST_PLOT, _MOST_PLOT = 9, 18
"""Lines of a plot."""


class LookScreen(Screen[None]):
    """Looks inside a run."""

    name_of_help = "look"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings_of("look")]
    DEFAULT_CSS = """
    LookScreen {
        layout: vertical; background: $background; color: $foreground;
        & #look-title, & #look-tabs { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & #look-title { background: $surface; }
        & #look-tabs { color: $secondary; }
        & #look-both { height: 1fr; width: 100%; layout: horizontal; }
        & #look-text, & #look-pictures, & #look-matrix {
            border: round $panel; border-title-color: $foreground; border-title-style: bold;
            padding: 0 1; height: 100%; display: none;
        }
        & #look-text { display: block; width: 1fr; }
        & #look-matrix { border: round $primary; border-title-color: $primary; }
        &.-matrix #look-matrix { display: block; }
        &.-pictures #look-pictures { display: block; }
        & #look-keys { height: 1; padding: 0 1; background: $surface; color: $secondary; }
        &.-narrow #look-both { layout: vertical; }
        &.-narrow #look-text, &.-narrow #look-matrix { border: none; width: 100%; height: 1fr; }
        &.-narrow #look-pictures { display: none; }
    }
    """

    def __init__(self, source: LookSource, run_id: str) -> None:
        """Prepare.

        Args:
            source: where pages and images come from.
            run_id: which run.
        """
        super().__init__()
        self._run_id = run_id
        self._source, self._reading = source, Reading(self, source, self._draw)
        self._measurement: Measurement | None = None
        self._looked: dict[str, LookedAt] = {}
        self._trained = False
        self._cell: tuple[str, str] | None = None
        """The classes that errors are filtered by: what images are, and what they are taken for."""
        self.look = LOOKS[0]

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    @property
    def run(self) -> BookedRun | None:
        """The run; None if its folder is gone by now."""
        return self.lab.session.book.find(self._run_id)

    def compose(self) -> ComposeResult:
        """The run, the tabs, text beside pictures or matrix, keys."""
        yield Static("", id="look-title", markup=False)
        yield Static("", id="look-tabs", markup=False)
        with Container(id="look-both"):
            yield MatrixPart(id="look-matrix")
            yield PageView(id="look-text")
            yield PageView(id="look-pictures")
        yield Static("", id="look-keys", markup=False)

    def on_mount(self) -> None:
        """Look, and while the run trains look again."""
        slower = 2.0 if self.lab.session.low_bandwidth else 1.0
        self.set_interval(_LOOK_SECONDS * slower, self._look_again)
        self._measuring = self.set_interval(0.5 * slower, self._look_at_measurement, pause=True)
        self._trained = self.run is not None and self.run.trains
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Text and pictures beside each other, or one below the other."""
        self.set_class(event.size.width < _WIDE, "-narrow")
        self.call_after_refresh(self._draw)

    def on_page_view_widened(self) -> None:
        """Fill the lines as they are now."""
        self._draw()

    # What is looked at

    @property
    def wanted(self) -> Wanted | None:
        """The page that is wanted; None where it is of two runs, and there is no other one."""
        run = self.run
        if run is None:
            return None
        if self.look.of_two:
            two = self.lab.session.book.to_compare(run)
            return Wanted(self.look.name, two) if two is not None else None
        is_a, taken_for = self._cell if self._cell and self._filtered else (None, None)
        return Wanted(self.look.name, (run.id,), is_a, taken_for)

    def _show(self) -> None:
        """Show what is wanted now, from its top."""
        self._look()
        for view in self.query(PageView):
            view.scroll_to(y=0, animate=False)
        self._draw()

    def _look(self, *, again: bool = False) -> None:
        wanted = self.wanted
        if wanted is None:
            return
        runs = [self.lab.session.book.find(run_id) for run_id in wanted.runs]
        self._reading.look(wanted, tuple(self._looked_at(run) for run in runs if run), again=again)

    def _looked_at(self, run: BookedRun) -> LookedAt:
        if run.trains or run.id not in self._looked:  # of one that trains there is more each time
            self._looked[run.id] = LookedAt(run.summary, run.experiment)
        return self._looked[run.id]

    def _look_again(self) -> None:
        run = self.run
        trains = run is not None and run.trains
        if self._trained and not trains:
            self._looked.clear()
            self._reading.forget()
        if self._trained or trains:
            self._trained = trains
            self._look(again=self.look.name == "forgetting")
            self._draw()

    @property
    def _filtered(self) -> bool:
        return self._cell is not None and self.look.name == "errors"

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        found = self._reading.found(self.wanted) if self.wanted else None
        return found.page if found else None

    # Drawing

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        self._draw_lines_around()
        page = self.page
        self._arrange(page)
        text = self.query_one("#look-text", PageView)
        width = text.room
        if page is None:
            text.show(self._instead(width))
            return
        text.border_title = Content(page.title)
        parts = [self._filter(width), typeset.text_lines(page, width)]
        tall = min(max(text.size.height // 2, _LEAST_PLOT), _MOST_PLOT)
        parts.append(typeset.plot_lines(page, width, tall, ascii=self.lab.session.ascii))
        # the matrix stands beside them
        tables = typeset.table_lines(page.tables[-1:] if self.has_class("-matrix") else page.tables, width)
        if page.galleries and self.has_class("-narrow"):
            pictures = self._pictures(page.galleries, width)
            parts += [tables, pictures] if self.look.name == "forgetting" else [pictures, tables]
        else:
            parts.append(tables)
        text.show(typeset.joined([*parts, typeset.note_lines(page, width)]))
        if self.has_class("-pictures") and not self.has_class("-narrow"):
            view = self.query_one("#look-pictures", PageView)
            view.border_title = Content("IMAGES")
            view.show(self._pictures(page.galleries, view.room))

    def _filter(self, width: int) -> list[Line]:
        """Return which errors are shown, where they are not all."""
        if self._cell is None or not self._filtered:
            return []
        all, back = self._key_of("look.clear_filter"), self._key_of("look.back")
        own, taken = self._cell
        words = f"Filter: {own}, taken for {taken}. {all}: all errors, {back}: the classes."
        return typeset.paragraph(words, width, "muted")

    def _key_of(self, id: str) -> str:
        return key_by_id(id).names(self.lab.settings.keys)[0]

    def _arrange(self, page: Page | None) -> None:
        """Make room for what the page has."""
        narrow, matrix = self.has_class("-narrow"), self.query_one(MatrixPart)
        has_matrix = page is not None and self.look.name == "classes"
        self.set_class(has_matrix, "-matrix")
        self.set_class(page is not None and bool(page.galleries), "-pictures")
        room = self.size.width
        wide = _THREE_WIDE if room >= _THREE_WIDE + 50 else _PICTURES_WIDE
        self.query_one("#look-pictures").styles.width = wide
        if page is not None and has_matrix:
            found = matrix_of(page)
            across, down = wanted_size(found)
            matrix.styles.width = "100%" if narrow else min(max(across, room * 6 // 10), room - 50)
            matrix.styles.height = min(down, max(self.size.height - 7, 5)) if narrow else "100%"
            matrix.show(found)

    def _draw_lines_around(self) -> None:
        run = self.run
        self._update("look-title", Content("this run is gone") if run is None else title(run))
        self._update("look-tabs", tabs(self.look, self.size.width - 2))
        self._update("look-keys", key_line("look", self.lab.settings.keys, self.size.width - 2, self._idle()))

    def _update(self, id: str, words: Content) -> None:
        line = self.query_one(f"#{id}", Static)
        if not isinstance(line.content, Content) or not words.is_same(line.content):
            line.update(words, layout=False)

    def _instead(self, width: int) -> list[Line]:
        """Return what stands where there is no page."""
        self.query_one("#look-text").border_title = Content(self.look.name)
        run = self.run
        if run is None:
            return typeset.paragraph(GONE, width, "problem")
        if self.wanted is None:
            return how_to_two(self.look, len(self.lab.session.book.marked), self._key_of, width)
        found = self._reading.found(self.wanted)
        return instead(self.look, run, found, self._measurement, self._key_of, width)

    def _pictures(self, galleries: tuple[Gallery, ...], width: int) -> list[Line]:
        wanted, run = self.wanted, self.run
        if wanted is None or run is None:
            return []
        color = not (self.app.no_color or self.lab.ascii_only) and self.app.console.color_system in (
            "256",
            "truecolor",
        )
        return picture_lines(self._reading, Drawing(galleries, width, color), self._looked_at(run))

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is something to do for."""
        match action:
            case "open_cell":
                return self.has_class("-matrix")
            case "clear_filter":
                return self._filtered
            case "measure":
                found = self._reading.found(self.wanted) if self.wanted else None
                return self._measurement is None and can_be_measured(self.look, self.run, found)
            case _:
                return True

    def _idle(self) -> set[str]:
        return {key.id for key in keys() if key.where == "look" and not self.check_action(key.does, ())}

    def action_go(self, place: int) -> None:
        """Go to a tab."""
        if place < len(LOOKS) and self.look is not LOOKS[place]:
            self.look = LOOKS[place]
            self._show()

    def action_next_tab(self, step: int) -> None:
        """Go to the next tab."""
        self.action_go((LOOKS.index(self.look) + step) % len(LOOKS))

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor over the cells; elsewhere scroll, or go to the next tab."""
        if self.has_class("-matrix"):
            self.query_one(MatrixPart).move(down, right)
        elif right:
            self.action_next_tab(right)
        else:
            self._scroll(down)

    def action_page(self, step: int) -> None:
        """Scroll by a page."""
        self._scroll(step * max(self.query_one("#look-text").size.height - 2, 1))

    def action_edge(self, step: int) -> None:
        """Scroll to the beginning or the end."""
        self._scroll(step * 1_000_000)

    def _scroll(self, step: int) -> None:
        for view in self.query(PageView):
            if view.display:
                view.move(step)

    def on_matrix_part_chosen(self, event: MatrixPart.Chosen) -> None:
        """Go to the cell that was clicked, or open it."""
        event.stop()
        part = self.query_one(MatrixPart)
        if event.cell == part.cursor:
            self.action_open_cell()
        else:
            part.move(event.cell[0] - part.cursor[0], event.cell[1] - part.cursor[1])

    def action_open_cell(self) -> None:
        """Show the images behind the cell under the cursor."""
        part = self.query_one(MatrixPart)
        if part.matrix is None:
            return
        row, column = part.cursor
        if not part.matrix.counts[row][column]:
            self.lab.say(f"no image is behind this cell: {part.matrix.words(part.cursor)}")
            return
        self._cell = part.matrix.classes[row], part.matrix.classes[column]
        self.look = next(one for one in LOOKS if one.name == "errors")
        self._show()

    def action_clear_filter(self) -> None:
        """Show all errors."""
        self._cell = None
        self._show()

    def action_measure(self) -> None:
        """Compute from the trained model what was not recorded."""
        what = self.look.measured
        if what and self.wanted is not None and self.check_action("measure", ()):
            runs = [run for run_id in self.wanted.runs if (run := self.lab.session.book.find(run_id))]
            self._measurement = self._source.measure([run.summary.run for run in runs], what, self._crashed)
            self._measuring.resume()
            self._draw()

    def _look_at_measurement(self) -> None:
        """Tell how far the measurement is, and what came of it."""
        measurement = self._measurement
        if measurement is not None and measurement.ended:
            self._measuring.pause()
            if not measurement.problem:
                self._measurement = None
                self._looked.clear()
                self._reading.forget()
                self._show()
                return
        self._draw()

    def _crashed(self, error: Exception) -> None:
        self.app.call_from_thread(self.app._handle_exception, error)

    def on_unmount(self) -> None:
        """Leave no process behind, however the screen is left."""
        if self._measurement is not None:
            self._measurement.stop()

    def action_export(self) -> None:
        """Write the page to a file."""
        export(self, self.page, self._file_name(), paths.home() / "exports")

    def action_copy(self) -> None:
        """Copy the page as Markdown."""
        copy(self, self.page, self._file_name())

    def _file_name(self) -> str:
        return f"look-{self.look.name}-{'-'.join(self.wanted.runs if self.wanted else ())}"

    def action_back(self) -> None:
        """Return to the matrix where a cell was opened, else to the lab."""
        if self._filtered:
            self._cell, self.look = None, LOOKS[0]
            self._show()
        else:
            self.dismiss()
