"""Which images train, validate and test; and in which order an epoch goes through them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import UsageError
from tuilab.experiment.experiment import TrainingSpec
from tuilab.experiment.held_out import held_out_from
from tuilab.sources.dataset import Dataset
from tuilab.sources.order import divided, limited
from tuilab.terminal import clean


@dataclass(frozen=True, eq=False)
class Split:
    """Images uint8 (n, 32, 32, 3), or their frozen features (n, ...), with labels int32 (n,)."""

    images: NDArray[Any]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, chosen: NDArray[np.intp]) -> "Split":
        """Return some of the images, in the order of ``chosen``."""
        return Split(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class Splits:
    """The three parts of an experiment's data.

    Attributes:
        training: what is trained on, or may be.
        validation: may be the test images themselves.
        test: all test images.
        order: SHA-256 (hex) of the order that gave each part its share of rare classes; empty if the
            images stand as they were read.
        notes: what a person should know of the parts, a sentence each.
        chosen: rows of ``training`` that are learned from, ascending; None: all.
    """

    training: Split
    validation: Split
    test: Split
    order: str = ""
    notes: tuple[str, ...] = ()
    chosen: NDArray[np.intp] | None = None

    @property
    def learned(self) -> int:
        """How many images are learned from."""
        return len(self.training) if self.chosen is None else len(self.chosen)


def split(dataset: Dataset, training: TrainingSpec) -> Splits:
    """Divide a dataset as the experiment asks: the limit first, then the held-out fifth.

    Both take images as they stand, so that everybody who knows a published data set gets the same ones.
    Only where that leaves a class out, and the data set is not a published one, each class is given its
    share; ``notes`` say so, and name the classes that are left out all the same.

    Raises:
        UsageError: too few images for the held-out fifth, for one batch, or of a class.
    """
    count = min(training.limit or len(dataset.train_labels), len(dataset.train_labels))
    cut = held_out_from(count) if training.holds_out else count
    if cut == 0 or (training.holds_out and cut == count):
        raise UsageError(f"training.limit = {count} leaves no image to hold out; it must be at least 2")
    images, labels, order, notes = _taken(dataset, count, cut)
    test = Split(dataset.test_images, dataset.test_labels)
    held_out = Split(images[cut:], labels[cut:]) if training.holds_out else test
    parts = Splits(Split(images[:cut], labels[:cut]), held_out, test, order)
    chosen = _chosen(parts.training.labels, dataset.classes, training)
    parts = replace(parts, notes=(*notes, *_left_out(parts, dataset.classes)), chosen=chosen)
    if training.epochs and training.batch_size > parts.learned:
        raise UsageError(
            f"training.batch_size = {training.batch_size} is not allowed: {dataset.name} leaves "
            f"{parts.learned} training images here, so it must be from 1 to {parts.learned}"
        )
    return parts


def _chosen(
    labels: NDArray[np.int32], classes: Sequence[str], training: TrainingSpec
) -> NDArray[np.intp] | None:
    """Return the rows of ``training.shots`` images of each class; None where all are learned from.

    Each class is put in an order of its own by (seed, class), and its first images are taken: those of a
    larger number are the same and more.
    """
    if training.shots is None:
        return None
    rows = []
    for label, name in enumerate(classes):
        there = np.flatnonzero(labels == label)
        if 0 < len(there) < training.shots:
            raise UsageError(
                f"training.shots = {training.shots} is not allowed: there are {len(there)} training images "
                f"of {_named([name])}, so it must be from 1 to {len(there)}"
            )
        # epochs are counted from 1: no order of images or seed of a dropout is drawn from the same
        rows.append(np.random.default_rng([training.seed, 0, label]).permutation(there)[: training.shots])
    return np.sort(np.concatenate(rows))


def _taken(
    dataset: Dataset, count: int, cut: int
) -> tuple[NDArray[Any], NDArray[np.int32], str, tuple[str, ...]]:
    """Return the images that a run takes, their labels, and, where they were put in order, what was done."""
    images, labels = dataset.train_images[:count], dataset.train_labels[:count]
    if dataset.published:
        return images, labels, "", ()
    notes = []
    order = limited(dataset.train_labels, count)
    if order is None:
        order = np.arange(count)
    else:
        order = order[:count]
        notes.append(
            f"the first {count:,} images would leave out some classes, so the first images of each "
            "class are used instead, in proportion to its size"
        )
    again = divided(dataset.train_labels[order], cut) if cut < count else None
    if again is not None:
        order = order[again]
        notes.append(
            "the last fifth of the images would leave a class out of training or validation, so the last "
            "fifth of each class is held out instead"
        )
    if not notes:
        return images, labels, "", ()
    name = hashlib.sha256(np.ascontiguousarray(order, "<i8").data).hexdigest()
    return dataset.train_images[order], dataset.train_labels[order], name, tuple(notes)


def _left_out(parts: Splits, classes: Sequence[str]) -> list[str]:
    """Return a sentence for what training or validation does not hold."""
    trained, held = (
        np.bincount(part.labels, minlength=len(classes)) for part in (parts.training, parts.validation)
    )
    notes = []
    if absent := [name for name, count in zip(classes, trained, strict=True) if not count]:
        notes.append(
            f"there are no training images of {_named(absent)}: the network cannot learn what it never sees"
        )
    if absent := [name for name, n, m in zip(classes, trained, held, strict=True) if n and not m]:
        notes.append(
            f"there are no validation images of {_named(absent)}: validation does not measure what it "
            "never sees"
        )
    return notes


def _named(classes: list[str]) -> str:
    shown = ", ".join(f"'{clean(name, limit=40)}'" for name in classes[:5])
    if len(classes) == 1:
        return f"class {shown}"
    return f"{len(classes)} classes ({shown}{', ...' if len(classes) > 5 else ''})"


def epoch_order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order in which an epoch (from 1) visits the images: a permutation, int32 (images,).

    Derived from (seed, epoch) alone, so a resumed run continues as if it had never stopped.
    """
    return np.random.default_rng([seed, epoch]).permutation(images).astype(np.int32)


def dropout_seed(seed: int, epoch: int, layer: int) -> int:
    """Return the seed of a dropout layer (0, 1, ... from the input) for an epoch: 0 to 2**32 - 1."""
    return int(np.random.SeedSequence([seed, epoch, layer]).generate_state(1)[0])
