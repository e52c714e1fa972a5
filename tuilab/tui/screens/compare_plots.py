"""The curves of two runs over each other: lines for training, letters for validation."""

import math
from collections.abc import Sequence
from dataclasses import replace

from tuilab.plots.cells import Cells, Role
from tuilab.plots.charts import digits_of
from tuilab.plots.drawing import draw_figure
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import Limits, round_limits
from tuilab.plots.series import TITLES, History, SeriesName
from tuilab.plots.view import SHOWN
from tuilab.results.comparison import LETTERS

PLOTS = tuple(plots[0] for name, plots in SHOWN.items() if name != "overview")
"""The series of each plot; the first of training, the second of validation."""

_ROLES = (Role.MARK_1, Role.MARK_2)
_DASHES = ".:"
TALL = 22
"""Rows from which on two plots stand over each other."""


def plots(
    histories: Sequence[History | None],
    metric: int,
    width: int,
    height: int,
    *,
    ascii: bool,
    note: str = "",
    before: Sequence[int] = (0, 0),
) -> Cells:
    """Return the plot of a metric, and below it that of the next where there is room.

    Args:
        histories: the first run's and the second's; None: not read yet, or it has none.
        metric: place in ``PLOTS``.
        width, height: in cells, at least 1.
        ascii: draw with ASCII alone.
        note: what to say if there is no curve.
        before: for each run the epochs of those that it continues from, as ``RunBook.epochs_before`` counts
            them: a child is drawn where its parent ended.
    """
    least = min(before)
    shifts = [float(epochs - least) for epochs in before]
    if height < TALL:
        return draw_figure(_figure(histories, shifts, PLOTS[metric], ascii, note), width, height)
    upper = height // 2
    chosen = (PLOTS[metric], PLOTS[(metric + 1) % len(PLOTS)])
    drawn = [
        draw_figure(_figure(histories, shifts, names, ascii, note), width, rows)
        for names, rows in zip(chosen, (upper, height - upper), strict=True)
    ]
    return Cells(drawn[0].text + drawn[1].text, drawn[0].roles + drawn[1].roles)


def _figure(
    histories: Sequence[History | None],
    shifts: Sequence[float],
    names: Sequence[SeriesName],
    ascii_only: bool,
    note: str,
) -> Figure:
    curves: list[Plotted] = []
    # validation first: what comes first lies on top
    for name in reversed(names):
        for letter, role, dash, shift, history in zip(
            LETTERS, _ROLES, _DASHES, shifts, histories, strict=True
        ):
            if history is None or not len(history.epochs) or not history.recorded(name):
                continue
            trained = name in history.steps.tracks
            # points are the run's letter; a line needs it in its label
            label = f"{letter} train" if trained else "val"
            curve = history.curve(name) if trained else history.epoch_curve(name)
            curve = replace(curve, shift=shift)
            curves.append(Plotted(curve, label, role, "" if trained else letter, dash, short=letter))
    ends = [h.end("epoch") + shift for h, shift in zip(histories, shifts, strict=True) if h is not None]
    x = (0.0, float(max(1, *map(math.ceil, ends)))) if ends else (0.0, 1.0)
    return Figure(
        TITLES[names[0]],
        curves,
        x,
        _limits(curves, x),
        ascii=ascii_only,
        note="" if curves else note,
        chained=any(shifts),
        digits=digits_of(names[0]),
    )


def _limits(curves: Sequence[Plotted], x: Limits) -> Limits:
    extents = [extent for plotted in curves if (extent := plotted.curve.extent(*x)) is not None]
    if not extents:
        return 0.0, 1.0
    return round_limits(min(low for low, _ in extents), max(high for _, high in extents))
