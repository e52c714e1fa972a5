"""A run's results, as one JSON object: the contract of ``tuilab run --json``."""

import math
from typing import Any

from tuilab.results.changes import origin_of
from tuilab.results.course import Standard, course_of, standard
from tuilab.results.rows import Row, fixed, row
from tuilab.runs.metrics import ACCURACY, METRICS
from tuilab.runs.summary import Summary


def outcome(summary: Summary) -> dict[str, Any]:
    """Return a finished run's outcome; JSON types only (a number that is not finite becomes None).

    ``expected`` is the course's band [low, high], ``notebook_accuracy`` what its log records; None
    if it has none or the run trained on other images (``course_note`` says where on a part of them).
    A run whose training diverged has failed: ``state`` says that, ``diverged`` says why.
    ``history`` holds one list an entry, a number an epoch; ``training_accuracy`` and ``val_accuracy`` are its
    last ones, or were measured with the test where nothing is trained.
    """
    values = row_of(summary).values
    course, manifest = standard_of(summary).course, summary.manifest
    network, dataset, weights = summary.network, summary.dataset, summary.weights
    tested = summary.evaluated
    return {
        "run": values["run"],
        "name": values["name"],
        "preset": manifest.preset,
        "parent": values["parent"],
        "shares": manifest.shares,
        "state": values["state"],
        "diverged": values["diverged"],
        "experiment_digest": manifest.experiment_digest,
        "dataset": values["dataset"],
        "dataset_source": dataset and dataset.source,
        "weights": values["weights"],
        "weights_source": weights and weights.source,
        "seed": values["seed"],
        "device": values["device"],
        "precision": values["precision"],
        "trained_tensors": values["trained_tensors"],
        "trained_base_tensors": network and network.trained_base_tensors,
        "trained_parameters": network and network.trained_parameters,
        "total_parameters": network and network.total_parameters,
        "epochs": values["epochs"],
        "seconds": _finite(summary.seconds),
        **{metric.test: tested and _finite(tested.value(metric.test)) for metric in METRICS},
        "training_accuracy": _finite(values["training_accuracy"]),
        ACCURACY.val: _finite(values[ACCURACY.val]),
        "expected": list(course.expected) if course.expected else None,
        "notebook_accuracy": course.recorded,
        "course_note": values["course_note"],
        "history": history(summary),
        "versions": summary.started.versions if summary.started else {},
    }


HISTORY = (
    *(name for metric in METRICS for name in (metric.name, metric.val)),
    "penalty",
    "gradient_norm",
    "seconds",
)


def history(summary: Summary) -> dict[str, list[float | None]]:
    """Return one list for each name in ``HISTORY``, a number an epoch; None if it was not recorded."""
    return {name: [_finite(epoch.value(name)) for epoch in summary.epochs] for name in HISTORY}


def standard_of(summary: Summary) -> Standard:
    """Return what the course says of a run, its preset and its experiment read from their files."""
    return standard(course_of(summary.manifest.preset), summary.dataset, summary.run.experiment().training)


def row_of(summary: Summary) -> Row:
    """Return a run's row, its experiment and its parent read from their files."""
    experiment = summary.run.experiment()
    return row(fixed(experiment, summary.manifest, origin_of(summary, {})), summary)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
