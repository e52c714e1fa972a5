"""Which figures show which runs: from a view and histories to figures whose limits stay where they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuilab.plots.cells import MARK_ROLES, Role
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import (
    Limits,
    StickyLimits,
    round_limits,
    round_log_limits,
    round_seconds,
)
from tuilab.plots.series import TITLES, History, SeriesName
from tuilab.plots.view import SHOWN, View
from tuilab.runs.metrics import SHARE, metric_of


@dataclass(frozen=True)
class Subject:
    """A run whose curves are drawn.

    Attributes:
        name: in a few words; clean.
        history: its curves.
        epochs: how many were asked for.
        seconds_left: of its training, as far as known; 0 if it has ended.
        before: epochs of the runs that it continues from, where it counts its own from 1 again.
        sign: its letter, of ``SIGNS``, where it stands beside another run; empty: by its place.
    """

    name: str
    history: History
    epochs: int
    seconds_left: float = 0.0
    before: int = 0
    sign: str = ""


SIGNS = "abcde"
"""What stands for the runs beside the shown one, in plots and in the table: four marks and a parent."""
ROLES = dict(zip(SIGNS, (*MARK_ROLES, Role.PLAIN), strict=True))
"""Their colours."""
_LEAST_SHARE = 0.2
"""The height of an axis of shares of 1, at least, unless a person zooms."""


class Charts:
    """Builds figures, and remembers limits so that they move seldom."""

    def __init__(self) -> None:
        self._end = 0.0
        self._seen: object = None
        self._sticky: dict[SeriesName, StickyLimits] = {}

    def figures(
        self,
        view: View,
        subject: Subject | None,
        others: Sequence[Subject],
        *,
        ascii: bool = False,
        note: str = "",
    ) -> list[Figure]:
        """Return the figures of a view, from the top.

        Args:
            view: what to see.
            subject: the run that is looked at; None if there is none.
            others: runs to compare it with, at most five; their validation (or what they have of a
                series of training) is drawn epoch by epoch.
            ascii: draw with ASCII alone.
            note: what to say if there is no curve.
        """
        others = others if view.overlays else ()
        self._notice(view, subject, others)
        drawn = [*([subject] if subject else []), *others]
        chained = any(_shift(view, one, drawn) for one in drawn)
        x = view.limits(self.whole(view, subject, others))
        cursor = None if view.cursor is None else x[0] + view.cursor * (x[1] - x[0])
        figures = []
        for names in SHOWN[view.metric]:
            curves = _plotted(names, view, subject, others, ascii=ascii)
            y = self._y(names[0], curves, x, view)
            drawable = any(p.curve.extent(*x, positive=view.log) for p in curves)
            message = "" if drawable else note or _not_recorded(names[0], subject)
            figure = Figure(TITLES[names[0]], curves, x, y, view.axis, view.log, cursor, ascii, message)
            figures.append(replace(figure, chained=chained, digits=digits_of(names[0])))
        return figures

    def whole(self, view: View, subject: Subject | None, others: Sequence[Subject]) -> Limits:
        """Return all of the x axis: the epochs that were asked for, or the time they will take."""
        subjects = [*([subject] if subject else []), *(others if view.overlays else ())]
        ends = [s.history.end(view.axis) + _shift(view, s, subjects) for s in subjects]
        if view.axis == "epoch":
            asked = max(subject.epochs, 1) + _shift(view, subject, subjects) if subject else 1
            return 0.0, float(max(asked, *map(math.ceil, ends))) if ends else float(asked)
        need = max([1.0, *ends])
        if subject:
            # the estimate moves all the time, the axis only when it is half wrong
            need = max(need, subject.history.end("time") + subject.seconds_left)
        if not need <= self._end <= 2 * need:
            self._end = round_seconds(need)
        return 0.0, self._end

    def latest(self, view: View, subject: Subject, others: Sequence[Subject]) -> float:
        """Return where on the axis a run's last values are, as a share of it."""
        subjects = [subject, *(others if view.overlays else ())]
        end = subject.history.end(view.axis) + _shift(view, subject, subjects)
        return min(end / self.whole(view, subject, others)[1], 1.0)

    def _notice(self, view: View, subject: Subject | None, others: Sequence[Subject]) -> None:
        """Begin with fresh limits where something else is shown."""
        histories = [s.history for s in (*([subject] if subject else []), *others)]
        seen = (view.metric, view.log, view.axis, view.chained, view.window, view.smoothing, histories)
        if seen != self._seen:
            self._seen, self._end = seen, 0.0
            self._sticky.clear()

    def _y(self, name: SeriesName, curves: Sequence[Plotted], x: Limits, view: View) -> Limits:
        metric = metric_of(name)
        within = metric.unit.limits if metric is not None and not view.log else (-math.inf, math.inf)
        sticky = self._sticky.setdefault(name, StickyLimits(within))
        lows, highs = [], []
        for plotted in curves:
            extent = plotted.curve.extent(*x, positive=view.log)
            if extent:
                lows.append(extent[0])
                highs.append(extent[1])
        if not lows:
            return (0.0, 1.0) if not view.log else (-1.0, 0.0)
        low, high = min(lows), max(highs)
        if view.log:
            return sticky.cover(math.log10(low), math.log10(high), round_log_limits)
        if view.window == (0.0, 1.0):
            low, high = _roomy(name, low, high)
        return sticky.cover(low, high, round_limits)


def _shift(view: View, subject: Subject, drawn: Sequence[Subject]) -> float:
    """Return where on the axis a run's own 0 lies: where the drawn runs before it ended."""
    if view.axis != "epoch" or not view.chained:
        return 0.0
    return float(subject.before - min(one.before for one in drawn))


def _roomy(name: SeriesName, low: float, high: float) -> Limits:
    """Return values with what the whole axis shows beside them, so that it need not follow the first ones.

    Other metrics and the gradient norm begin at 0. Of a share of 1, as an accuracy, at least a fifth of its
    range is shown: the first batches alone would stretch chance over the whole plot.
    """
    if _is_share(name):
        if high - low < _LEAST_SHARE:
            low = max(min(low, 1.0 - _LEAST_SHARE, (low + high - _LEAST_SHARE) / 2), 0.0)
            high = max(high, low + _LEAST_SHARE)
    elif name == "gradient_norm" or metric_of(name) is not None:
        low = min(low, 0.0)
    return low, high


def digits_of(name: SeriesName) -> int:
    """Return how many digits of a series' values are shown behind the point."""
    metric = metric_of(name)
    return metric.unit.digits if metric is not None else 3


def _is_share(name: SeriesName) -> bool:
    metric = metric_of(name)
    return metric is not None and metric.unit is SHARE


def _not_recorded(name: SeriesName, subject: Subject | None) -> str:
    """Return that a run has epochs but nothing of a metric, as one of an earlier version; else nothing."""
    if subject is None or subject.history.recorded(name):
        return ""
    return f"{subject.name} did not record the {TITLES[name]}"


def _plotted(
    names: Sequence[SeriesName],
    view: View,
    subject: Subject | None,
    others: Sequence[Subject],
    *,
    ascii: bool,
) -> list[Plotted]:
    curves = []
    drawn = [*([subject] if subject else []), *others]
    if subject:
        shift = _shift(view, subject, drawn)
        for name in filter(subject.history.recorded, names):
            curve = replace(subject.history.curve(name, view.axis, view.smoothing), shift=shift)
            if name in subject.history.steps.tracks:
                curves.append(Plotted(curve, "train", Role.TRAIN))
            elif name == "learning_rate":
                curves.append(Plotted(curve, "per epoch", Role.TRAIN, "o" if ascii else "●"))
            else:
                curves.append(Plotted(curve, "validation", Role.VAL, "o" if ascii else "●", short="val"))
    for other, letter in zip(others, SIGNS, strict=False):
        sign = other.sign or letter
        if not other.history.recorded(names[-1]):
            continue
        what = " val" if len(names) > 1 else ""
        curve = other.history.epoch_curve(names[-1], view.axis)
        curve = replace(curve, shift=_shift(view, other, drawn))
        curves.append(Plotted(curve, f"{other.name}{what}", ROLES[sign], sign, short=other.name))
    return curves


def left_out(figures: Sequence[Figure]) -> list[str]:
    """Return a sentence for each series of which a log scale leaves something out."""
    sentences = []
    for figure in figures:
        counts = [(len(p.curve.track.not_positive), len(p.curve.track)) for p in figure.curves]
        missing, all_of = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        if figure.log and missing:
            sentences.append(
                f"{figure.title}: {missing:,} of {all_of:,} values are not above 0, "
                "so a log scale cannot show them"
            )
    return sentences
