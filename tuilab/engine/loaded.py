"""What a process may load before it is given a run, because most runs need it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.sources.dataset import Dataset
from tuilab.sources.progress import Progress


@dataclass(frozen=True)
class Loaded:
    """What a worker need not load any more.

    Attributes:
        tensorflow: TensorFlow and Keras, there or on their way.
        datasets: images by the name of their data set.
    """

    tensorflow: EarlyLoading
    datasets: Mapping[str, Dataset]

    def images(self, source: str, progress: Progress) -> Dataset | None:
        """Return an experiment's images where they were read already, and tell that they are there."""
        dataset = self.datasets.get(source)
        if dataset is not None:
            count = len(dataset.train_labels) + len(dataset.test_labels)
            progress("loading", dataset.name, count, count, "images")
        return dataset
