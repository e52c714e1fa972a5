"""How much chance makes: seeds and images, as standard errors and intervals of 95 %.

Two kinds of chance are counted. Another seed would give another accuracy: the variance over seeds, pooled
over points. Other images would as well: the binomial variance of a share of so many images, which all seeds
of a point share. Of two points on the same images the second is counted as if each had images of its own;
both find the same images hard, so the true error is rather smaller, and intervals rather too wide.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

LEVEL = 0.95
"""Of all intervals."""


@dataclass(frozen=True)
class Interval:
    """Where a value lies, with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """How much accuracies of one point differ among seeds.

    Attributes:
        variance: of one seed.
        freedom: degrees of freedom that it was estimated with.
        points: over how many points it was pooled.
    """

    variance: float
    freedom: int
    points: int

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return math.sqrt(self.variance)


@lru_cache(maxsize=256)
def quantile(freedom: float) -> float:
    """Return by how many standard errors an interval reaches to either side; t, or normal for infinity."""
    from scipy.special import ndtri, stdtrit

    level = 0.5 + LEVEL / 2
    return float(ndtri(level) if math.isinf(freedom) else stdtrit(freedom, level))


def over_seeds(values: Sequence[float]) -> Interval | None:
    """Return the t interval of a mean over seeds; None for fewer than two."""
    if len(values) < 2:
        return None
    reach = quantile(len(values) - 1) * math.sqrt(_variance(values) / len(values))
    return Interval(fmean(values) - reach, fmean(values) + reach)


def wilson(share: float, images: int) -> Interval:
    """Return the interval of a share of so many images (Wilson 1927), which never leaves 0 to 1."""
    z2 = quantile(math.inf) ** 2 / images
    centre = (share + z2 / 2) / (1 + z2)
    reach = math.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0))


def pooled(groups: Sequence[Sequence[float]]) -> Spread | None:
    """Return the variance over seeds, pooled over points; None if no point has two seeds."""
    several = [values for values in groups if len(values) > 1]
    freedom = sum(len(values) - 1 for values in several)
    if not freedom:
        return None
    squares = math.fsum(_variance(values) * (len(values) - 1) for values in several)
    return Spread(squares / freedom, freedom, len(several))


@dataclass(frozen=True)
class Difference:
    """By how much one point is better than another, with what chance makes.

    Attributes:
        value: the difference, as a share of 1.
        interval: where it lies; None if neither kind of chance is known.
        seeds: from seeds alone: the standard error; None with one seed, where it is not known.
        images: from images alone; None if it is not known how many there were.
        paired: how many seeds both share, where the difference was taken seed by seed; else 0.
    """

    value: float
    interval: Interval | None
    seeds: float | None
    images: float | None
    paired: int = 0

    @property
    def reach(self) -> float | None:
        """Up to which difference chance alone accounts for; None if it is not known."""
        return None if self.interval is None else (self.interval.high - self.interval.low) / 2

    def less(self, excess: float) -> "Difference":
        """Return the difference without what the choice of the best added to it."""
        moved = self.interval and Interval(self.interval.low - excess, self.interval.high - excess)
        return Difference(self.value - excess, moved, self.seeds, self.images, self.paired)


Values = Mapping[int, float]
"""Accuracies by seed."""


def difference(first: Values, second: Values, images: int | None, spread: Spread | None) -> Difference:
    """Return how much better the first is, both kinds of chance counted.

    What seeds do is taken from many points, which tell it better than the few seeds of these two.

    Args:
        first, second: accuracies by seed, at least one each.
        images: of how many images they are shares.
        spread: of seeds; None: not known.
    """
    seeds = None if spread is None else spread.variance * (1 / len(first) + 1 / len(second))
    freedom = 0 if spread is None else spread.freedom
    return _difference(first, second, images, seeds, freedom, 0)


def measured_difference(
    first: Values, second: Values, images: int | None, spread: Spread | None
) -> Difference:
    """Return the same from these seeds alone: paired where they share two or more, else as Welch's.

    Where one has a single seed, ``spread`` stands in for it.
    """
    shared = sorted(first.keys() & second.keys())
    if len(shared) > 1:
        steps = [first[seed] - second[seed] for seed in shared]
        ours, theirs = ({seed: values[seed] for seed in shared} for values in (first, second))
        return _difference(ours, theirs, images, _variance(steps) / len(steps), len(steps) - 1, len(shared))
    if len(first) < 2 or len(second) < 2:
        return difference(first, second, images, spread)
    parts = [(_variance(list(v.values())) / len(v), len(v) - 1) for v in (first, second)]
    return _difference(first, second, images, sum(part for part, _ in parts), _welch(parts), 0)


def _difference(
    first: Values, second: Values, images: int | None, seeds: float | None, freedom: float, paired: int
) -> Difference:
    means = fmean(first.values()), fmean(second.values())
    seen = None if not images else sum(mean * (1 - mean) for mean in means) / images
    value, interval = means[0] - means[1], None
    if seeds is not None or seen is not None:
        parts = [(seeds or 0.0, freedom), (seen or 0.0, math.inf)]
        reach = quantile(_welch(parts)) * math.sqrt(sum(part for part, _ in parts))
        interval = Interval(value - reach, value + reach)
    error, seen_error = (None if variance is None else math.sqrt(variance) for variance in (seeds, seen))
    return Difference(value, interval, error, seen_error, paired)


def _welch(parts: Sequence[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    below = sum(part**2 / freedom for part, freedom in parts if part)
    return sum(part for part, _ in parts) ** 2 / below if below else math.inf


def _variance(values: Sequence[float]) -> float:
    mean = fmean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
