"""What came of a run, as one JSON object: the contract of ``tuilab run --json``."""

import math
from typing import Any, Literal

from tuilab.results.course import Standard, course_of, standard
from tuilab.runs.journal.records import DIVERGED
from tuilab.runs.metrics import METRICS
from tuilab.runs.state import State
from tuilab.runs.summary import Summary


def outcome(summary: Summary) -> dict[str, Any]:
    """Return a finished run's outcome; JSON types only (a number that is not finite becomes None).

    ``expected`` is the course's band [low, high], ``notebook_accuracy`` what its log records; None
    where it has none or the run trained on other images (``course_note`` says where on a part of them).
    A run whose training diverged has failed: ``state`` says that, ``diverged`` says why.
    ``history`` holds one list an entry, a number an epoch.
    """
    experiment = summary.run.experiment()
    held_against = standard_of(summary)
    course = held_against.course
    network, dataset, weights, device = summary.network, summary.dataset, summary.weights, summary.device
    tested = summary.evaluated
    return {
        "run": summary.run.id,
        "name": summary.manifest.name,
        "preset": summary.manifest.preset,
        "parent": summary.manifest.parent,
        "state": summary.state,
        "diverged": diverged(summary),
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
        **{metric.test: tested and _finite(tested.value(metric.test)) for metric in METRICS},
        "expected": list(course.expected) if course.expected else None,
        "notebook_accuracy": course.recorded,
        "course_note": held_against.note or None,
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
    """Return one list for each name in ``HISTORY``, a number an epoch; None where it was not recorded."""
    return {name: [_finite(epoch.value(name)) for epoch in summary.epochs] for name in HISTORY}


def standard_of(summary: Summary) -> Standard:
    """Return what the course says of a run, its preset and its experiment read from their files."""
    return standard(course_of(summary.manifest.preset), summary.dataset, summary.run.experiment().training)


def diverged(summary: Summary) -> bool:
    """Return whether a run failed because its numbers were no longer finite."""
    return summary.state == "failed" and summary.reason.startswith(DIVERGED)


def reason_text(summary: Summary) -> str:
    """Return why a run ended, without what ``state_word`` says already; text from outside."""
    reason = summary.reason
    return reason.removeprefix(f"{DIVERGED}: ") if diverged(summary) else reason


def epochs_text(summary: Summary) -> str:
    """Return the epochs that a run trained itself: ``20 epochs``, and ``epochs 16 to 20`` of a fork."""
    before, last = summary.manifest.forked_at or 0, len(summary.epochs)
    own = max(last - before, 0)
    if before and own:
        return f"epochs {before + 1} to {last}" if own > 1 else f"epoch {last}"
    return f"{own} epoch{'' if own == 1 else 's'}"


EndState = State | Literal["diverged"]
"""A run's state, in the one word that tells a person most."""


def state_word(summary: Summary) -> EndState:
    """Return a run's state for a person: ``diverged`` where it failed for that."""
    return "diverged" if diverged(summary) else summary.state


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
