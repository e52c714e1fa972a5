"""Rows of the app's results table: every run in whatever state, beside the course's band and its parent.

A row is a snapshot that never changes: a run that goes on gets another row. What may not be compared
is told apart by ``TableRow.alike`` and stands in groups.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tuilab import presets
from tuilab.presets import Course
from tuilab.runs import results
from tuilab.runs.outcome import course_of, course_speaks_of
from tuilab.runs.results import Find, Origin
from tuilab.runs.store import Manifest
from tuilab.runs.summary import State, Summary
from tuilab.spec.experiment import Experiment

Verdict = Literal["below", "within", "above"]

ALIKE_IN = ("images", "weights", "pixels")
"""What two runs must share before one may be said to be better."""


@dataclass(frozen=True)
class TableRow:
    """A run at one moment.

    Attributes:
        values: ``results.COLUMNS`` and their values, and ``created`` (seconds since 1970), ``limit``,
            ``planned_epochs`` and ``test_images``.
        state: as ``Summary.state``.
        experiment: what it trains.
        reason: why it stopped, failed or was interrupted; text from outside.
        verdict: its test accuracy against the course's band or the number in the course's log;
            None where either is missing.
        against_parent: test accuracy less the parent's, in points (hundredths); None where they are not alike
            or one was not tested.
        apart: why there is no such difference though there is a parent, as ``other data``; else empty.
    """

    values: Mapping[str, Any]
    state: State
    experiment: Experiment
    reason: str = ""
    verdict: Verdict | None = None
    against_parent: float | None = None
    apart: str = ""

    @property
    def id(self) -> str:
        """The run's name on disk."""
        return self.values["run"]

    @property
    def alike(self) -> tuple[Any, ...]:
        """What rows must share to be compared; its first is None until the images were read."""
        return results.alike(self.values)

    @property
    def progress(self) -> str:
        """Epochs done of epochs planned, as ``3/10``."""
        return f"{self.values['epochs']}/{self.values['planned_epochs']}"


@dataclass(frozen=True)
class Fixed:
    """What of a row stands fixed when its run is made; costly enough to be worked out once."""

    values: Mapping[str, Any]
    experiment: Experiment
    course: Course


def fixed(
    experiment: Experiment, manifest: Manifest, origin: Origin | None, find: Find = presets.find
) -> Fixed:
    """Return the part of a row that does not grow; the arguments are those of ``results.settings``."""
    training = experiment.training
    values = results.settings(experiment, manifest, origin, find)
    planned = {"created": manifest.created, "limit": training.limit, "planned_epochs": training.epochs}
    return Fixed({**values, **planned}, experiment, course_of(manifest.preset, find))


def table_row(part: Fixed, summary: Summary, parent: "TableRow | None" = None, lost: str = "") -> TableRow:
    """Return a run's row as it is now.

    Args:
        parent: the row of the run that it started from; None where it started from none or that is gone.
        lost: why nothing more will come of it, where its journal does not say that itself.
    """
    images = summary.dataset.test_images if summary.dataset else None
    values = {**part.values, **results.measured(summary), "test_images": images}
    state, reason = summary.state, summary.reason
    if lost and state in ("waiting", "running"):
        state, reason = "interrupted", lost
    points, apart = _against(values, parent)
    course = part.course
    if summary.dataset is not None and not course_speaks_of(summary.dataset):
        course = Course()
        values |= {"course_expected": None, "course_recorded": None}
    found = verdict(values["accuracy"], course)
    return TableRow(values, state, part.experiment, reason, found, points, apart)


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


def differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in which of ``ALIKE_IN`` two rows differ, or do not say that they agree."""
    pairs = zip(ALIKE_IN, _parts(first), _parts(second), strict=True)
    return tuple(name for name, ours, theirs in pairs if ours != theirs or None in ours)


def _parts(values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    return (
        (values["dataset_digest"], values["dataset"]),
        (values["weights_digest"], values["weights"]),
        (values["pixels"],),
    )


def _against(values: Mapping[str, Any], parent: TableRow | None) -> tuple[float | None, str]:
    if parent is None or values["accuracy"] is None:
        return None, ""
    theirs = parent.values["accuracy"]
    if theirs is None:
        return None, "not tested"
    differs = differing(parent.values, values)
    if differs:
        return None, f"other {' and '.join(differs)}"
    return 100 * (values["accuracy"] - theirs), ""
