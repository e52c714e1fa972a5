"""A run's curves drawn with plotext, for a terminal of any width."""

import math
import os
import shutil
import sys

from tuilab.runs.summary import Summary


def draw(summary: Summary, *, colour: bool | None = None) -> str:
    """Return accuracy and cross-entropy by epoch, one plot under the other.

    Training is drawn with dots and validation with crosses, so that they are told apart without
    colour. What is not finite is left out (plotext cannot draw it).

    Args:
        summary: a run with an epoch or more.
        colour: None: where stdout is a terminal and NO_COLOR is not set.
    """
    if not summary.epochs:
        return "no epoch is finished yet: there is nothing to draw"
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 120)
    return "\n".join(
        [
            _plot("accuracy", summary, ("accuracy", "val_accuracy"), width, coloured),
            _plot("cross-entropy (nats)", summary, ("cross_entropy", "val_cross_entropy"), width, coloured),
        ]
    )


def _plot(title: str, summary: Summary, names: tuple[str, str], width: int, colour: bool) -> str:
    import plotext

    plotext.clear_figure()
    plotext.plot_size(width, 15)
    for part in (plotext.canvas_color, plotext.axes_color, plotext.ticks_color):
        part("default")  # the terminal's own colours, light or dark
    plotext.title(title)
    plotext.xlabel("epoch")
    epochs, drawn = len(summary.epochs), [0.0]
    for name, (label, marker, hue) in zip(names, _SERIES, strict=True):
        points = [(e.epoch, getattr(e, name)) for e in summary.epochs if math.isfinite(getattr(e, name))]
        if points:
            x, y = zip(*points, strict=True)
            plotext.plot(x, y, marker=marker, label=label, color=hue)
            drawn += y
    plotext.xticks(sorted({1 + round(i * (epochs - 1) / 9) for i in range(10)}))
    if (most := max(drawn)) >= 1e5:
        # plotext writes every digit of a loss that has exploded
        ticks = [most * part / 4 for part in range(5)]
        plotext.yticks(ticks, [f"{tick:.2g}" for tick in ticks])
    text = plotext.build() if colour else plotext.uncolorize(plotext.build())
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    return text if unicode else text.translate(_ASCII)


_SERIES = (("training", "•", "blue+"), ("validation", "x", "orange+"))
_ASCII = str.maketrans("┌┐└┘├┤┬┴┼─│•", "+++++++++-|.")
