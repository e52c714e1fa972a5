"""Whether the frozen part of a base is computed once: a small model of what it costs and what it saves."""

from dataclasses import dataclass
from typing import Literal, assert_never

MEMORY_SHARE = 0.25
"""Largest share of the free memory that features may fill; TensorFlow makes a copy of them."""
DISK_SHARE = 0.5
"""Largest share of the free disk that features may fill."""
FLOPS = 3e10
"""Operations a second that a slow machine computes: where it matters, more make features pay less."""
BYTES = 3e8
"""Bytes a second that a slow disk reads and writes."""

Mode = Literal["auto", "on", "off"]


@dataclass(frozen=True)
class Costs:
    """What the choice depends on.

    Attributes:
        flops: operations of the frozen part's forward pass of one image.
        bytes: size of one image's features.
        epochs: epochs that are left to train.
        images: training and validation images, which every epoch needs.
        tested: other images, which are needed once.
        cached: whether the features are on the disk already.
        memory: free bytes of main memory.
        disk: free bytes of the disk that holds the cache, or what its limit leaves.
    """

    flops: int
    bytes: int
    epochs: int
    images: int
    tested: int
    cached: bool
    memory: float
    disk: float

    @property
    def size(self) -> int:
        """Bytes of all features."""
        return self.bytes * (self.images + self.tested)

    @property
    def saved_seconds(self) -> float:
        """What features save on a slow machine, less what writing and reading them costs there."""
        passes = self.epochs - (0 if self.cached else 1)
        computed = self.flops * self.images * passes / FLOPS
        moved = self.bytes * self.images * self.epochs if self.size > self.memory * MEMORY_SHARE else 0
        written = 0 if self.cached else self.size
        return computed - (moved + written) / BYTES


@dataclass(frozen=True)
class FeatureChoice:
    """What was decided.

    Attributes:
        use: whether features are computed once.
        keep: whether they are kept on the disk.
        reason: why, as a clause.
    """

    use: bool
    keep: bool
    reason: str


def choose(mode: Mode, costs: Costs) -> FeatureChoice:
    """Decide. ``on`` asks for features wherever there is room for them at all."""
    fits_disk = costs.cached or costs.size <= costs.disk * DISK_SHARE
    resident = costs.size <= costs.memory * MEMORY_SHARE
    size = f"{costs.size / 1e6:,.0f} MB"
    no_room = FeatureChoice(False, False, f"{size} fit neither the free memory nor the disk")
    match mode:
        case "off":
            return FeatureChoice(False, False, "training.features = off asks for it")
        case "on":
            asked = FeatureChoice(True, fits_disk, f"training.features = on asks for it ({size})")
            return asked if resident or fits_disk else no_room
        case "auto":
            if not resident and not fits_disk:
                return no_room
            if costs.saved_seconds <= 0:
                why = f"{size} for {costs.epochs} epochs would cost more than they save"
                return FeatureChoice(False, False, why)
            how = "already on the disk" if costs.cached else f"instead of {costs.epochs} times"
            return FeatureChoice(True, fits_disk, f"{size}, {how}")
        case _:
            assert_never(mode)
