"""How many images and classes a run has, known before it starts: from its source, or from earlier runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tuilab.experiment.experiment import Experiment
from tuilab.experiment.held_out import held_out_from
from tuilab.experiment.workload import Images
from tuilab.runs.summary import Summary
from tuilab.sources.named import DATASETS

USUAL_CLASSES = 10
"""Classes of images that nobody has read yet."""


class EarlierRun(Protocol):
    """An earlier run: what it trained, and its results."""

    @property
    def experiment(self) -> Experiment:
        """What it trained."""
        ...

    @property
    def summary(self) -> Summary:
        """What its journal says."""
        ...


@dataclass(frozen=True)
class ReadRun:
    """An earlier run, as it was read from its folder."""

    experiment: Experiment
    summary: Summary


def images_of(experiment: Experiment, past: Sequence[EarlierRun] = ()) -> Images | None:
    """Return how many images the experiment trains and validates on; None if nobody knows yet.

    Args:
        experiment: its source, limit, shots and validation decide.
        past: runs of the same source that took all of its images tell how many it holds.
    """
    training, source = experiment.training, experiment.data.source
    known = DATASETS.get(source)
    held = (known.training, known.test) if known else _held(source, past)
    if held is None:
        return None
    count = min(training.limit or held[0], held[0])
    kept = held_out_from(count) if training.holds_out else count
    validated = count - kept if training.holds_out else held[1]
    if training.shots is not None:
        kept = min(kept, training.shots * classes_of(source, past))
    return Images(kept, validated)


def classes_of(source: str, past: Sequence[EarlierRun] = ()) -> int:
    """Return how many classes the images of a source have; of one that nobody knows, the usual ten.

    Args:
        source: a name, or a path.
        past: earlier runs, oldest first; the latest that read a path tells.
    """
    if source in DATASETS:
        return len(DATASETS[source].classes)
    for run in reversed(past):
        dataset = run.summary.dataset
        if dataset is not None and run.experiment.data.source == source:
            return len(dataset.classes)
    return USUAL_CLASSES


def _held(source: str, past: Iterable[EarlierRun]) -> tuple[int, int] | None:
    """Return how many training and test images a source held when a run took all of them."""
    for run in past:
        dataset, training = run.summary.dataset, run.experiment.training
        took_all = training.limit is None and training.shots is None
        if dataset is not None and run.experiment.data.source == source and took_all:
            out = dataset.validation_images if training.holds_out else 0
            return dataset.training_images + out, dataset.test_images
    return None
