"""Who is a test image, and in which order images stand: the same on every machine."""

import numpy as np
from numpy.typing import NDArray


def fixed_order(count: int) -> NDArray[np.int64]:
    """Return the order, int64 (count,), in which images that came sorted by class are put.

    It never depends on an experiment's seed: "the first 4,000" and "the last fifth" are the same
    images in every run, and hold all classes.
    """
    return np.random.default_rng(0).permutation(count)


def stratified_fifth(labels: NDArray[np.int32], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split a fifth of each class off, at least one image and never all of them.

    Args:
        labels: int32 (n,); every class has two images or more.
        seed: not negative; another seed makes another split.

    Returns:
        The indices that stay and the indices split off, int64, both ascending.
    """
    generator = np.random.default_rng(seed)
    off = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        assert len(members) > 1, label
        off[generator.permutation(members)[: max(len(members) // 5, 1)]] = True
    return np.flatnonzero(~off), np.flatnonzero(off)
