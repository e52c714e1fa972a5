"""What a person chose to see of the curves, and how each key changes it."""

from dataclasses import dataclass, replace

from tuilab.plots.scales import Limits
from tuilab.plots.series import TITLES, Axis, SeriesName
from tuilab.runs.metrics import ALWAYS, METRICS

SHOWN: dict[str, tuple[tuple[SeriesName, ...], ...]] = {
    "overview": tuple((metric.name, metric.val) for metric in ALWAYS),
    **{metric.title: ((metric.name, metric.val),) for metric in METRICS},
    **{TITLES[name]: ((name,),) for name in ("penalty", "learning_rate", "gradient_norm")},
}
"""What a person chooses among, and the series of each of its plots, from the top."""
SMOOTHINGS = (0.0, 0.6, 0.9, 0.98)
"""Weights of the moving average that the key steps through."""
_CLOSEST = 1 / 1024
"""The smallest window, as a share of the whole axis."""


@dataclass(frozen=True)
class View:
    """The choice. Steps return another one.

    Attributes:
        metric: which plots, of ``SHOWN``.
        smoothing: weight of the moving average; 0: none.
        log: y on a log scale.
        axis: what runs along the bottom.
        overlays: whether marked runs and the parent are shown too.
        window: part of the x axis that is shown, as shares of it; (0, 1): all.
        cursor: where values are read, as a share of the window; None: no cursor.
        chained: whether the epochs of a run that started from another continue where that one ended.
    """

    metric: str = "overview"
    smoothing: float = 0.0
    log: bool = False
    axis: Axis = "epoch"
    overlays: bool = True
    window: Limits = (0.0, 1.0)
    cursor: float | None = None
    chained: bool = True

    def next_metric(self) -> "View":
        """Show the next plots."""
        names = list(SHOWN)
        return replace(self, metric=names[(names.index(self.metric) + 1) % len(names)])

    def next_smoothing(self) -> "View":
        """Smooth more; after the most, not at all."""
        place = SMOOTHINGS.index(self.smoothing)
        return replace(self, smoothing=SMOOTHINGS[(place + 1) % len(SMOOTHINGS)])

    def with_log(self, log: bool) -> "View":
        """Take a log scale or a linear one."""
        return replace(self, log=log)

    def with_overlays(self, overlays: bool) -> "View":
        """Show other runs or not."""
        return replace(self, overlays=overlays)

    def next_axis(self, *, chain: bool = False) -> "View":
        """Take the next axis; all of it is shown, without a cursor.

        Args:
            chain: whether a run that is drawn started from another, so that epochs can be counted on from
                those, or each run's own from its first.
        """
        own = chain and self.axis == "epoch" and self.chained
        axis: Axis = "epoch" if own or self.axis == "time" else "time"
        return replace(self, axis=axis, chained=not own, window=(0.0, 1.0), cursor=None)

    def zoomed(self, factor: float, latest: float) -> "View":
        """Show ``factor`` times as much of the axis (below 1: closer).

        The cursor keeps its place; without one the middle of the window moves to the latest value at
        the share ``latest`` of the axis where that is inside.
        """
        low, high = self.window
        width = min(max((high - low) * factor, _CLOSEST), 1.0)
        if self.cursor is not None:
            held, at = low + self.cursor * (high - low), self.cursor
        else:
            inside = low <= latest <= high
            held, at = (latest, 0.75) if inside and factor < 1 else ((low + high) / 2, 0.5)
        return self._at(held - at * width, width)

    def panned(self, share: float) -> "View":
        """Move the window by a share of its width; the cursor stays where it is on the screen."""
        low, high = self.window
        return self._at(low + share * (high - low), high - low)

    def _at(self, low: float, width: float) -> "View":
        low = min(max(low, 0.0), 1.0 - width)
        return replace(self, window=(low, low + width))

    def cursor_moved(self, step: float, latest: float) -> "View":
        """Move the cursor by a share of the window; a new one stands at the share ``latest`` of the axis."""
        if self.cursor is None:
            low, high = self.window
            return replace(self, cursor=min(max((latest - low) / (high - low), 0.0), 1.0))
        return replace(self, cursor=min(max(self.cursor + step, 0.0), 1.0))

    def escaped(self) -> "View":
        """Put the cursor away; if there is none, show the whole axis."""
        return replace(self, cursor=None) if self.cursor is not None else replace(self, window=(0.0, 1.0))

    def limits(self, whole: Limits) -> Limits:
        """Return the window in the axis's own units, of which ``whole`` is all."""
        span = whole[1] - whole[0]
        return whole[0] + self.window[0] * span, whole[0] + self.window[1] * span

    def words(self) -> list[str]:
        """Return what differs from the plain view, in words."""
        low, high = self.window
        return [
            *([self.metric] if self.metric != "overview" else []),
            *([f"smoothed {self.smoothing:g}"] if self.smoothing else []),
            *(["log scale"] if self.log else []),
            *(["by time"] if self.axis == "time" else [] if self.chained else ["own epochs"]),
            *([] if self.overlays else ["this run alone"]),
            *([f"zoom {1 / (high - low):.0f}×"] if high - low < 1 else []),
        ]
