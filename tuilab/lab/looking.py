"""The images of a run, as it saw them, for whoever looks into it."""

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.held_out import held_out_from
from tuilab.runs.answers import Part
from tuilab.runs.journal.records import DatasetRecord
from tuilab.sources.dataset import Dataset
from tuilab.sources.datasets import load_dataset
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean


def images_of(
    experiment: Experiment, record: DatasetRecord, part: Part, progress: Progress = silent
) -> NDArray[np.uint8]:
    """Return a part's images as a run saw them, uint8 (n, 32, 32, 3); work for the background.

    Args:
        experiment: of the run.
        record: what the run says of its images.
        part: which of them.
        progress: takes how far the reading is.

    Raises:
        MissingError: they are not there any more, or are others now.
        UsageError: the source is of a kind that is not read.
    """
    dataset = load_dataset(experiment.data.source, seed=experiment.training.seed, progress=progress)
    if dataset.digest != record.digest:
        raise MissingError(
            f"{clean(experiment.data.source)} holds other images now than the run was trained on, so none "
            "are drawn"
        )
    match part:
        case "test":
            return dataset.test_images
        case "validation":
            return _held_out(experiment, record, dataset)
        case _:
            assert_never(part)


def _held_out(experiment: Experiment, record: DatasetRecord, dataset: Dataset) -> NDArray[np.uint8]:
    if record.order:
        raise MissingError(
            "the images that validate were put in an order of their own, in which they are not drawn"
        )
    count = min(experiment.training.limit or len(dataset.train_labels), len(dataset.train_labels))
    return dataset.train_images[held_out_from(count) : count]
