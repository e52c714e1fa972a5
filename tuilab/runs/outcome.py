"""What came of a run, as one JSON object: the contract of ``tuilab run --json``."""

import math
from collections.abc import Callable
from typing import Any

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.presets import Course, Preset
from tuilab.runs.records import DatasetRecord
from tuilab.runs.summary import Summary


def outcome(summary: Summary) -> dict[str, Any]:
    """Return a finished run's outcome; JSON types only (a number that is not finite becomes None).

    ``expected`` is the course's band [low, high], ``notebook_accuracy`` what its log records; None
    where it has none. ``history`` holds one list an entry, a number an epoch.
    """
    experiment = summary.run.experiment()
    course = course_of(summary.manifest.preset)
    network, dataset, weights, device = summary.network, summary.dataset, summary.weights, summary.device
    tested = summary.evaluated
    return {
        "run": summary.run.id,
        "name": summary.manifest.name,
        "preset": summary.manifest.preset,
        "parent": summary.manifest.parent,
        "state": summary.state,
        "experiment_digest": summary.manifest.experiment_digest,
        "dataset": dataset and dataset.name,
        "dataset_source": dataset and dataset.source,
        "weights": weights and weights.name,
        "weights_source": weights and weights.source,
        "seed": experiment.training.seed,
        "device": device and device.device,
        "precision": experiment.training.precision,
        "trained_tensors": network and network.trained_tensors,
        "trained_base_tensors": network and network.trained_base_tensors,
        "trained_parameters": network and network.trained_parameters,
        "total_parameters": network and network.total_parameters,
        "epochs": len(summary.epochs),
        "seconds": _finite(summary.seconds),
        "test_accuracy": tested and _finite(tested.test_accuracy),
        "test_cross_entropy": tested and _finite(tested.test_cross_entropy),
        "expected": list(course.expected) if course.expected else None,
        "notebook_accuracy": course.recorded,
        "history": history(summary),
        "versions": summary.started.versions if summary.started else {},
    }


HISTORY = (
    "accuracy",
    "val_accuracy",
    "cross_entropy",
    "val_cross_entropy",
    "penalty",
    "gradient_norm",
    "seconds",
)


def history(summary: Summary) -> dict[str, list[float | None]]:
    """Return one list for each name in ``HISTORY``, a number an epoch."""
    return {name: [_finite(getattr(epoch, name)) for epoch in summary.epochs] for name in HISTORY}


_CIFAR10 = frozenset(
    {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
)


def course_speaks_of(dataset: DatasetRecord) -> bool:
    """Return whether the course's numbers are about these images: CIFAR-10, in whatever layout."""
    return dataset.name == "cifar10" or frozenset(dataset.classes) == _CIFAR10


def course_of(preset: str | None, find: Callable[[str], Preset] = presets.find) -> Course:
    """Return what the course says of a preset; nothing for one that is not there (any more)."""
    try:
        return find(preset).course if preset else Course()
    except UsageError:
        return Course()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
