"""Which images train, validate and test; and in which order an epoch goes through them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import UsageError
from tuilab.sources.dataset import Dataset
from tuilab.spec.experiment import TrainingSpec


@dataclass(frozen=True, eq=False)
class Split:
    """Images uint8 (n, 32, 32, 3), or their frozen features (n, ...), with labels int32 (n,)."""

    images: NDArray[Any]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Splits:
    """The three parts of an experiment's data; validation may be the test images themselves."""

    training: Split
    validation: Split
    test: Split


def split(dataset: Dataset, training: TrainingSpec) -> Splits:
    """Divide a dataset as the experiment asks: the limit first, then the held-out fifth.

    Raises:
        UsageError: too few images for the held-out fifth or for one batch.
    """
    images, labels = dataset.train_images[: training.limit], dataset.train_labels[: training.limit]
    test = Split(dataset.test_images, dataset.test_labels)
    if training.validation == "test":
        parts = Splits(Split(images, labels), test, test)
    else:
        # as Keras has it: floor(n * (1 - validation_split)) images train
        cut = int(len(labels) * (1.0 - 0.2))
        if cut == 0 or cut == len(labels):
            raise UsageError(
                f"training.limit = {len(labels)} leaves no image to hold out; allowed is 2 or more"
            )
        parts = Splits(Split(images[:cut], labels[:cut]), Split(images[cut:], labels[cut:]), test)
    if training.batch_size > len(parts.training):
        raise UsageError(
            f"training.batch_size = {training.batch_size} is not allowed: {dataset.name} leaves "
            f"{len(parts.training)} images to train on here; allowed is 1 to {len(parts.training)}"
        )
    return parts


def epoch_order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order in which an epoch (from 1) visits the images: a permutation, int32 (images,).

    Derived from (seed, epoch) alone, so a resumed run goes on as if it had never stopped.
    """
    return np.random.default_rng([seed, epoch]).permutation(images).astype(np.int32)


def dropout_seed(seed: int, epoch: int, layer: int) -> int:
    """Return the seed of a dropout layer (0, 1, ... from the input) for an epoch: 0 to 2**32 - 1."""
    return int(np.random.SeedSequence([seed, epoch, layer]).generate_state(1)[0])
