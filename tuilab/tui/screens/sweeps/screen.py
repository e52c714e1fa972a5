"""One sweep as it fills up: grid, curves, trials and answer, all from one board."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from tuilab.sweeps.board import Trial
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.screens.screen_keys import key_line
from tuilab.tui.screens.sweeps import cursor as cursors
from tuilab.tui.screens.sweeps.changing import Changes
from tuilab.tui.screens.sweeps.cursor import Cursor
from tuilab.tui.screens.sweeps.doing import copy, export, save_best, show_run
from tuilab.tui.screens.sweeps.idle import idle_keys
from tuilab.tui.screens.sweeps.looking import Looking
from tuilab.tui.screens.sweeps.news import News, next_axes
from tuilab.tui.screens.sweeps.parts import AnswerPart, CurvesPart, GridPart, Part, TrialsPart
from tuilab.tui.screens.sweeps.words import plan_words, progress_words, seeds_words, trial_words
from tuilab.tui.sweep_source import Place, SweepSource

_NARROW = 120
"""Columns below which one part fills the screen."""


@dataclass(frozen=True)
class Exit:
    """What the screen is left for: a run that is to be shown; without one, the list of sweeps.

    Attributes:
        run: its id.
        place: where to come back to.
    """

    run: str = ""
    place: Place | None = None


class SweepScreen(Screen[Exit]):
    """Shows a sweep, lets a person stop and resume it, and opens any trial."""

    name_of_help = "sweep"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings_of("sweep")]
    DEFAULT_CSS = """
    SweepScreen {
        layout: vertical; background: $background; color: $foreground;
        & #sweep-title, & #sweep-trial { padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & #sweep-title { height: 1; background: $surface; }
        & #sweep-tabs { height: 1; padding: 0 1; color: $secondary; display: none; }
        & #sweep-upper { height: 1fr; width: 100%; }
        & #sweep-lower { height: 45%; width: 100%; }
        & .part { border: round $panel; border-title-color: $foreground; border-title-style: bold;
            border-subtitle-color: $secondary; padding: 0 1; height: 100%; width: 1fr; }
        & .part.-on { border: round $primary; border-title-color: $primary; }
        &:nocolor .part.-on { border: heavy $primary; }
        & #sweep-grid, & #sweep-trials { width: 3fr; }
        & #sweep-curves, & #sweep-answer { width: 2fr; }
        & #sweep-trial { height: 2; }
        & #sweep-keys { height: 1; padding: 0 1; background: $surface; color: $secondary; }
        & #sweep-problem { height: auto; padding: 0 1; color: $error; display: none; }
        & #sweep-problem.-shown { display: block; }
        &.-narrow #sweep-tabs { display: block; }
        &.-narrow .part { display: none; }
        &.-narrow .part.-on { display: block; }
        &.-narrow #sweep-upper { display: none; }
        &.-narrow #sweep-lower { display: none; height: 1fr; }
        &.-narrow.-upper #sweep-upper, &.-narrow.-lower #sweep-lower { display: block; }
        &.-narrow #sweep-trial { height: 3; text-wrap: wrap; }
    }
    """

    def __init__(self, source: SweepSource, name: str, place: Place | None = None) -> None:
        """Prepare.

        Args:
            source: where sweeps are read and changed.
            name: which one.
            place: where in it to begin; None: on the best trial.
        """
        super().__init__()
        self._name = name
        self._looking = Looking(self, source, name, self._changed)
        self._changes = Changes(self, source, name, self._looking.look)
        self.parts: tuple[Part, ...] = (
            GridPart("sweep-grid"),
            TrialsPart("sweep-trials"),
            AnswerPart("sweep-answer"),
            CurvesPart("sweep-curves"),
        )
        """In the order in which Tab goes through them."""
        named = [part for part in self.parts if place is not None and part.id == place.part]
        self.active: Part = named[0] if named else self.parts[0]
        self._place = place
        self._looking.axes = place.axes if place is not None else None
        self.news: News | None = None
        self.cursor = Cursor(place.cell, place.trial) if place is not None else Cursor()

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    def compose(self) -> ComposeResult:
        """Title, four parts, two lines of the trial under the cursor, keys."""
        grid, trials, answer, curves = self.parts
        yield Static(Content(f"sweep {clean(self._name, limit=64)} · reading…"), id="sweep-title")
        yield Static("", id="sweep-tabs", markup=False)
        yield Static("", id="sweep-problem", markup=False)
        with Horizontal(id="sweep-upper"):
            yield grid
            yield curves
        with Horizontal(id="sweep-lower"):
            yield trials
            yield answer
        yield Static("", id="sweep-trial", markup=False)
        yield Static("", id="sweep-keys", markup=False)

    def on_mount(self) -> None:
        """Look at once, then again and again."""
        self._activate(self.active)
        self._looking.look()

    def on_unmount(self) -> None:
        """Runs are told of by others again."""
        self.lab.session.book.told_elsewhere = frozenset()

    def on_resize(self, event: Resize) -> None:
        """One part at a time where the terminal is narrow."""
        self.set_class(event.size.width < _NARROW, "-narrow")
        self._show_keys()
        self.call_after_refresh(self._draw)

    def _changed(self, news: News | None, problem: str) -> None:
        """Take what was found at the latest look."""
        line = self.query_one("#sweep-problem", Static)
        line.set_class(bool(problem), "-shown")
        line.update(Content(f"× {clean(problem, limit=400)}" if problem else ""))
        if news is not None:
            fresh = self.news is None and self._place is None
            self.cursor = cursors.first(news) if fresh else self.cursor.settled(news)
            self.news = news
            told = (run.run for trial in news.board.trials for run in trial.runs if run.run and not run.host)
            self.lab.session.book.told_elsewhere = frozenset(told)
            self._draw()

    # Drawing

    def _draw(self) -> None:
        news = self.news
        if news is None:
            return
        words = Content.assemble(
            (f"sweep {clean(self._name, limit=64)}", "bold"),
            f" · {progress_words(news.board, news.alive, self._resume_key)} · {plan_words(news.board)}",
        )
        self._update("sweep-title", words)
        self._show_keys()
        self._update("sweep-trial", self._under_cursor(news))
        for part in self.parts:
            part.show(news, self.cursor)

    def _under_cursor(self, news: News) -> Content:
        trial = self.trial
        if trial is None:
            return Content.styled("nothing was tried here", "$secondary") if news.trials else Content("")
        epochs = news.board.spec.experiment.training.epochs
        return Content.assemble(
            trial_words(trial, epochs, preset=trial is news.preset),
            "\n",
            (seeds_words(trial, epochs), "$secondary"),
        )

    @property
    def _resume_key(self) -> str:
        return key_by_id("sweep.resume").names(self.lab.settings.keys)[0]

    def _show_keys(self) -> None:
        idle = idle_keys(self.news, self.trial)
        self._update("sweep-keys", key_line("sweep", self.lab.settings.keys, self.size.width - 2, idle))

    def _update(self, id: str, words: Content) -> None:
        line = self.query_one(f"#{id}", Static)
        if not isinstance(line.content, Content) or not words.is_same(line.content):
            line.update(words, layout=False)

    def _activate(self, part: Part) -> None:
        self.active = part
        for one in self.parts:
            one.set_class(one is part, "-on")
        upper = part.id in ("sweep-grid", "sweep-curves")
        self.set_class(upper, "-upper")
        self.set_class(not upper, "-lower")
        tabs = Content("  ").join(
            Content.styled(f" {one.TITLE} ", "bold reverse" if one is part else "") for one in self.parts
        )
        self._update("sweep-tabs", tabs)
        self.call_after_refresh(self._draw)

    # Keys

    @property
    def trial(self) -> Trial | None:
        """The trial under the cursor."""
        if self.news is None or self.cursor.trial is None:
            return None
        return self.news.trials.get(self.cursor.trial)

    def action_next_part(self, step: int) -> None:
        """Go to the next part."""
        self._activate(self.parts[(self.parts.index(self.active) + step) % len(self.parts)])

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor by cells, rows or lines."""
        news = self.news
        if news is None:
            return
        if isinstance(self.active, AnswerPart):
            self.active.scroll(down)
        elif isinstance(self.active, TrialsPart):
            self._go_to(cursors.on_row(news, news.table.place_of(self.cursor.trial) + down + right))
        else:
            row, column = self.cursor.cell
            self._go_to(cursors.on_cell(news, (row + down, column + right)))

    def action_page(self, step: int) -> None:
        """Move the cursor by a page."""
        self.action_move(step * max(self.active.size.height - 2, 1), 0)

    def action_edge(self, step: int) -> None:
        """Go to the first or the last cell, row or line."""
        self.action_move(step * 1_000_000, step * 1_000_000 if not isinstance(self.active, TrialsPart) else 0)

    def _go_to(self, cursor: Cursor) -> None:
        if cursor != self.cursor:
            self.cursor = cursor
            self._draw()

    def on_part_clicked(self, event: Part.Clicked) -> None:
        """Go to the cell or the row that was clicked."""
        event.stop()
        part, news = event.part, self.news
        if part is not self.active:
            self._activate(part)
        if news is None:
            return
        if isinstance(part, GridPart) and part.place is not None:
            cell = part.place.cell_at(event.x, event.y)
            if cell is not None:
                self._go_to(cursors.on_cell(news, cell))
        elif isinstance(part, TrialsPart) and event.y >= 1:
            self._go_to(cursors.on_row(news, part.top + event.y - 1))

    def action_next_axes(self) -> None:
        """Take other settings as rows and columns."""
        if self.news is None:
            return
        if len(self.news.board.spec.keys) < 2:
            self.lab.say("this sweep tries values of one setting only")
            return
        self._looking.axes = next_axes(self.news.board, self._looking.axes or self.news.axes)
        self._looking.look()

    def action_show(self) -> None:
        """Show the trial's run in the lab."""
        axes = self._looking.axes
        place = Place(self._name, self.cursor.trial, self.cursor.cell, axes, self.active.id or "")
        show_run(self, self.trial, lambda run: self.dismiss(Exit(run, place)))

    def action_stop_sweep(self) -> None:
        """Stop the sweep."""
        self._changes.stop(self.news)

    def action_resume_sweep(self) -> None:
        """Let the sweep go on."""
        self._changes.resume(self.news)

    def action_train_again(self) -> None:
        """Have the trial under the cursor trained again."""
        self._changes.again(self.trial)

    def action_confirm(self) -> None:
        """Train the best and the preset again with fresh seeds."""
        self._changes.confirm(self.news)

    def action_save_preset(self) -> None:
        """Save the best values as a preset."""
        save_best(self, self.news)

    def action_export(self) -> None:
        """Write the sweep to a file."""
        export(self, self.news)

    def action_copy(self) -> None:
        """Copy the sweep as Markdown."""
        copy(self, self.news)

    def action_show_sweeps(self) -> None:
        """Choose another sweep, or start one."""
        self.dismiss(Exit())

    def action_back(self) -> None:
        """Return to the lab."""
        self.dismiss(None)
