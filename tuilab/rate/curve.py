"""What the losses of a rate test come to: smoothed, their steepest fall, the edge behind which they grow.

The rate grows by the same factor at each step (Smith 2017). A moving mean of the losses trails behind them,
so the logarithms of the rates are averaged with the same weights: a smoothed loss stands at the geometric
mean of the rates that it is a mean over, and a straight fall keeps its place and its slope.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIVERGED = 4.0
"""A test ends where the smoothed loss is so many times its best."""
CHANCE = 2.0
"""A fall or a rise counts from so many standard errors of the smoothed loss on."""
GROWN = 0.05
"""The loss has grown once it lost this share of what it had fallen by."""
LEAST, FURTHEST = 0.1, 0.25
"""A suggested rate is from the first to the second share of the edge: the steepest place where it lies there.

The steepest place alone misleads at both ends. A network that falls apart does so right behind it; one that
batch normalization keeps together falls most at first, when everything is still to be learned, and trains
best at rates far above."""

Values = NDArray[np.float64]


class Average:
    """An exponential moving mean whose bias towards its start is corrected (Kingma & Ba 2015, section 3)."""

    def __init__(self, smoothing: float) -> None:
        """Begin; ``smoothing``: how much of the mean is kept at each step, 0 to below 1."""
        self._smoothing, self._sum, self._weight = smoothing, 0.0, 0.0

    def add(self, value: float) -> float:
        """Take the next value; return the mean."""
        self._sum = self._smoothing * self._sum + (1 - self._smoothing) * value
        self._weight = self._smoothing * self._weight + (1 - self._smoothing)
        return self._sum / self._weight


class Watch:
    """Says at which step the loss has diverged."""

    def __init__(self, smoothing: float) -> None:
        self._average, self._best, self._steps = Average(smoothing), math.inf, 0
        self._settled = settled(smoothing)

    def diverged(self, loss: float) -> bool:
        """Take a step's loss; return whether it or the smoothed one says that training has diverged."""
        if not math.isfinite(loss):
            return True
        mean = self._average.add(loss)
        self._steps += 1
        if self._steps >= self._settled:
            self._best = min(self._best, mean)
        return mean > DIVERGED * self._best


def settled(smoothing: float) -> int:
    """Return after how many steps a mean is over about as many as it ever will be."""
    return math.ceil(1 / (1 - smoothing))


def growing_rates(lowest: float, highest: float, steps: int) -> list[float]:
    """Return the rate of each step, from the lowest to the highest, growing by one factor."""
    factor = (highest / lowest) ** (1 / (steps - 1))
    return [*(lowest * factor**step for step in range(steps - 1)), highest]


@dataclass(frozen=True)
class Place:
    """A place on the smoothed curve.

    Attributes:
        rate: the learning rate.
        loss: the smoothed loss there.
        fall: by how much it falls while the rate doubles; negative where it grows.
    """

    rate: float
    loss: float
    fall: float = 0.0


@dataclass(frozen=True)
class Reading:
    """What the losses say.

    Attributes:
        rates, losses: the smoothed curve: a mean rate and a mean loss for each finite step.
        noise: the standard error of a smoothed loss.
        steepest: where the loss falls most while the rate doubles; None where no fall exceeds the noise.
        edge: the last place at which the loss was about as low as it ever was, before it grew; None where it
            did not grow.
        suggested: a rate to train with, of two digits; None where nothing falls.
    """

    rates: Values
    losses: Values
    noise: float
    steepest: Place | None = None
    edge: Place | None = None
    suggested: float | None = None


def read(rates: Sequence[float], losses: Sequence[float], smoothing: float) -> Reading:
    """Read a test, or as much of one as there is.

    Args:
        rates: of each step, growing.
        losses: of each step; those from the first on that is not finite are left out.
        smoothing: of the moving mean, 0 to below 1.
    """
    finite = next((n for n, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    raw = np.asarray(losses[:finite], np.float64)
    smooth, logs = averages(raw, smoothing), averages(np.log(np.asarray(rates[:finite])), smoothing)
    noise = _noise(raw) * math.sqrt((1 - smoothing) / (1 + smoothing))
    begin = settled(smoothing) - 1
    reading = Reading(np.exp(logs), smooth, noise)
    if finite <= begin + 2:
        return reading
    edge = _edge(smooth, begin, CHANCE * noise, ended=finite < len(losses))
    steepest = _steepest(logs, smooth, begin, edge, CHANCE * math.sqrt(2) * noise)
    return Reading(
        reading.rates,
        smooth,
        noise,
        steepest,
        None if edge is None else Place(float(np.exp(logs[edge])), float(smooth[edge])),
        _suggested(steepest, None if edge is None else float(np.exp(logs[edge]))),
    )


def averages(values: Values, smoothing: float) -> Values:
    """Return the moving mean after each value, its bias corrected."""
    average = Average(smoothing)
    return np.array([average.add(float(value)) for value in values])


def _noise(raw: Values) -> float:
    """Return the standard deviation of single losses about their course.

    By second differences, in which a straight course is 0 and noise has 6 times its variance; by their
    median, which the explosion at the end leaves alone.
    """
    if len(raw) < 3:
        return 0.0
    return float(np.median(np.abs(np.diff(raw, 2))) / (0.6745 * math.sqrt(6)))


def _edge(smooth: Values, begin: int, least: float, *, ended: bool) -> int | None:
    """Return the last step at which the loss was about as low as it ever was, if it grew afterwards."""
    lowest = begin + int(np.argmin(smooth[begin:]))
    fallen = float(np.max(smooth[begin : lowest + 1]) - smooth[lowest])
    level = smooth[lowest] + max(least, GROWN * fallen)
    low = begin + int(np.flatnonzero(smooth[begin:] <= level)[-1])
    if low < len(smooth) - 1:
        return low
    return low if ended else None


def _steepest(logs: Values, smooth: Values, begin: int, edge: int | None, least: float) -> Place | None:
    """Return where the loss falls most from half a doubling before to half a doubling after."""
    half, last = math.log(2) / 2, len(logs) - 1 if edge is None else edge
    inside = np.flatnonzero((logs - half >= logs[begin]) & (logs + half <= logs[last]))
    if not len(inside):
        return None
    places = logs[inside]
    falls = np.interp(places - half, logs, smooth) - np.interp(places + half, logs, smooth)
    best = int(np.argmax(falls))
    if falls[best] <= least:
        return None
    return Place(float(np.exp(places[best])), float(smooth[inside[best]]), float(falls[best]))


def _suggested(steepest: Place | None, edge: float | None) -> float | None:
    if steepest is None:
        return None
    rate = steepest.rate if edge is None else min(max(steepest.rate, LEAST * edge), FURTHEST * edge)
    return float(f"{rate:.2g}")
