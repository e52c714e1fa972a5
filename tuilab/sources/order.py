"""Whether the order of images is a matter of chance, and what is done if it is not.

Validation is the last fifth of what a run trains on, and a limit takes the first images. Both are fair only
where images stand in no order of their classes. Rows that are sorted, or lie in blocks of one class, are
shuffled when they are read; rare classes, which even a fair shuffle can leave out, are dealt to both parts.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tuilab.experiment.held_out import held_out_from

Labels = NDArray[np.int32]
Order = NDArray[np.int64]

_FAR = 5.0
"""Standard deviations beyond which an order is not chance: one shuffle in three million goes so far."""
_NEIGHBOURS = 8
"""Pairs beyond what chance gives, so that a handful of images is no evidence."""


def ordered_by_class(labels: Labels) -> str:
    """Return in what way images stand in the order of their classes, as a clause; "" if they do not.

    Three things are looked at: whether labels ascend; whether neighbours have the same class far more often
    than in a shuffle (blocks in any order, sorted but for some rows); whether the last fifth holds other
    classes than the rest.
    """
    n = len(labels)
    if n > 2 and (np.diff(labels) >= 0).all():
        return "they were sorted by label"
    counts = np.bincount(labels).astype(float)
    counts = counts[counts > 0]
    if n < 5 or len(counts) < 2:
        return ""
    # runs of one class in a shuffle (Wald and Wolfowitz, for any number of classes)
    squares, cubes = float((counts**2).sum()), float((counts**3).sum())
    same = (squares - n) / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - float(n) ** 3) / (float(n) ** 2 * (n - 1))
    excess = np.count_nonzero(labels[1:] == labels[:-1]) - same
    if excess >= _NEIGHBOURS and excess > _FAR * math.sqrt(variance):
        return "they stood in blocks of one class"
    if _last_fifth_differs(labels):
        return "the classes of the last fifth were others"
    return ""


def _last_fifth_differs(labels: Labels) -> bool:
    """Return whether the last fifth holds classes in shares that a shuffle does not give (chi-square)."""
    counts = np.bincount(labels).astype(float)
    held = np.bincount(labels[held_out_from(len(labels)) :], minlength=len(counts)).astype(float)
    held, counts = held[counts > 0], counts[counts > 0]
    share = held.sum() / counts.sum()
    statistic = float(((held - share * counts) ** 2 / counts).sum()) / (share * (1 - share))
    freedom = len(counts) - 1
    # Wilson and Hilferty: the cube root of a chi-square is close to normal
    spread = 2 / (9 * freedom)
    return (statistic / freedom) ** (1 / 3) - (1 - spread) > (_FAR + 1) * math.sqrt(spread)


def limited(labels: Labels, limit: int) -> Order | None:
    """Return an order whose first ``limit`` images hold all classes; None if they do as it is.

    Fewer images than classes hold as many classes as they can.
    """
    counts = np.bincount(labels)
    if limit >= len(labels):
        return None
    if len(np.unique(labels[:limit])) == min(limit, np.count_nonzero(counts)):
        return None
    return _dealt(labels, _shares(counts, limit, counts), last=False)


def divided(labels: Labels, cut: int) -> Order | None:
    """Return an order in which each class stands on both sides of ``cut``.

    A class of one image is trained on; where the smaller part has no room for all classes, it holds those
    that have most images.

    Returns:
        None if the order already does that, or if hardly any class has two images.
    """
    counts = np.bincount(labels)
    trained = np.bincount(labels[:cut], minlength=len(counts))
    several = counts > 1
    if (trained[counts > 0] > 0).all() and (trained[several] < counts[several]).all():
        return None
    held, most = len(labels) - cut, np.maximum(counts - 1, 0)
    return _dealt(labels, _shares(counts, held, most), last=True) if most.sum() >= held else None


def _dealt(labels: Labels, shares: NDArray[np.int64], *, last: bool) -> Order | None:
    """Put the last (or the first) so many images of each class at the end (the beginning); keep the rest."""
    chosen = np.zeros(len(labels), bool)
    for label in np.flatnonzero(shares):
        members = np.flatnonzero(labels == label)
        chosen[members[-shares[label] :] if last else members[: shares[label]]] = True
    order = np.concatenate([np.flatnonzero(chosen != last), np.flatnonzero(chosen == last)])
    return None if (np.diff(order) == 1).all() else order


def _shares(counts: NDArray[np.int64], total: int, most: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of each class make ``total`` in the same proportions, one at least where that fits."""
    exact = counts * (total / counts.sum())
    shares = np.minimum(np.maximum(exact.astype(np.int64), 1), most)
    while shares.sum() > total:
        # from the class that has most above its share; where all have one, from the rarest
        above = shares > 1 if (shares > 1).any() else shares > 0
        shares[np.argmax(np.where(above, shares - exact, -np.inf))] -= 1
    while shares.sum() < total:
        shares[np.argmax(np.where(shares < most, exact - shares, -np.inf))] += 1
    return shares
