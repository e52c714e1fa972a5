"""How far moving statistics are from those of the batches, and how far another momentum's would be.

Training never reads the moving statistics, so what it recorded of its batches gives those of any momentum:
``moving = moving * m + batch * (1 - m)``, from a mean of 0 and a variance of 1. Each batch is held against
the moving statistics as they stood before it, so no momentum is measured on what it has already taken in.

The gap of a mean is in standard deviations of the batch, that of a variance a share of the batch's; both
with the epsilon that the layer adds to a variance. A number for many channels is their median.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.runs.step_rows import StepRows
from tuilab.terminal import clean

EPSILON = 1e-3
"""What Keras adds to a variance by default, before it divides by its root."""
LAST = 20
"""The batches of which "at the end of an epoch" is the mean."""
_BLOCK = 256
"""Steps that are worked out together: what they take stays below some 100 MB."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """Where a batch normalization stands in the records.

    Attributes:
        name: what it is called; clean.
        channels: how many it has.
        row: where its means begin in a row; variances and their factor follow.
        at: where it begins among the channels of all layers.
    """

    name: str
    channels: int
    row: int
    at: int

    @property
    def own(self) -> slice:
        """Its place among the channels of all layers."""
        return slice(self.at, self.at + self.channels)


def layers_of(records: StepRows) -> tuple[Layer, ...]:
    """Return the layers that records tell of, in their order; raises MissingError where they tell of else."""
    columns, found, row, at = records.layout.columns, list[Layer](), 0, 0
    for mean, variance, factor in zip(columns[::3], columns[1::3], columns[2::3], strict=False):
        name, _, what = mean.name.rpartition("/")
        if (what, variance.name, factor.name) != ("mean", f"{name}/variance", f"{name}/factor"):
            break
        if (variance.width, factor.width) != (mean.width, 1):
            break
        found.append(Layer(clean(name, limit=60), mean.width, row, at))
        row, at = row + 2 * mean.width + 1, at + mean.width
    if row != records.layout.width:
        raise MissingError(f"the records in {clean(str(records.folder))} are no batch statistics")
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Batches:
    """What successive batches say.

    Attributes:
        mean, variance: float32 (steps, channels), layer by layer; the variance as it was computed.
        factor: what makes it that of the batch, float32 (steps, channels).
    """

    mean: Numbers
    variance: Numbers
    factor: Numbers

    @classmethod
    def of(cls, rows: Numbers, layers: Sequence[Layer]) -> "Batches":
        """Take apart rows of the records."""
        means, variances, factors = [], [], []
        for layer in layers:
            middle, end = layer.row + layer.channels, layer.row + 2 * layer.channels
            means.append(rows[:, layer.row : middle])
            variances.append(rows[:, middle:end])
            factors.append(np.repeat(rows[:, end : end + 1], layer.channels, axis=1))
        return cls(*(np.concatenate(parts, axis=1) for parts in (means, variances, factors)))

    def __len__(self) -> int:
        return len(self.mean)

    def part(self, steps: slice) -> "Batches":
        """Return some of the steps."""
        return Batches(self.mean[steps], self.variance[steps], self.factor[steps])


class Moving:
    """Moving statistics of several momenta, as training moves them: in float32, operation for operation."""

    def __init__(self, momenta: Sequence[float], channels: int) -> None:
        """Begin where a network does."""
        self.mean = np.zeros((len(momenta), channels), np.float32)
        self.variance = np.ones((len(momenta), channels), np.float32)
        self._kept = np.array(momenta, np.float32)[:, None]
        self._taken = np.array([1 - momentum for momentum in momenta], np.float32)[:, None]

    def through(self, batches: Batches) -> tuple[Numbers, Numbers]:
        """Take in batches; return mean and variance as they stood before each, (steps, momenta, channels)."""
        shape = (len(batches), *self.mean.shape)
        means, variances = np.empty(shape, np.float32), np.empty(shape, np.float32)
        for n, (mean, variance, factor) in enumerate(
            zip(batches.mean, batches.variance, batches.factor, strict=True)
        ):
            means[n], variances[n] = self.mean, self.variance
            self.mean = self.mean * self._kept + mean * self._taken
            self.variance = self.variance * self._kept + variance * (factor * self._taken)
        return means, variances


@dataclass(frozen=True, eq=False)
class Gaps:
    """How far each momentum's moving statistics were from each batch.

    Attributes:
        layers: of what they tell.
        momenta: what was replayed.
        steps: of an epoch.
        mean: of all channels the median, in standard deviations of the batch, (steps so far, momenta).
        variance: of all channels the median, as a share of the batch's variance, likewise.
        by_layer: of each layer's channels the median for mean and variance, the mean over the last steps,
            (momenta, layers, 2).
        by_channel: of each channel the gap of the mean, the mean over the last steps, (momenta, channels).
        moving: the moving statistics at the end.
    """

    layers: tuple[Layer, ...]
    momenta: tuple[float, ...]
    steps: int
    mean: Numbers
    variance: Numbers
    by_layer: Numbers
    by_channel: Numbers
    moving: Moving

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each whole epoch ends, in steps."""
        return tuple(range(self.steps, len(self.mean) + 1, self.steps))

    def at_end(self, epoch: int) -> tuple[Numbers, Numbers]:
        """Return the gaps of mean and variance over the last batches of an epoch (from 1), (momenta,)."""
        end = epoch * self.steps
        last = slice(end - min(LAST, self.steps), end)
        return self.mean[last].mean(axis=0), self.variance[last].mean(axis=0)

    def widest(self, momentum: float) -> tuple[Layer, int]:
        """Return the channel (from 0) whose mean is furthest behind at the end, and its layer."""
        place = int(self.by_channel[self.momenta.index(momentum)].argmax())
        layer = next(one for one in self.layers if place < one.at + one.channels)
        return layer, place - layer.at


def gaps(records: StepRows, momenta: Sequence[float]) -> Gaps:
    """Replay what was recorded so far with several momenta.

    Raises:
        MissingError: nothing was recorded yet, or the records cannot be read.
    """
    layers = layers_of(records)
    moving = Moving(momenta, sum(layer.channels for layer in layers))
    means, variances = list[Numbers](), list[Numbers]()
    tail = [np.empty((0, *moving.mean.shape), np.float32)] * 2
    for batches in _epochs(records, layers):
        for begin in range(0, len(batches), _BLOCK):
            part = batches.part(slice(begin, begin + _BLOCK))
            of_mean, of_variance = _gaps(part, *moving.through(part))
            means.append(np.median(of_mean, axis=2))
            variances.append(np.median(of_variance, axis=2))
            tail = [
                np.concatenate([old, new])[-LAST:]
                for old, new in zip(tail, (of_mean, of_variance), strict=True)
            ]
    if not means:
        raise MissingError("no batch statistics are recorded yet")
    by_layer = [[np.median(gap[:, :, layer.own], axis=2).mean(axis=0) for gap in tail] for layer in layers]
    return Gaps(
        layers,
        tuple(momenta),
        records.layout.steps,
        np.concatenate(means),
        np.concatenate(variances),
        np.moveaxis(np.array(by_layer, np.float32), 2, 0),
        tail[0].mean(axis=0),
        moving,
    )


@dataclass(frozen=True, eq=False)
class ChannelTrack:
    """One channel of a layer, by step.

    Attributes:
        batch_mean, batch_variance: of each batch, float32 (steps,).
        moving_mean, moving_variance: as they stood before it, likewise.
    """

    batch_mean: Numbers
    batch_variance: Numbers
    moving_mean: Numbers
    moving_variance: Numbers


def track(records: StepRows, layer: Layer, channel: int, momentum: float) -> ChannelTrack:
    """Follow one channel (from 0) of a layer; raises MissingError as ``gaps`` does."""
    moving, found = Moving((momentum,), 1), list[tuple[Numbers, ...]]()
    place = layer.at + channel
    for batches in _epochs(records, layers_of(records)):
        own = (one[:, place : place + 1] for one in (batches.mean, batches.variance, batches.factor))
        one = Batches(*own)
        mean, variance = moving.through(one)
        found.append((one.mean[:, 0], (one.variance * one.factor)[:, 0], mean[:, 0, 0], variance[:, 0, 0]))
    return ChannelTrack(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _epochs(records: StepRows, layers: Sequence[Layer]) -> Iterator[Batches]:
    """Yield the batches of each epoch; the first that is not whole is the last."""
    epoch, steps = 1, records.layout.steps
    while steps == records.layout.steps:
        rows = records.so_far(epoch)
        if len(rows):
            yield Batches.of(rows, layers)
        steps, epoch = len(rows), epoch + 1


def _gaps(batches: Batches, mean: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """Return the gaps of moving means and variances, (steps, momenta, channels)."""
    spread = (batches.variance * batches.factor + np.float32(EPSILON))[:, None]
    of_mean = np.abs(batches.mean[:, None] - mean) / np.sqrt(spread)
    of_variance = np.abs(variance + np.float32(EPSILON) - spread) / spread
    return of_mean.astype(np.float32, copy=False), of_variance.astype(np.float32, copy=False)
