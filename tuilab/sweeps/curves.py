"""Validation accuracy by epoch: the best trials, the preset, and between which values all others are."""

import math
from array import array
from collections.abc import Sequence
from statistics import fmean

from tuilab.plots.cells import Role
from tuilab.plots.charts import digits_of
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import round_limits
from tuilab.plots.series import Curve
from tuilab.plots.track import Track
from tuilab.runs.metrics import ACCURACY
from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.wording import counted, point_words

MOST_DRAWN = 3
"""Trials with a curve of their own, the preset aside."""

_SIGNS = "abcde"
_ROLES = (Role.VAL, Role.MARK_4, Role.MARK_1, Role.MARK_2, Role.MARK_3)


def curves_figure(board: Board, most: int = MOST_DRAWN, *, ascii: bool = False) -> Figure:
    """Return the curves of a sweep, the best on top.

    Of trials that are not among the best, the highest and the lowest value of each epoch are drawn, of those
    that were pruned too, as far as they came. Before a trial is done, those that are furthest stand for the
    best.

    Args:
        board: the sweep.
        most: of how many trials curves of their own are drawn, at most five.
        ascii: draw with ASCII alone.
    """
    curves = {t.number: values for t in board.trials if t.origin != "confirm" and (values := mean_curve(t))}
    trials = {trial.number: trial for trial in board.trials}
    first = [trial.number for trial in board.ranked if trial.number in curves]
    started = [n for n in curves if trials[n].value is None]
    under_way = sorted(started, key=lambda n: (trials[n].state != "running", -len(curves[n]), -curves[n][-1]))
    drawn = (first or under_way)[: min(most, len(_SIGNS))]
    preset = board.preset_trial
    plotted = [
        _plotted(curves[n], f"{point_words(trials[n].point)}{_own(n, preset)}", role, sign)
        for n, role, sign in zip(drawn, _ROLES, _SIGNS, strict=False)
    ]
    if preset is not None and preset.number in curves and preset.number not in drawn:
        drawn.append(preset.number)
        plotted.append(
            _plotted(curves[preset.number], f"preset: {point_words(preset.point)}", Role.PLAIN, "p")
        )
    rest = [values for n, values in curves.items() if n not in drawn]
    plotted += _band(rest)
    epochs = max([board.spec.experiment.training.epochs, *map(len, curves.values())])
    x = (1.0, float(epochs)) if epochs > 1 else (0.0, 1.0)
    extents = [extent for one in plotted if (extent := one.curve.extent(*x))]
    y = (0.0, 1.0)
    if extents:
        y = round_limits(min(low for low, _ in extents), max(high for _, high in extents), parts=8)
    return Figure(
        "accuracy on the validation images",
        plotted,
        x,
        y,
        ascii=ascii,
        note="" if extents else "no epoch has finished yet: there is nothing to draw",
        digits=digits_of(ACCURACY.val),
    )


def mean_curve(trial: Trial) -> list[float]:
    """Return a trial's validation accuracy by epoch: the mean over those of its runs that came furthest."""
    furthest = max((len(run.validation) for run in trial.runs), default=0)
    if not furthest:
        return []
    runs = [run.validation for run in trial.runs if len(run.validation) == furthest]
    return [fmean(values) for values in zip(*runs, strict=True)]


def _own(number: int, preset: Trial | None) -> str:
    return " (preset)" if preset is not None and preset.number == number else ""


def _plotted(values: Sequence[float], label: str, role: Role, sign: str, dashed: str = ".") -> Plotted:
    x = array("d", [float(epoch) for epoch in range(1, len(values) + 1)])
    return Plotted(Curve(x, Track(values)), label, role, sign, dashed)


def _band(rest: Sequence[Sequence[float]]) -> list[Plotted]:
    """Return the highest and the lowest of the other curves in each epoch."""
    highest, lowest = [], []
    for epoch in range(max(map(len, rest), default=0)):
        values = [one[epoch] for one in rest if len(one) > epoch and math.isfinite(one[epoch])]
        highest.append(max(values, default=math.nan))
        lowest.append(min(values, default=math.nan))
    if not highest:
        return []
    others = counted(len(rest), "other")
    if len(rest) == 1:
        return [_plotted(highest, "the other trial", Role.MUTED, "", "-")]
    return [
        _plotted(highest, f"highest of {others}", Role.MUTED, "", "^"),
        _plotted(lowest, "lowest", Role.MUTED, "", "v"),
    ]
