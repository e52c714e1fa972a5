"""How much chance makes: seeds and images, as standard errors and intervals of 95 %.

Two kinds of chance are counted. Another seed would give another accuracy: ``spread`` says how much. Other
images would as well: the binomial variance of a share of so many images, which all seeds of a point share.
Of two points on the same images the second is counted as if each had images of its own; both find the same
images hard, so the true error is rather smaller, and intervals rather too wide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tuilab.sweeps.spread import Spread, Values, Variance, much_larger, variance_of
from tuilab.sweeps.student import quantile

_OUTLYING = 3.09
"""Normal deviates (a chance of 1 in 1000) from which on a point's own seeds differ too much to be pooled."""


@dataclass(frozen=True)
class Interval:
    """Where a value lies, with 95 % confidence."""

    low: float
    high: float


def around(value: float, error: Variance) -> Interval:
    """Return the t interval of a value with so much variance."""
    reach = quantile(error.freedom) * math.sqrt(error.value)
    return Interval(value - reach, value + reach)


def seeds_error(values: Sequence[float], pool: Variance | None) -> tuple[Variance, bool] | None:
    """Return the variance of a mean over seeds, and whether it is the pooled one; None if neither is known.

    Args:
        values: one for each seed.
        pool: of one seed, pooled over points; None: these alone count. They do as well where they differ by
            far more: there, training is at the edge of what works.
    """
    own = variance_of(values) if len(values) > 1 else None
    if pool is not None and (own is None or not much_larger(own, pool, _OUTLYING)):
        return Variance(pool.value / len(values), pool.freedom), True
    return None if own is None else (Variance(own.value / len(values), own.freedom), False)


def wilson(share: float, images: int) -> Interval:
    """Return the interval of a share of so many images (Wilson 1927), which never leaves 0 to 1."""
    z2 = quantile(math.inf) ** 2 / images
    centre = (share + z2 / 2) / (1 + z2)
    reach = math.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return Interval(max(centre - reach, 0.0), min(centre + reach, 1.0))


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


def difference(
    first: Values, second: Values, images: int | None, spread: Spread | None, *, alike: bool = False
) -> Difference:
    """Return how much better the first is, both kinds of chance counted.

    Seed by seed where they share two or more: what a seed brings to both is then no error. What seeds do is
    taken from all points, which tell it better than the few seeds of these two.

    Args:
        first, second: accuracies by seed, at least one each.
        images: of how many images they are shares; None: images are not counted.
        spread: of seeds; None: these two alone count.
        alike: whether one training served both.
    """
    shared = sorted(first.keys() & second.keys())
    if len(shared) > 1:
        steps = [first[seed] - second[seed] for seed in shared]
        of_one = None if spread is None else spread.alike if alike else spread.apart
        pool = None if of_one is None else Variance(2 * of_one.value, of_one.freedom)
        found = seeds_error(steps, pool)
        first, second = ({seed: values[seed] for seed in shared} for values in (first, second))
        return _difference(first, second, images, found and found[0], len(shared))
    parts = [seeds_error(list(v.values()), None if spread is None else spread.one) for v in (first, second)]
    known = [part[0] for part in parts if part is not None]
    if len(known) < 2:
        return _difference(first, second, images, None, 0)
    if all(part is not None and part[1] for part in parts):  # one estimate, counted once
        error = Variance(known[0].value + known[1].value, known[0].freedom)
    else:
        error = Variance(
            known[0].value + known[1].value, _welch([(part.value, part.freedom) for part in known])
        )
    return _difference(first, second, images, error, 0)


def _difference(
    first: Values, second: Values, images: int | None, seeds: Variance | None, paired: int
) -> Difference:
    means = fmean(first.values()), fmean(second.values())
    seen = None if not images else sum(mean * (1 - mean) for mean in means) / images
    value, interval = means[0] - means[1], None
    if seeds is not None or seen is not None:
        parts = [(seeds.value, seeds.freedom)] if seeds is not None else []
        parts += [(seen, math.inf)] if seen is not None else []
        interval = around(value, Variance(sum(part for part, _ in parts), _welch(parts)))
    error = None if seeds is None else math.sqrt(seeds.value)
    return Difference(value, interval, error, None if seen is None else math.sqrt(seen), paired)


def _welch(parts: Sequence[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    below = sum(part**2 / freedom for part, freedom in parts if part)
    return sum(part for part, _ in parts) ** 2 / below if below else math.inf
