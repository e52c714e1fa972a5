"""Smoothing of a curve: the exponential moving average that TensorBoard draws."""

import math
from array import array

from tuilab.plots.track import Track


class Smoothed:
    """A track's debiased exponential moving average, computed as far as the track has grown.

    With weight w, the average after the n-th finite value v is ``a = w a + (1 - w) v`` from a = 0, divided
    by ``1 - w^n`` so that the first values are not drawn towards 0. This is what TensorBoard's slider does
    (``resmoothDataset`` in tensorboard/components/vz_line_chart2/line-chart.ts), and the same correction
    as Adam's (Kingma and Ba 2015, section 3). Values that are not finite pass through and are not averaged.
    """

    def __init__(self, source: Track, weight: float) -> None:
        """Smooth a track; raises ValueError unless ``0 <= weight < 1``."""
        if not 0 <= weight < 1:
            raise ValueError(f"a smoothing weight is at least 0 and below 1, not {weight}")
        self._source = source
        self._weight = weight
        self._track = Track()
        self._averages = array(
            "d"
        )  # after each value, before the correction: where to continue from after a cut
        self._counts = array("Q")  # finite values so far

    def track(self) -> Track:
        """Return the smoothed values, one for each value of the source."""
        values, weight = self._source.values, self._weight
        done = len(self._track)
        average = self._averages[-1] if done else 0.0
        count = self._counts[-1] if done else 0
        for place in range(done, len(values)):
            value = values[place]
            if math.isfinite(value):
                count += 1
                average = weight * average + (1 - weight) * value
                value = average / (1 - weight**count)
            self._track.append(value)
            self._averages.append(average)
            self._counts.append(count)
        return self._track

    def truncate(self, length: int) -> None:
        """Follow the source, which forgot all values from place ``length`` on."""
        if length < len(self._track):
            self._track.truncate(length)
            del self._averages[length:], self._counts[length:]
