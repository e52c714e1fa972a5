"""Which class is taken for which."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuilab.runs.answers import Answers


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class is taken for each.

    Attributes:
        counts: int64 (classes, classes); a row is what the images are, a column what they are taken for.
    """

    counts: NDArray[np.int64]

    @property
    def images(self) -> int:
        """All images."""
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """The share that is right, 0 to 1."""
        return float(np.trace(self.counts) / self.images)

    def recall(self, label: int) -> float | None:
        """Return of a class's images the share that is right, 0 to 1; None if there are none."""
        total = int(self.counts[label].sum())
        return float(self.counts[label, label] / total) if total else None

    def precision(self, label: int) -> float | None:
        """Return of what is taken for a class the share that is of it; None if nothing is."""
        total = int(self.counts[:, label].sum())
        return float(self.counts[label, label] / total) if total else None

    def most_confused(self) -> tuple[int, int, int] | None:
        """Return the two classes that are taken for each other most often, and how often.

        The first is the one that is taken for the other more often. None if everything is right; of several
        pairs the one that comes first.
        """
        both = np.triu(self.counts + self.counts.T, k=1)
        first, second = (int(n) for n in np.unravel_index(int(both.argmax()), both.shape))
        times = int(both[first, second])
        if not times:
            return None
        if self.counts[second, first] > self.counts[first, second]:
            first, second = second, first
        return first, second, times


def confusion(answers: Answers) -> Confusion:
    """Count which class is taken for which."""
    classes = answers.probabilities.shape[1]
    places = answers.labels.astype(np.int64) * classes + answers.said
    return Confusion(np.bincount(places, minlength=classes**2).reshape(classes, classes))


def surest_errors(
    answers: Answers, *, is_a: int | None = None, taken_for: int | None = None
) -> NDArray[np.int64]:
    """Return the images that are taken for what they are not, those first that the network is surest of.

    Args:
        answers: what the network says.
        is_a: only images of this class.
        taken_for: only those that are taken for this class; where both classes are the same, the images
            that are right.

    Returns:
        Places in the part, int64; of equally sure ones the earlier first.
    """
    wanted = answers.right if is_a is not None and is_a == taken_for else ~answers.right
    if is_a is not None:
        wanted = wanted & (answers.labels == is_a)
    if taken_for is not None:
        wanted = wanted & (answers.said == taken_for)
    places = np.flatnonzero(wanted)
    return places[np.argsort(-answers.probabilities.max(axis=1)[places], kind="stable")]
