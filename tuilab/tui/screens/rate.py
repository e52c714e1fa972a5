"""A rate test as it goes: the loss over the growing rate, and then what it suggests."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from tuilab.errors import TuilabError
from tuilab.lab.draft import Draft
from tuilab.plots.drawing import draw_figure
from tuilab.rate import picture
from tuilab.rate.collected import Collected
from tuilab.rate.curve import Reading
from tuilab.rate.request import RateRequest, Span
from tuilab.rate.words import rate_text
from tuilab.results.progress import phase_text
from tuilab.runs.journal.records import Note, Phase
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.remedies import in_the_app
from tuilab.tui.screens.rate_work import News, RateWork
from tuilab.tui.screens.screen_keys import key_line
from tuilab.tui.widgets.plot import CellGrid

_LOOK_SECONDS, _SELDOM = 0.25, 1.0
"""Between two looks; over a slow connection."""


class RateScreen(Screen[float | None]):
    """Tests a draft, and dismisses with the rate that is taken over; with None if none is."""

    name_of_help = "rate"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings_of("rate")]
    DEFAULT_CSS = """
    RateScreen {
        layout: vertical; background: $background; color: $foreground;
        & #rate-title { height: 1; padding: 0 1; background: $surface; }
        & #rate-title, & #rate-legend { text-wrap: nowrap; text-overflow: ellipsis; }
        & CellGrid { height: 1fr; margin: 0 1; }
        & #rate-legend { height: auto; padding: 0 1; color: $secondary; }
        & #rate-words { height: auto; max-height: 60%; padding: 0 1; margin-top: 1; }
        & #rate-words.-refused { color: $error; }
        & #rate-keys { height: 1; padding: 0 1; background: $surface; color: $secondary; }
        &.-low #rate-words { margin-top: 0; }
    }
    """

    def __init__(self, draft: Draft, span: Span | None = None) -> None:
        """Prepare.

        Args:
            draft: what is tested.
            span: over which rates; None: the usual ones.
        """
        super().__init__()
        self._draft, self._span = draft, span or Span()
        self._work: RateWork | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._collected: Collected | None = None
        self._reading: Reading | None = None
        self._phase, self._notes, self._refusal = "starting", list[str](), ""

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self._refusal) or (self._collected is not None and self._collected.ending is not None)

    def compose(self) -> ComposeResult:
        """What is tested, the curve, its letters, what it says, keys."""
        yield Static("", id="rate-title", markup=False)
        yield CellGrid()
        yield Static("", id="rate-legend", markup=False)
        yield Static("", id="rate-words", markup=False)
        yield Static("", id="rate-keys", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        seconds = _SELDOM if self.lab.session.low_bandwidth else _LOOK_SECONDS
        self._timer = self.set_interval(seconds, self._look)
        self._start()

    def on_unmount(self) -> None:
        """Leave no process behind, however the screen is left."""
        if self._work is not None:
            self._work.stop()

    def on_resize(self, event: Resize) -> None:
        """Fit to the size."""
        self.set_class(event.size.height < 20, "-low")
        line = key_line("rate", self.lab.settings.keys, event.size.width - 2)
        self.query_one("#rate-keys", Static).update(line)
        self._draw()

    def on_cell_grid_resized(self) -> None:
        """Draw in the room that the lines below leave."""
        self._draw_curve()

    def _start(self) -> None:
        self._begin_anew()
        self._work = RateWork(self._draft, self._span, self._crashed)
        self._timer.resume()
        self._draw()

    def _crashed(self, error: Exception) -> None:
        self.app.call_from_thread(self.app._handle_exception, error)

    def _look(self) -> None:
        """Take what came since the last look."""
        news = list(self._work.news()) if self._work is not None else []
        for one in news:
            self._take(one)
        if self.ended:
            self._timer.pause()
        if news:
            if self._collected is not None:
                self._reading = self._collected.reading()
            self._draw()

    def _take(self, one: News) -> None:
        if isinstance(one, RateRequest):
            self._collected = Collected(one)
        elif isinstance(one, TuilabError):
            remedies = "".join(f" · {in_the_app(remedy)}" for remedy in one.remedies)
            self._refusal = f"{one.sentence}{remedies}"
        elif self._collected is not None:
            self._collected.take(one)
            if isinstance(one, Phase):
                self._phase = phase_text(one)
            elif isinstance(one, Note):
                self._notes.append(clean(one.text, limit=200))

    # Drawing

    def _draw(self) -> None:
        if not self.is_attached:
            return
        name = clean(self._draft.name, limit=60)
        self.query_one("#rate-title", Static).update(Content(f"rate test of {name} · {self._progress()}"))
        words = self.query_one("#rate-words", Static)
        words.set_class(bool(self._refusal), "-refused")
        words.update(Content(self._words()))
        collected, reading = self._collected, self._reading
        if collected is None or reading is None:
            return
        ascii = self.lab.session.ascii
        own, limits = collected.own, collected.limits
        legend = picture.legend(reading, own, limits, max(self.size.width - 2, 20), ascii=ascii)
        self.query_one("#rate-legend", Static).update(Content("\n".join(legend)))
        self._draw_curve()

    def _draw_curve(self) -> None:
        grid, collected, reading = self.query_one(CellGrid), self._collected, self._reading
        width, height = grid.size
        if width and height and collected is not None and reading is not None:
            ascii, losses = self.lab.session.ascii, collected.losses
            figure = picture.figure(
                collected.rates, losses, reading, collected.own, collected.limits, ascii=ascii
            )
            grid.show(draw_figure(figure, width, height))

    def _progress(self) -> str:
        collected = self._collected
        if self._refusal:
            return "not possible"
        if collected is None or not collected.rates:
            return self._phase if not self.ended else "stopped"
        step, steps = len(collected.rates), collected.request.span.steps
        at = f"step {step} of {steps}, rate {rate_text(collected.rates[-1])}"
        return f"{at} · {collected.ending}" if collected.ending else at

    def _words(self) -> str:
        if self._refusal:
            return f"× {clean(self._refusal, limit=600)}"
        if self._collected is None or self._reading is None or not self.ended:
            return "\n".join(self._notes[-2:])
        said = self._collected.verdict(self._reading) or ["It was stopped before its first step."]
        rate = self._reading.suggested
        if rate is not None and rate != self._collected.own:
            key = key_by_id("rate.take").names(self.lab.settings.keys)[0]
            said.append(f"{key}: train with {rate_text(rate)}.")
        return " ".join(said)

    # Keys

    def action_take(self) -> None:
        """Take the suggested rate over."""
        rate = self._reading.suggested if self._reading is not None and self.ended else None
        if rate is not None:
            self.dismiss(rate)
        elif self.ended:
            self.lab.say("the test suggests no rate, so there is nothing to take")
        else:
            self.lab.say("the test is still under way: it suggests a rate once it has ended or is stopped")

    def action_stop(self) -> None:
        """Stop, and keep what was measured."""
        if self._work is not None and not self.ended:
            self._work.stop()

    def action_again(self) -> None:
        """Test again; one under way goes on."""
        if self.ended:
            self._start()
        else:
            self.lab.say("the test is still under way; stop it first")

    def action_back(self) -> None:
        """Go back to the lab."""
        self.dismiss(None)
