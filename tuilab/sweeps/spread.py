"""How much seeds differ, in a sweep whose points are all trained with the same seeds.

Three kinds of luck are in a run's accuracy. A seed is lucky at all points: its runs share initial weights and
the order of images. A training is lucky: points that differ only in what training does not see share one. And
the rest is a run's own. So the table of points and seeds is taken apart by an analysis of variance, seeds as
blocks and trainings in them (a split plot; means of trainings unweighted, Yates 1934): a mean square for
seeds, one for trainings and one for the rest. Which of them make up an error depends on the question:

- of one point's mean all three, the mean square within points: other seeds would repeat no luck;
- of two points trained apart, compared seed by seed, not the first;
- of two points of one training, only the last.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

Values = Mapping[int, float]
"""Accuracies by seed."""

_COMMON = 0.4
"""For the degrees of freedom of a point's mean, the variance that seeds bring to all points is taken so large
that it would be measured smaller this often. It has few of them, one less than seeds: taken as measured, it
is too often too small beside the others, and intervals hold too few true means where seeds matter much."""


@dataclass(frozen=True)
class Variance:
    """A variance, and the degrees of freedom that it was estimated with."""

    value: float
    freedom: float


@dataclass(frozen=True)
class Spread:
    """How much accuracies differ among seeds.

    Attributes:
        one: of one seed at a point: everything.
        apart: of that what two points trained apart do not share; None: no two are.
        alike: of that what two points of one training do not share; None: no two are.
        points: over how many points it was pooled.
    """

    one: Variance
    apart: Variance | None
    alike: Variance | None
    points: int

    @property
    def deviation(self) -> float:
        """The standard deviation of one seed."""
        return math.sqrt(self.one.value)


def spread_of(points: Sequence[tuple[Hashable, Values]]) -> Spread | None:
    """Return how much seeds differ, pooled over points; None if none has two.

    Args:
        points: which training each is of, and its accuracies. Only those with the same seeds are compared.
    """
    blocks: dict[tuple[int, ...], list[tuple[Hashable, Values]]] = {}
    for training, values in points:
        if len(values) > 1:
            blocks.setdefault(tuple(sorted(values)), []).append((training, values))
    taken = [_taken_apart(seeds, block) for seeds, block in blocks.items()]
    if not taken:
        return None
    one, apart, alike = (_together([v for v in part if v is not None]) for part in zip(*taken, strict=True))
    assert one is not None
    return Spread(one, apart, alike, sum(map(len, blocks.values())))


def variance_of(values: Sequence[float]) -> Variance:
    """Return the variance of two values or more."""
    mean = fmean(values)
    return Variance(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1), len(values) - 1)


def _taken_apart(
    seeds: Sequence[int], block: Sequence[tuple[Hashable, Values]]
) -> tuple[Variance, Variance | None, Variance | None]:
    """Return the variances of points that were all trained with these seeds."""
    import numpy as np

    places: dict[Hashable, int] = {}
    training = np.array([places.setdefault(key, len(places)) for key, _ in block])
    table = np.array([[values[seed] for seed in seeds] for _, values in block])
    table -= table.mean(axis=1, keepdims=True)
    counts = np.bincount(training)
    means = np.stack([np.bincount(training, column) for column in table.T], axis=1) / counts[:, None]
    common, free = means.mean(axis=0), len(seeds) - 1

    def mean_square(values: np.ndarray, freedom: int) -> Variance | None:
        return Variance(float((values**2).sum()) / freedom, freedom) if freedom else None

    rest = mean_square(table - means[training], free * (len(block) - len(counts)))
    by_training = mean_square(means - common, free * (len(counts) - 1))
    by_seed = mean_square(common, free)
    assert by_seed is not None
    # a mean over a training's points has only so much of the rest in it
    left = 1 - float((1 / counts).mean())
    parts = [(1 - 1 / len(counts), by_training), (left, rest)]
    one = _sum([(1.0, by_seed), *parts], _upper(by_seed))
    apart = None if by_training is None else _sum([(1.0, by_training), (left, rest)])
    return one, apart, rest


def _upper(found: Variance) -> float:
    """Return how much larger a variance may be, at ``_COMMON`` (chi-square, by Wilson & Hilferty 1931)."""
    part = 2 / (9 * found.freedom)
    return (1 - part + NormalDist().inv_cdf(_COMMON) * math.sqrt(part)) ** -3


def _sum(parts: Sequence[tuple[float, Variance | None]], larger: float = 1.0) -> Variance:
    """Return a sum of variances, each with its weight; degrees of freedom as of Satterthwaite (1946).

    Args:
        parts: the variances.
        larger: how many times as large the first is taken for the degrees of freedom.
    """
    there = [(weight * part.value, part.freedom) for weight, part in parts if part is not None and weight]
    sizes = [(value * (1.0 if n else larger), freedom) for n, (value, freedom) in enumerate(there)]
    below = math.fsum(value**2 / freedom for value, freedom in sizes)
    freedom = math.fsum(value for value, _ in sizes) ** 2 / below if below else sum(f for _, f in there)
    return Variance(math.fsum(value for value, _ in there), freedom)


def _together(found: Sequence[Variance]) -> Variance | None:
    """Return one variance estimated several times, each time counted by its degrees of freedom."""
    if len(found) < 2:
        return found[0] if found else None
    whole = sum(one.freedom for one in found)
    return _sum([(one.freedom / whole, one) for one in found])


def much_larger(one: Variance, other: Variance, deviates: float) -> bool:
    """Return whether a variance is larger than another by more than chance makes.

    Args:
        one, other: two independent variances.
        deviates: by more than so many normal deviates of their ratio (F test; Paulson 1942).
    """
    if not other.value > 0:
        return one.value > 0
    root = (one.value / other.value) ** (1 / 3)
    first, second = 2 / (9 * one.freedom), 2 / (9 * other.freedom)
    return (1 - second) * root - (1 - first) > deviates * math.sqrt(second * root**2 + first)
