"""What a process may load before it is given a run, because most runs need it."""

from dataclasses import dataclass

from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.sources.dataset import Dataset
from tuilab.sources.progress import Progress


@dataclass(frozen=True)
class Loaded:
    """What a worker need not load any more.

    Attributes:
        tensorflow: TensorFlow and Keras, there or on their way.
        digits: the built-in images; None if they could not be read.
    """

    tensorflow: EarlyLoading
    digits: Dataset | None

    def images(self, source: str, progress: Progress) -> Dataset | None:
        """Return an experiment's images where they were read already, and tell that they are there."""
        if source != "digits" or self.digits is None:
            return None
        count = len(self.digits.train_labels) + len(self.digits.test_labels)
        progress("loading", "digits", count, count, "images")
        return self.digits
