"""Who is a test image, and in which order images stand: the same on every machine."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tuilab.sources.dataset import Dataset
from tuilab.sources.order import ordered_by_class

_SEED = 0
"""Of the one order in which images that stood in the order of their classes are put."""


def fixed_order(count: int) -> NDArray[np.int64]:
    """Return the order, int64 (count,), in which images that came sorted by class are put.

    It never depends on an experiment's seed: "the first 4,000" and "the last fifth" are the same
    images in every run, and hold all classes.
    """
    return np.random.default_rng(_SEED).permutation(count)


def shuffled(dataset: Dataset) -> Dataset:
    """Return a dataset whose images stand in no order of their classes; its ``source`` says what was done.

    One whose order is a matter of chance already is returned as it is.
    """
    for part, images, labels in (
        ("training", dataset.train_images, dataset.train_labels),
        ("test", dataset.test_images, dataset.test_labels),
    ):
        why = ordered_by_class(labels)
        if not why:
            continue
        order = fixed_order(len(labels))
        source = f"{dataset.source}, {part} images shuffled with seed {_SEED} ({why})"
        images, labels = images[order], labels[order]
        if part == "training":
            dataset = replace(dataset, source=source, train_images=images, train_labels=labels)
        else:
            dataset = replace(dataset, source=source, test_images=images, test_labels=labels)
    return dataset


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
