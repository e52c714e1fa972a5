"""Limits and ticks of an axis: round numbers that stay where they are while a curve grows."""

import math
from collections.abc import Callable
from dataclasses import dataclass

Limits = tuple[float, float]
"""The ends of an axis; the first is smaller."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: where, in the axis's own units (on a log scale the exponent of 10).
        label: what stands beside it.
    """

    at: float
    label: str


MOST = 1e200
"""The largest value that a plot can tell from others."""


def round_step(step: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below ``step`` (above 0)."""
    power = 10.0 ** math.floor(math.log10(step))
    return next((f * power for f in (1, 2, 5) if f * power >= step * (1 - 1e-9)), 10 * power)


def round_limits(low: float, high: float, parts: int = 4) -> Limits:
    """Return round limits around ``low <= high``, both multiples of one round step.

    0 is taken in where the values come near it. One value alone gets room on both sides, but none below
    0 if it is not below 0 itself: accuracies, cross-entropies and penalties never are. Beyond
    ``MOST`` limits do not reach: their distance would be no number any more.
    """
    low, high = (min(max(value, -MOST), MOST) for value in (low, high))
    if 0 < low <= 0.4 * high:
        low = 0.0
    elif 0 > high >= 0.4 * low:
        high = 0.0
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1 / MOST):
        margin = abs(low) / 10 if abs(low) > 1 / MOST else 0.5
        low, high = max(low - margin, 0.0) if low >= 0 else low - margin, high + margin
    step = round_step((high - low) / parts)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return first * step, max(last, first + 1) * step


def round_log_limits(low: float, high: float) -> Limits:
    """Return limits of 1, 2 or 5 times a power of ten around exponents ``low <= high``, at most 200."""
    low, high = (min(max(value, -200.0), 200.0) for value in (low, high))
    below = max((e for e in _exponents(low) if e <= low + 1e-9), default=low)
    above = min((e for e in _exponents(high) if e >= high - 1e-9), default=high)
    if above - below < 0.3:
        below, above = below - 0.30103, above + 0.30103
    return below, above


def _exponents(near: float) -> list[float]:
    whole = math.floor(near)
    return [whole + power + part for power in (-1, 0, 1) for part in (0.0, math.log10(2), math.log10(5))]


class StickyLimits:
    """Limits that only move when they must: what is drawn keeps its place while values come in."""

    def __init__(self, within: Limits = (-math.inf, math.inf)) -> None:
        """Begin without limits; ``within``: what can never be left, as 0 and 1 for an accuracy."""
        self._within = within
        self._limits: Limits | None = None

    def cover(
        self, low: float, high: float, rounded: Callable[[float, float], Limits] = round_limits
    ) -> Limits:
        """Return limits that hold ``low <= high``: the same as before where those do.

        Limits that must move take a tenth of the range more than is needed, so that they move seldom.
        """
        low, high = (min(max(value, -MOST), MOST) for value in (low, high))
        if self._limits is None:
            self._limits = self._inside(rounded(low, high))
        else:
            least, most = self._limits
            if low < least or high > most:
                spare = (max(high, most) - min(low, least)) / 10
                least = low - spare if low < least else least
                most = high + spare if high > most else most
                if low >= 0 > least:
                    least = 0.0
                self._limits = self._inside(rounded(least, most))
        return self._limits

    def reset(self) -> None:
        """Begin again: something else is shown."""
        self._limits = None

    def _inside(self, limits: Limits) -> Limits:
        low, high = max(limits[0], self._within[0]), min(limits[1], self._within[1])
        return (low, high) if low < high else limits


def number(value: float, digits: int = 3) -> str:
    """Return a measured value in few characters; one that is not finite in words.

    Args:
        value: the value.
        digits: behind the point, of a value of ordinary size.
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite"
    size = abs(value)
    if size and (size < 0.001 or size >= 100_000):
        return scientific(value, 2)
    return f"{value:.{digits}f}" if size < 100 else f"{value:.1f}"


def scientific(value: float, digits: int) -> str:
    """Return ``1.5e-4`` for 0.00015: no zeros that say nothing."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def value_ticks(limits: Limits, most: int) -> list[Tick]:
    """Return at most ``most`` (at least 2) ticks of a linear axis."""
    low, high = limits
    step = round_step((high - low) / max(most - 1, 1))
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    values = [place * step for place in range(first, last + 1)]
    if len(values) < 2:
        values = [low, high]
        power = 10.0 ** math.floor(math.log10(high - low))
        # no more digits than both ends need: 0.04 and 0.14, not 0.040 and 0.140
        finer = (power, power / 10, power / 100)
        step = next((s for s in finer if all(abs(v / s - round(v / s)) < 1e-6 for v in values)), finer[-1])
    size = max(abs(low), abs(high))
    if size >= 100_000 or step < 0.0001:
        digits = max(0, math.ceil(math.log10(size / step) - 1e-9)) if size > step else 0
        return [Tick(v, scientific(v, min(digits, 3)) if v else "0") for v in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [Tick(v, f"{v:.{decimals}f}") for v in values]


def log_ticks(limits: Limits, most: int) -> list[Tick]:
    """Return at most ``most`` (at least 2) ticks of a log axis, at exponents of 10."""
    low, high = limits
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    powers = last - first + 1
    if powers >= 3 or (powers == 2 and most < 4):
        stride = max(1, math.ceil(powers / max(most, 1)))
        places: list[float] = [float(e) for e in range(first, last + 1, stride)]
    else:
        places = [
            e
            for whole in range(first - 1, last + 2)
            for e in (whole, whole + math.log10(2), whole + math.log10(5))
        ]
        places = [e for e in places if low - 1e-9 <= e <= high + 1e-9]
        if len(places) > most:
            places = places[:: max(1, len(places) - 1)][:most]
    return [Tick(e, _power(e)) for e in places]


def _power(exponent: float) -> str:
    value = 10.0**exponent
    return f"{value:.6g}" if 0.001 <= value < 100_000 else scientific(value, 0)


def epoch_ticks(limits: Limits, most: int) -> list[Tick]:
    """Return at most about ``most`` ticks of an axis of epochs, at whole ones where there are some."""
    low, high = limits
    step = round_step((high - low) / max(most, 1))
    if high - low > 1.5:
        step = max(1.0, math.ceil(step))
    while not (places := _multiples(limits, step)):
        step = round_step(0.4 * step)  # 1 to 4002 has no multiple of 5000
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [Tick(place * step, f"{place * step:.{decimals}f}") for place in places]


def _multiples(limits: Limits, step: float) -> range:
    """Return which multiples of a step lie within limits."""
    return range(math.ceil(limits[0] / step - 1e-6), math.floor(limits[1] / step + 1e-6) + 1)


_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def time_ticks(limits: Limits, most: int) -> list[Tick]:
    """Return at most about ``most`` ticks of an axis of seconds, at whole minutes and hours."""
    low, high = limits
    need = (high - low) / max(most, 1)
    step = next((s for s in _SECONDS if s >= need), None) or round_step(need / 86400) * 86400
    finer = (s for s in reversed(_SECONDS) if s < step)
    while not (places := _multiples(limits, step)) and (step_below := next(finer, None)):
        step = step_below
    return [Tick(place * step, clock(place * step)) for place in places]


def clock(seconds: float) -> str:
    """Return a duration as ``0:07``, ``12:30`` or ``3:05:00``, rounded as in the tables."""
    whole = max(round(seconds), 0)
    minutes, hours = whole // 60 % 60, whole // 3600
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def round_seconds(seconds: float) -> float:
    """Return a round end for an axis of time that reaches beyond ``seconds``."""
    step = next((s for s in _SECONDS if 6 * s >= seconds), _SECONDS[-1])
    return max(math.ceil(seconds / step), 1) * float(step)
