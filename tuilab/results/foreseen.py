"""What a run will be trained on, before its worker reports anything: from its experiment and earlier runs.

Which images and weights a run takes is settled when it is made; only what they are made of (digests, numbers)
is not. If an earlier run took the same ones, that is known as well. What the worker says stands above it.
"""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from tuilab.experiment.experiment import Experiment, base_of
from tuilab.runs.journal.records import DatasetRecord, WeightsRecord
from tuilab.runs.summary import Summary

Known = tuple[Summary, Experiment]
"""A run, and what it trains."""


def foreseen(summary: Summary, experiment: Experiment, others: Iterable[Known]) -> dict[str, Any]:
    """Return those columns of ``rows.measured`` that are known in advance.

    Args:
        summary: the run.
        experiment: what it trains.
        others: runs that are known, the newest first.
    """
    found: dict[str, Any] = {}
    others = list(others)
    if summary.dataset is None:
        found |= _images(experiment, others)
    if summary.weights is None:
        found |= _weights(summary, experiment, others)
    if summary.device is None and experiment.training.device != "auto":
        found["device"] = experiment.training.device
    return found


def _images(experiment: Experiment, others: Iterable[Known]) -> dict[str, Any]:
    source, training = experiment.data.source, experiment.training
    for summary, other in others:
        dataset = summary.dataset
        if dataset is None or other.data.source != source or not _same_split(dataset, other, experiment):
            continue
        theirs = other.training
        alike = (theirs.limit, theirs.validation) == (training.limit, training.validation)
        return {
            "dataset": dataset.name,
            "dataset_digest": dataset.digest,
            "split_seed": dataset.split_seed,
            "training_images": dataset.training_images if alike else None,
        }
    return {"dataset": PurePath(source).name or source}


def _same_split(dataset: DatasetRecord, other: Experiment, experiment: Experiment) -> bool:
    """Whether another run's seed chose no other test images than this one's will."""
    return dataset.split_seed is None or other.training.seed == experiment.training.seed


def _weights(summary: Summary, experiment: Experiment, others: Iterable[Known]) -> dict[str, Any]:
    base, parent = base_of(experiment.model), summary.manifest.parent
    if parent is not None:
        records = (other.weights for other, _ in others if other.run.id == parent)
        return _named(next(records, None))
    if base is None:
        return {"weights": "-", "weights_digest": ""}
    name = base.weights_name
    if name == "random":
        return {"weights": name, "weights_digest": ""}
    for other, known in others:
        theirs = base_of(known.model)
        if other.weights is not None and other.weights.name == name and theirs and theirs.base == base.base:
            return _named(other.weights)
    return {"weights": name}


def _named(weights: WeightsRecord | None) -> dict[str, Any]:
    return {"weights": weights.name, "weights_digest": weights.digest} if weights is not None else {}
