"""Validation accuracy by epoch: the trial under the cursor, the best one, and those that train."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.plots.cells import Cells, Role
from tuilab.plots.charts import digits_of
from tuilab.plots.drawing import draw_figure
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import Limits, StickyLimits, round_limits
from tuilab.plots.series import Curve
from tuilab.plots.track import Track
from tuilab.runs.metrics import ACCURACY
from tuilab.sweeps.board import Trial
from tuilab.sweeps.curves import mean_curve
from tuilab.tui.screens.sweeps.news import News

MOST_RUNNING = 3
"""Trials that train of which curves are drawn: the latest."""

_SIGNS = "abc"
_ROLES = (Role.MARK_2, Role.MARK_3, Role.MARK_4)
_HIGHEST = 0.2
"""The height of the axis, at least."""


@dataclass(frozen=True)
class Shown:
    """A trial whose curve is drawn.

    Attributes:
        trial: which.
        label: what it is called in the legend.
        role: its colour.
        sign: the character of its points.
        short: what it is called where there is little room.
    """

    trial: Trial
    label: str
    role: Role
    sign: str
    short: str


def shown_trials(news: News, under: Trial | None) -> list[Shown]:
    """Return the trials to draw, what lies on top first: at the cursor, best, preset, those that train."""
    found: list[Shown] = []

    def add(trial: Trial | None, label: str, role: Role, sign: str, short: str = "") -> None:
        if trial is not None and trial.number not in {one.trial.number for one in found}:
            found.append(Shown(trial, label, role, sign, short or label))

    best, preset = news.best, news.preset
    names = {one.number: name for one, name in ((preset, "preset"), (best, "best")) if one is not None}
    if under is not None:
        add(under, f"here: {names.get(under.number, f'trial {under.number}')}", Role.TRAIN, "o", "here")
    add(best, "best", Role.VAL, "*")
    add(preset, "preset", Role.MARK_1, "p")
    for trial, role, sign in zip(news.training[-MOST_RUNNING:], _ROLES, _SIGNS, strict=False):
        add(trial, f"trial {trial.number}", role, sign, str(trial.number))
    return found


class SweepCurves:
    """Draws the curves; its limits move seldom while values come in."""

    def __init__(self) -> None:
        self._sticky = StickyLimits((0.0, 1.0))

    def draw(self, news: News, under: Trial | None, width: int, height: int, *, ascii: bool = False) -> Cells:
        """Return the plot.

        Args:
            news: the sweep.
            under: the trial under the cursor.
            width, height: in cells, at least 1.
            ascii: draw with ASCII alone.
        """
        plotted: list[Plotted] = []
        for one in shown_trials(news, under):
            values = mean_curve(one.trial)
            if values:
                curve = Curve(array("d", range(1, len(values) + 1)), Track(values))
                plotted.append(Plotted(curve, one.label, one.role, one.sign, short=one.short))
        epochs = news.board.spec.experiment.training.epochs
        ends = [curve.x[-1] for curve in (p.curve for p in plotted)]
        x = (0.0, float(max([epochs, 1, *ends])))
        figure = Figure(
            ACCURACY.title,
            plotted,
            x,
            self._y([p.curve for p in plotted], x),
            ascii=ascii,
            note="" if plotted else "no epoch has finished yet",
            digits=digits_of(ACCURACY.val),
        )
        return draw_figure(figure, width, height)

    def _y(self, curves: Sequence[Curve], x: Limits) -> Limits:
        extents = [extent for curve in curves if (extent := curve.extent(*x)) is not None]
        if not extents:
            return 0.0, 1.0
        low, high = min(low for low, _ in extents), max(high for _, high in extents)
        if high - low < _HIGHEST:
            low = max(min(low, 1.0 - _HIGHEST, (low + high - _HIGHEST) / 2), 0.0)
            high = max(high, low + _HIGHEST)
        return self._sticky.cover(low, high, round_limits)
