"""Two networks on the same images: which images the one gets and the other does not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuilab.runs.answers import Answers


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two networks on the same images.

    Attributes:
        first, second: whether each image is right, bool (images,).
    """

    first: NDArray[np.bool_]
    second: NDArray[np.bool_]

    @property
    def both(self) -> int:
        """Images that both get right."""
        return int((self.first & self.second).sum())

    @property
    def neither(self) -> int:
        """Images that neither gets right."""
        return int((~self.first & ~self.second).sum())

    @property
    def only_first(self) -> NDArray[np.int64]:
        """Places of the images that only the first gets right."""
        return np.flatnonzero(self.first & ~self.second)

    @property
    def only_second(self) -> NDArray[np.int64]:
        """Places of the images that only the second gets right."""
        return np.flatnonzero(~self.first & self.second)

    def chance(self) -> float:
        """Return how probable a difference as large is if neither network is better: McNemar's exact test.

        Of the images on which the two differ, either would get half by chance (McNemar 1947). It knows the
        chance of these images alone, not that of seeds.
        """
        from scipy.stats import binomtest

        ours, theirs = len(self.only_first), len(self.only_second)
        return float(binomtest(ours, ours + theirs, 0.5).pvalue) if ours + theirs else 1.0


def agreement(first: Answers, second: Answers) -> Agreement:
    """Return how two networks agree; both must tell of the same images, in the same order."""
    assert np.array_equal(first.labels, second.labels)
    return Agreement(first.right, second.right)
