"""The first stage of a run: read its images, divide them, and record what they are."""

from tuilab.engine import splits
from tuilab.engine.loaded import Loaded
from tuilab.engine.telemetry import Reporter
from tuilab.experiment.experiment import Experiment
from tuilab.runs.journal.records import DatasetRecord, Note
from tuilab.sources.dataset import Dataset
from tuilab.sources.datasets import load_dataset
from tuilab.sources.progress import Progress


def load_images(
    experiment: Experiment, report: Reporter, loaded: Loaded | None, progress: Progress
) -> tuple[DatasetRecord, splits.Splits]:
    """Return what the run's images are, as reported, and the images for training, validation and test.

    Args:
        experiment: which images, and how they are divided.
        report: takes the phase, the record and the notes.
        loaded: what this process has read already; None: nothing.
        progress: receives the bytes or images read so far.
    """
    report.phase("loading", "images")
    source, training = experiment.data.source, experiment.training
    dataset = (loaded and loaded.images(source, progress)) or load_dataset(
        source, seed=training.seed, progress=progress
    )
    parts = splits.split(dataset, training)
    if training.limit and training.limit > len(dataset.train_labels):
        everything = f"all {len(dataset.train_labels)} training images"
        report(Note(text=f"training.limit = {training.limit} is more than there are: {everything} are used"))
    record = _record(dataset, parts)
    report(record)
    for text in parts.notes:
        report(Note(text=text))
    return record, parts


def _record(dataset: Dataset, parts: splits.Splits) -> DatasetRecord:
    return DatasetRecord(
        name=dataset.name,
        source=dataset.source,
        digest=dataset.digest,
        classes=list(dataset.classes),
        training_images=parts.learned,
        validation_images=len(parts.validation),
        test_images=len(parts.test),
        test_digest=dataset.test_digest,
        split_seed=dataset.split_seed,
        order=parts.order,
    )
