"""A run's measured history: what its journal says of every batch and every epoch, as columns to draw."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tuilab.plots.scales import Limits
from tuilab.plots.smoothing import Smoothed
from tuilab.plots.track import Polyline, Track, reduce
from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import Batch, Epoch, Phase, Resumed, Started
from tuilab.runs.metrics import CROSS_ENTROPY, METRICS

SeriesName = str
"""As in the journal: a metric's name of training or validation, or one of ``penalty`` and the like."""
Axis = Literal["epoch", "time"]
"""What runs along the bottom: epochs done (2.5: half of the third), or seconds of work on the run."""

STEP_SERIES: tuple[SeriesName, ...] = (*(metric.name for metric in METRICS), "penalty", "gradient_norm")
"""Of training: means over the epoch so far, several times a second, and at an epoch's end over all of it."""
EPOCH_SERIES: tuple[SeriesName, ...] = (*STEP_SERIES, *(metric.val for metric in METRICS), "learning_rate")
"""Known at the end of each epoch: all of them."""


class Measurements:
    """Columns that were measured together: two clocks and a track for each name."""

    def __init__(self, names: Iterable[SeriesName]) -> None:
        self.epochs = array("d")
        self.seconds = array("d")
        self.tracks: dict[SeriesName, Track] = {name: Track() for name in names}

    def __len__(self) -> int:
        return len(self.epochs)

    def clock(self, axis: Axis) -> "array[float]":
        """Return one x a row, ascending."""
        match axis:
            case "epoch":
                return self.epochs
            case "time":
                return self.seconds

    def append(self, epoch: float, seconds: float, values: Mapping[SeriesName, float]) -> None:
        """Take a row; ``values`` has one for each track."""
        self.epochs.append(epoch)
        self.seconds.append(max(seconds, self.seconds[-1]) if self.seconds else seconds)
        for name, track in self.tracks.items():
            track.append(values[name])

    def truncate(self, length: int) -> None:
        """Forget all rows from ``length`` on."""
        del self.epochs[length:], self.seconds[length:]
        for track in self.tracks.values():
            track.truncate(length)


@dataclass(frozen=True)
class Curve:
    """One series of one run, ready to be reduced and drawn. A view: it grows with its history.

    Attributes:
        x: epochs or seconds of the run, ascending.
        track: the values, smoothed where that was asked for.
        shift: where on the axis the run's own 0 lies.
    """

    x: "array[float]"
    track: Track
    shift: float = 0.0

    def polylines(
        self, window: Limits, columns: int, *, positive: bool = False, joined: bool = True
    ) -> list[Polyline]:
        """Return what a plot of so many columns shows of it between two places of the axis; as ``reduce``."""
        low, high = window[0] - self.shift, window[1] - self.shift
        lines = reduce(self.x, self.track, low, high, columns, positive=positive, joined=joined)
        return [([x + self.shift for x in xs], ys) for xs, ys in lines] if self.shift else lines

    def at(self, x: float) -> float | None:
        """Return the value that was last measured at or before ``x``; None before the first."""
        place = bisect_right(self.x, x - self.shift) - 1
        return self.track.values[place] if place >= 0 else None

    def extent(self, low: float, high: float, *, positive: bool = False) -> tuple[float, float] | None:
        """Return the least and the largest finite value in a window of x; None if there is none.

        Args:
            low, high: the window's ends, included.
            positive: only of values above 0.
        """
        start, stop = bisect_left(self.x, low - self.shift), bisect_right(self.x, high - self.shift)
        least = self.track.lowest_positive(start, stop) if positive else self.track.lowest(start, stop)
        most = self.track.highest(start, stop)
        if least is None or most is None:
            return None
        return self.track.values[least], self.track.values[most]

    def last(self) -> float | None:
        """Return the latest value, which may not be finite; None before the first."""
        return self.track.values[-1] if self.track.values else None


@dataclass(frozen=True)
class NotFinite:
    """Where a series first was not a number or infinite.

    Attributes:
        name: which series.
        value: NaN, or plus or minus infinity.
        epoch: the epoch in which it was measured, from 1.
    """

    name: SeriesName
    value: float
    epoch: int

    def sentence(self) -> str:
        """Say it."""
        what = "not a number" if math.isnan(self.value) else "infinite"
        sentence = f"the {TITLES[self.name]} was {what} in epoch {self.epoch}"
        return f"{sentence}: training diverged there" if self.name in _DIVERGE else sentence


TITLES: dict[SeriesName, str] = {
    **{metric.name: metric.title for metric in METRICS},
    "penalty": "weight penalty",
    "gradient_norm": "gradient norm",
    **{metric.val: f"validation {metric.title}" for metric in METRICS},
    "learning_rate": "learning rate",
}


_DIVERGE = frozenset({CROSS_ENTROPY.name, "penalty", CROSS_ENTROPY.val})
"""Series of which that is a verdict; with half precision a gradient norm is NaN where a step was left out."""


class History:
    """A run's series. Grows by ``add``, entry by entry.

    A run that continues from a checkpoint trains some epochs again: their earlier rows are forgotten, and
    its clock continues from the last row that is kept.

    Attributes:
        steps: what was measured several times a second.
        epochs: what was measured at the end of each epoch.
        gaps: series of which some record says nothing, as those of earlier versions.
    """

    def __init__(self) -> None:
        self.steps = Measurements(STEP_SERIES)
        self.epochs = Measurements(EPOCH_SERIES)
        self.gaps: set[SeriesName] = set()
        self._zero: float | None = None
        """The time at which the seconds began."""
        self._steps = 0
        """Steps an epoch, as the last batch said."""
        self._resumed: float | None = None
        """The time at which the run was started again, until its first row after that."""
        self._smoothed: dict[tuple[SeriesName, float], Smoothed] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "History":
        """Return the history of a whole journal."""
        history = cls()
        for entry in entries:
            history.add(entry)
        return history

    def __len__(self) -> int:
        return len(self.steps)

    def add(self, entry: Entry) -> None:
        """Take the next entry of the journal; most kinds change nothing."""
        record = entry.record
        if self._zero is None:
            self._zero = entry.time
        elif isinstance(record, Started):
            self._resumed = entry.time
        if isinstance(record, Batch | Phase) and record.worked is not None and math.isfinite(record.worked):
            # the worker's own clock, on which no pause is work
            self._zero, self._resumed = entry.time - record.worked, None
        if isinstance(record, Resumed):
            self._go_back(record)
        elif isinstance(record, Batch):
            self._steps = record.steps
            self._take(record.epoch - 1 + record.step / max(record.steps, 1), record.epoch - 1, entry, record)
        elif isinstance(record, Epoch):
            self._take(float(record.epoch), record.epoch - 1, entry, record)

    def _go_back(self, record: Resumed) -> None:
        """Forget what came after the checkpoint."""
        reached = record.epoch + (record.step / self._steps if self._steps else 0.0)
        self._forget(self.steps, bisect_right(self.steps.epochs, reached))
        self._forget(self.epochs, bisect_right(self.epochs.epochs, record.epoch))

    def _take(self, x: float, whole: int, entry: Entry, record: Batch | Epoch) -> None:
        self._forget(self.steps, bisect_left(self.steps.epochs, x))
        self._forget(self.epochs, bisect_right(self.epochs.epochs, whole))
        seconds = self._seconds(entry.time)
        self.steps.append(x, seconds, self._values(record, STEP_SERIES))
        if isinstance(record, Epoch):
            self.epochs.append(x, seconds, self._values(record, EPOCH_SERIES))

    def _values(self, record: Batch | Epoch, names: Iterable[SeriesName]) -> dict[SeriesName, float]:
        """Return a record's numbers by name; NaN, which is not drawn, for one that was not recorded."""
        values = {}
        for name in names:
            value = record.value(name)
            if value is None:
                self.gaps.add(name)
            values[name] = math.nan if value is None else value
        return values

    def _seconds(self, time: float) -> float:
        zero = self._zero or 0.0
        if self._resumed is not None:
            kept = self.steps.seconds[-1] if len(self.steps) else 0.0
            zero = self._zero = self._resumed - kept
            self._resumed = None
        return max(time - zero, 0.0)

    def _forget(self, rows: Measurements, length: int) -> None:
        if length == len(rows):
            return
        rows.truncate(length)
        if rows is self.steps:
            for smoothed in self._smoothed.values():
                smoothed.truncate(length)

    def curve(self, name: SeriesName, axis: Axis = "epoch", smoothing: float = 0.0) -> Curve:
        """Return a series at its finest resolution: steps where they are measured, else epochs.

        Args:
            name: which.
            axis: what its x is.
            smoothing: weight of the moving average over steps, 0 (none) to below 1. Series of epochs are
                few exact values and stay as they are.
        """
        if name not in self.steps.tracks:
            return self.epoch_curve(name, axis)
        track = self.steps.tracks[name]
        if smoothing:
            track = self._smoothed.setdefault((name, smoothing), Smoothed(track, smoothing)).track()
        return Curve(self.steps.clock(axis), track)

    def epoch_curve(self, name: SeriesName, axis: Axis = "epoch") -> Curve:
        """Return a series with one value an epoch, measured at its end."""
        return Curve(self.epochs.clock(axis), self.epochs.tracks[name])

    def recorded(self, name: SeriesName) -> bool:
        """Return whether there is any value of a series; an earlier version knew fewer of them."""
        track = self.epochs.tracks[name] if name not in self.steps.tracks else self.steps.tracks[name]
        return name not in self.gaps or len(track.bad) < len(track)

    def end(self, axis: Axis) -> float:
        """Return the x of the last row; 0 before there is one."""
        clock = self.steps.clock(axis)
        return clock[-1] if clock else 0.0

    def not_finite(self) -> Sequence[NotFinite]:
        """Return, for each series that ever was NaN or infinite, where it first was; earliest first."""
        found: list[NotFinite] = []
        for name in EPOCH_SERIES:
            if name in self.gaps:
                continue
            rows = self.steps if name in self.steps.tracks else self.epochs
            track = rows.tracks[name]
            if track.bad:
                place = track.bad[0]
                found.append(NotFinite(name, track.values[place], max(math.ceil(rows.epochs[place]), 1)))
        return sorted(found, key=lambda one: one.epoch)
