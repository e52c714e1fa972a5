"""Quantiles of 95 % intervals. SciPy has them too, but loading it takes as long as all the rest of showing a
sweep."""

import math
from functools import lru_cache
from statistics import NormalDist

LEVEL = 0.95
"""Of all intervals."""
_NORMAL_FROM = 1e6
"""Degrees of freedom from which on t is normal to more digits than are ever shown."""


@lru_cache(maxsize=256)
def quantile(freedom: float) -> float:
    """Return by how many standard errors an interval reaches to either side; t, or normal for infinity.

    Args:
        freedom: degrees of freedom, at least 1; a fraction where variances were added.
    """
    t = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    if freedom > _NORMAL_FROM:
        return t
    # the distribution function bends down all the way, so from below Newton's steps never go too far
    for _ in range(100):
        step = (_beyond(t, freedom) - (1 - LEVEL)) / (2 * _density(t, freedom))
        t += step
        if abs(step) < 1e-12 * t:
            break
    return t


def _density(t: float, freedom: float) -> float:
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(scale - (freedom + 1) / 2 * math.log1p(t * t / freedom))


def _beyond(t: float, freedom: float) -> float:
    """Return how likely t is further from 0: the incomplete beta function of f/2, 1/2 at f/(f + t²)."""
    a, b, x = freedom / 2, 0.5, freedom / (freedom + t * t)
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        - a * math.log1p(t * t / freedom)
        + b * math.log(t * t / (freedom + t * t))
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function (Lentz's method; DLMF 8.17.22)."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for n in range(1, 10_000):
        for term in (
            n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)),
            -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1)),
        ):
            c, d = 1 + term / c, 1 / (1 + term * d)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
