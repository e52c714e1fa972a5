"""A run as a row of the results: what it was asked to do, what was measured, what the course says of it.

One kind of row for the app's table, every command and every export. A row is a snapshot that never changes:
a run that continues gets another row.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tuilab import presets
from tuilab.experiment.dotted import Settings, dotted
from tuilab.experiment.experiment import Experiment
from tuilab.presets import Course, course_columns
from tuilab.results.alike import Values, alike, differing
from tuilab.results.changes import Find, Origin, all_changes
from tuilab.results.course import course_of, standard
from tuilab.results.outcome import EndState, diverged
from tuilab.runs.metrics import FURTHER
from tuilab.runs.run import Manifest
from tuilab.runs.state import State
from tuilab.runs.summary import Summary

Verdict = Literal["below", "within", "above"]

FIELDS = (
    "run",
    "name",
    "preset",
    "iteration",
    "loaded_vgg16_blocks",
    "fine_tuning_performed",
    "unfreezed_layers",
    "trained_tensors",
    "accuracy",
    "course_recorded",
    "course_expected",
    "test_cross_entropy",
    "val_accuracy",
    "epochs",
    "seconds",
    "dataset",
    "training_images",
    "weights",
    "pixels",
    "seed",
    "precision",
    "device",
    "changed",
    "parent",
    "dataset_digest",
    "weights_digest",
    "course_note",
    "split_seed",
    "training_accuracy",
    "created_at",
    "created",
    "limit",
    "planned_epochs",
    "test_images",
    "state",
    "reason",
    "verdict",
    "against_parent",
    "diverged",
    *(name for metric in FURTHER for name in (metric.test, metric.val, f"training_{metric.name}")),
)
"""What is written of a run, in this order; the newer ones come last.

``accuracy`` is that on the test images, a share of 1, as the course's own table calls it; the others are
those after the last epoch, or of the network that was tested if there is none. ``course_*`` are empty if a
run trained on other images than the course's, and ``course_note`` says where on a part of them.
``created_at`` is ISO 8601, in UTC; ``created`` is the same in seconds since 1970. ``against_parent`` is in
points. ``reason`` is text from outside.
"""

_LAST_EPOCH = {
    "training_accuracy": "accuracy",
    "val_accuracy": "val_accuracy",
    **{metric.val: metric.val for metric in FURTHER},
    **{f"training_{metric.name}": metric.name for metric in FURTHER},
}
"""Which numbers of the last epoch a row holds, and what its record calls them; that of the test where nothing
was trained."""
_TESTED = {
    "accuracy": "test_accuracy",
    "test_cross_entropy": "test_cross_entropy",
    **{metric.test: metric.test for metric in FURTHER},
}
"""Which numbers of the test a row holds, and what its record calls them."""


@dataclass(frozen=True)
class Row:
    """A run at one moment.

    Attributes:
        values: ``FIELDS`` and their values; and ``apart``: why there is no difference to its parent though
            it has one, as ``other data``, else empty.
        experiment: what it trains.
    """

    values: Values
    experiment: Experiment

    @property
    def id(self) -> str:
        """The run's name on disk."""
        return self.values["run"]

    @property
    def state(self) -> State:
        """Its state, as ``Summary.state``."""
        return self.values["state"]

    @property
    def verdict(self) -> Verdict | None:
        """Its test accuracy against the course's band or the number in its log; None if there is none, or
        the run trained on other images or a part of them."""
        return self.values["verdict"]

    @property
    def against_parent(self) -> float | None:
        """Test accuracy less its parent's, in points (hundredths); None if they are not alike or one was
        not tested."""
        return self.values["against_parent"]

    @property
    def alike(self) -> tuple[Any, ...]:
        """What rows must share to be compared; its second is None if the images are not known yet."""
        return alike(self.values)

    @property
    def settings(self) -> Settings:
        """All that it was asked to do, by dotted keys."""
        return dotted(self.experiment)


def state_word(values: Values) -> EndState:
    """Return a row's state in the one word that tells a person most."""
    return "diverged" if values["diverged"] else values["state"]


def progress(values: Values) -> str:
    """Return epochs done of epochs planned, as ``3 of 10 done``: the epoch under way is not among them."""
    return f"{values['epochs']} of {values['planned_epochs']} done"


@dataclass(frozen=True)
class Fixed:
    """What of a row stands fixed when its run is made; costly enough to be worked out once."""

    values: Values
    experiment: Experiment
    course: Course


def fixed(
    experiment: Experiment, manifest: Manifest, origin: Origin | None, find: Find = presets.find
) -> Fixed:
    """Return the part of a row that does not grow.

    Args:
        origin: the run that it starts from; None if it starts from none, or that one is gone.
        find: returns the preset of a name, or raises UsageError.
    """
    training, course = experiment.training, course_of(manifest.preset, find)
    values = {
        "preset": manifest.preset or "-",
        "iteration": course.iteration,
        **course_columns(experiment),
        "pixels": experiment.data.pixels,
        "seed": training.seed,
        "precision": training.precision,
        "changed": "; ".join(all_changes(experiment, manifest, origin, find)),
        "parent": manifest.parent,
        "created_at": datetime.fromtimestamp(manifest.created, UTC).isoformat(timespec="seconds"),
        "created": manifest.created,
        "limit": training.limit,
        "planned_epochs": training.epochs,
    }
    return Fixed(values, experiment, course)


def row(
    part: Fixed, summary: Summary, parent: Row | None = None, foreseen: Mapping[str, Any] | None = None
) -> Row:
    """Return a run's row as it is now.

    Args:
        part: what stood fixed when it was made.
        summary: what it came to so far, and what is known of its worker.
        parent: the row of the run that it started from; None if it started from none or that is gone.
        foreseen: what is known of it before its worker reports it, as ``foreseen.foreseen`` gives it.
    """
    known_values = measured(summary)
    known_values |= {key: value for key, value in (foreseen or {}).items() if known_values[key] is None}
    values = {**part.values, **known_values}
    against, apart = _against(values, parent)
    held_against = standard(part.course, summary.dataset, part.experiment.training)
    values |= {
        "course_recorded": held_against.course.recorded,
        "course_expected": held_against.band,
        "course_note": held_against.note or None,
        "state": summary.state,
        "reason": summary.reason,
        "verdict": verdict(values["accuracy"], held_against.judging),
        "against_parent": against,
        "diverged": diverged(summary),
        "apart": apart,
    }
    return Row(values, part.experiment)


def measured(summary: Summary) -> dict[str, Any]:
    """Return what a run's journal tells; None for what it does not say (yet)."""
    dataset, weights, network, tested = summary.dataset, summary.weights, summary.network, summary.evaluated
    last = summary.last
    return {
        "run": summary.run.id,
        "name": summary.manifest.name,
        "trained_tensors": network.trained_tensors if network else None,
        **{key: tested.value(name) if tested else None for key, name in _TESTED.items()},
        **{key: last.value(name) if last else None for key, name in _LAST_EPOCH.items()},
        # a fork has its parent's from the first, whenever its worker comes to copy them
        "epochs": max(len(summary.epochs), summary.manifest.forked_at or 0),
        "seconds": round(summary.seconds, 1),
        "dataset": dataset.name if dataset else None,
        "training_images": dataset.training_images if dataset else None,
        "test_images": dataset.test_images if dataset else None,
        "split_seed": dataset.split_seed if dataset else None,
        "weights": weights.name if weights else None,
        "device": summary.device.device if summary.device else None,
        "dataset_digest": dataset.digest if dataset else None,
        "weights_digest": weights.digest if weights else None,
    }


def verdict(accuracy: float | None, course: Course) -> Verdict | None:
    """Return where a test accuracy lies against the course's band, or against the number in its log."""
    band = course.expected
    if band is None and course.recorded is not None:
        band = course.recorded, course.recorded
    if accuracy is None or not math.isfinite(accuracy) or band is None:
        return None
    # as the table shows it: 0.84150001 is not above 0.8415
    shown = round(accuracy, 4)
    return "below" if shown < band[0] else "above" if shown > band[1] else "within"


def _against(values: Values, parent: Row | None) -> tuple[float | None, str]:
    if parent is None or values["accuracy"] is None:
        return None, ""
    theirs = parent.values["accuracy"]
    if theirs is None:
        return None, "not tested"
    differs = differing(parent.values, values)
    if differs:
        return None, f"other {' and '.join(differs)}"
    return 100 * (values["accuracy"] - theirs), ""
