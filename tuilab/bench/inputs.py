"""What both ways read: images and a base's weights, written once into the bench's own folder."""

import os
from dataclasses import replace
from pathlib import Path
from typing import IO

import h5py
import numpy as np

from tuilab.errors import UsageError
from tuilab.experiment.held_out import held_out_from
from tuilab.sources.base_weights import BaseWeights
from tuilab.sources.dataset import Dataset
from tuilab.sources.order import divided
from tuilab.sources.splitting import shuffled


def first_images(dataset: Dataset, training: int, test: int) -> Dataset:
    """Return a dataset of the first images only; all there are where there are fewer.

    Raises:
        UsageError: a class has no image among the training images, so the file could not be read again.
    """
    labels = dataset.train_labels[:training]
    absent = set(range(len(dataset.classes))) - set(np.unique(labels).tolist())
    if absent:
        raise UsageError(
            f"--images {training} is not allowed: {len(absent)} of {len(dataset.classes)} classes have no "
            "image among them; use more images"
        )
    first = replace(
        dataset,
        train_images=dataset.train_images[:training],
        train_labels=labels,
        test_images=dataset.test_images[:test],
        test_labels=dataset.test_labels[:test],
    )
    # as tuilab puts them when it reads and divides a file: plain Keras takes them as they stand there
    first = shuffled(first)
    order = divided(first.train_labels, held_out_from(len(labels)))
    if order is None:
        return first
    return replace(first, train_images=first.train_images[order], train_labels=first.train_labels[order])


def write_images(path: Path, dataset: Dataset) -> None:
    """Write an ``.npz`` of mode 0600 that NumPy and tuilab read."""
    with _new(path) as file:
        np.savez(
            file,
            x_train=dataset.train_images,
            y_train=dataset.train_labels,
            x_test=dataset.test_images,
            y_test=dataset.test_labels,
        )


def write_weights(path: Path, weights: BaseWeights) -> None:
    """Write a base's weights as Keras's own ``.h5`` has them, mode 0600: the ``offline`` extra has none."""
    with _new(path) as file, h5py.File(file, "w") as h5:
        h5.attrs["layer_names"] = list(weights.layers)
        for name, tensors in weights.layers.items():
            group = h5.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{part}:0" for part in ("kernel", "bias")]
            for part, tensor in zip(("kernel", "bias"), tensors, strict=True):
                group[f"{name}/{part}:0"] = tensor


def _new(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")
