"""Which images were learned and forgotten again, from epoch to epoch.

An image is forgotten where it was right after one epoch and is wrong after the next. Toneva et al. (2019)
count that of training images; here it is counted of those that validate, which the network never trains on.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tuilab.runs.answers import RightByEpoch


@dataclass(frozen=True)
class Change:
    """What an epoch changed.

    Attributes:
        epoch: its number, from 1.
        right: images that are right after it.
        gained: of those, the ones that were wrong after the epoch before.
        lost: images that were right after the epoch before and are wrong now.
    """

    epoch: int
    right: int
    gained: int
    lost: int


@dataclass(frozen=True, eq=False)
class Forgetting:
    """What became of each image.

    Attributes:
        record: which images were right after which epoch.
    """

    record: RightByEpoch

    @property
    def images(self) -> int:
        """How many images there are."""
        return self.record.right.shape[1]

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """How often each image was forgotten, (images,)."""
        right = self.record.right
        return (right[:-1] & ~right[1:]).sum(axis=0)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What each epoch changed, from the second one that is recorded on."""
        right = self.record.right
        return tuple(
            Change(epoch, int(now.sum()), int((now & ~before).sum()), int((before & ~now).sum()))
            for epoch, before, now in zip(self.record.epochs[1:], right[:-1], right[1:], strict=True)
        )

    @property
    def never(self) -> NDArray[np.bool_]:
        """Which images were never right."""
        return np.logical_not(self.record.right.any(axis=0))

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which images were right once and ever after."""
        return ~self.never & (self.times == 0)

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Which images were right once and are wrong at the end."""
        return np.logical_and(~self.never, ~self.record.right[-1])

    def most(self, count: int) -> NDArray[np.int64]:
        """Return the places of the images that were forgotten most often, at least once."""
        order = np.argsort(-self.times, kind="stable")[:count]
        return order[self.times[order] > 0]
