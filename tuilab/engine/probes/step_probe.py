"""What a probe of steps is: it listens while a step's graph is made, and takes a row of numbers a step."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class StepProbe(Protocol):
    """Records a row of numbers of every step of a training."""

    @property
    def width(self) -> int:
        """Numbers of a row."""
        ...

    def listening(self) -> AbstractContextManager[None]:
        """Listen to what the network computes in a step, while TensorFlow traces that."""
        ...

    def row(self) -> Any:
        """Return what was heard as a tensor, float32 (width,)."""
        ...

    def begin(self, epoch: int, step: int) -> None:
        """Note that the next rows are those of an epoch (from 1), from a step (from 0) on."""
        ...

    def took(self, rows: NDArray[np.float32]) -> None:
        """Take the rows of the next steps, (steps, width)."""
        ...

    def end(self) -> None:
        """Note that the epoch's last row was taken."""
        ...
