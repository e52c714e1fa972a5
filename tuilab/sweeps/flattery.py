"""By how much the best of many points looks better than it is.

The best is chosen by what was measured, luck included, so its luck is rather good: the more points and the
more luck, the better it looks (Cawley & Talbot 2010, "On over-fitting in model selection and subsequent
selection bias in performance evaluation", JMLR 11). How much that is depends on how far apart the points
truly are, and what was measured of them lies further apart than that, luck being added.

So the truth is estimated first, by empirical Bayes: every mean is shrunken towards the others (Efron &
Morris 1975, "Data analysis using Stein's estimator and its generalizations", JASA 70). The distribution of
the true means is not taken for normal, as a few bad points would then keep all others from being shrunken:
it is the most likely one there is (Kiefer & Wolfowitz 1956; Jiang & Zhang 2009, "General maximum likelihood
empirical Bayes estimation of normal means", Annals of Statistics 37). Then many sweeps are made up from the
shrunken means with the same luck (parametric bootstrap), and the best of each is compared with its truth.

Points of one training share most of their luck, so there is less of it to choose from than there are points.
Then means over the points of each training are shrunken, and what the points are beside it, each by its own
luck; and in a made-up sweep a training's points are lucky together.
"""

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_RANDOM_SEED = 20101117
"""Of the made-up sweeps: the same board always gives the same number."""
_CONTENDERS = 8.0
"""Standard errors below the best from which on a point has no chance to be the best."""
_PLACES, _STEPS = 80, 150
"""Places of the true means' distribution, and steps of its estimation: more change no digit shown."""
_ENOUGH = 1000
"""Points that tell the distribution; of more, as many evenly among them, at least."""
_NUMBERS, _MOST, _AT_ONCE = 2_000_000, 8000, 100
"""Random numbers that are drawn, about; sweeps that are made up, at most; how many of them at a time."""


def excess_of_best(
    means: Sequence[float],
    variances: Sequence[float],
    shared: Sequence[float] = (),
    trainings: Sequence[Hashable] = (),
) -> float:
    """Return how much better than its truth the best of some means is expected to be, 0 or more.

    Args:
        means: what was measured of each point.
        variances: of the luck in each mean that is its own.
        shared: of the luck that points of one training have together; nothing: there is none.
        trainings: which training each point is of; nothing: each has its own.
    """
    import numpy as np

    measured, own = np.asarray(means, dtype=float), np.asarray(variances, dtype=float)
    common = np.asarray(shared, dtype=float) if len(shared) else np.zeros(len(own))
    noise = own + common
    if len(measured) < 2 or not noise.max() > 0:
        return 0.0
    # a mean without any luck in it still is one of the points that another one may beat
    own = np.maximum(own, noise.max() * 1e-6)
    near = measured >= measured.max() - _CONTENDERS * math.sqrt(float((own + common).max()))
    if np.count_nonzero(near) < 2:
        return 0.0
    places: dict[Hashable, int] = {}
    training = np.asarray(
        [
            places.setdefault(key, len(places))
            for key, is_near in zip(trainings or range(len(near)), near, strict=True)
            if is_near
        ]
    )
    measured, own, common = measured[near], own[near], common[near]
    truth = _truths(measured, own, common, training)
    parts = min(max(_NUMBERS // (_AT_ONCE * len(truth)), 2), _MOST // _AT_ONCE)
    random, rows = np.random.default_rng(_RANDOM_SEED), np.arange(_AT_ONCE)
    alone, together = np.sqrt(own), np.sqrt(common)
    total = 0.0
    for _ in range(parts):
        sweeps = truth + alone * random.standard_normal((_AT_ONCE, len(truth)))
        if together.any():
            sweeps += together * random.standard_normal((_AT_ONCE, len(places)))[:, training]
        best = sweeps.argmax(axis=1)
        total += float((sweeps[rows, best] - truth[best]).mean())
    return max(total / parts, 0.0)


def _truths(
    measured: "np.ndarray", own: "np.ndarray", common: "np.ndarray", training: "np.ndarray"
) -> "np.ndarray":
    """Return the expected true means of points, of which some share a training."""
    import numpy as np

    counts = np.bincount(training)
    if len(counts) == len(measured):
        return shrunken(measured, own + common)

    def over(values: np.ndarray) -> np.ndarray:
        return np.bincount(training, values) / counts

    level, luck = over(measured), over(common) + over(own) / counts
    beside, several = measured - level[training], counts[training] > 1
    beside[several] = shrunken(beside[several], (own * (1 - 1 / counts[training]))[several])
    return shrunken(level, luck)[training] + beside


def shrunken(measured: "np.ndarray", noise: "np.ndarray") -> "np.ndarray":
    """Return the expected true means, given what was measured and the variance of the luck in it."""
    import numpy as np

    low, high = float(measured.min()), float(measured.max())
    if low == high:
        return measured.copy()
    places = np.linspace(low, high, _PLACES)
    likely = np.exp(-0.5 * (measured[:, None] - places) ** 2 / noise[:, None])
    likely /= likely.sum(axis=1, keepdims=True)
    weights = np.full(_PLACES, 1 / _PLACES)
    some = likely[np.argsort(measured)[:: max(len(measured) // _ENOUGH, 1)]]
    for _ in range(_STEPS):  # expectation and maximization: the share of all points that each place holds
        weights = weights * (some.T @ (1 / (some @ weights))) / len(some)
    return (likely @ (weights * places)) / (likely @ weights)
