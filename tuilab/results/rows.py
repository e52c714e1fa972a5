"""Rows of the app's results table: every run in whatever state, beside the course's band and its parent.

A row is a snapshot that never changes: a run that goes on gets another row. What may not be compared
is told apart by ``TableRow.alike`` and stands in groups.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tuilab import presets
from tuilab.experiment.experiment import Experiment
from tuilab.presets import Course
from tuilab.results import results
from tuilab.results.course import course_of, standard
from tuilab.results.outcome import EndState, diverged
from tuilab.results.results import Find, Origin
from tuilab.runs.state import State
from tuilab.runs.store import Manifest
from tuilab.runs.summary import Summary

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
        diverged: whether it failed because its numbers were no longer finite.
        verdict: its test accuracy against the course's band or the number in the course's log; None where
            either is missing, or the run trained on other images or a part of them.
        against_parent: test accuracy less the parent's, in points (hundredths); None where they are not alike
            or one was not tested.
        apart: why there is no such difference though there is a parent, as ``other data``; else empty.
    """

    values: Mapping[str, Any]
    state: State
    experiment: Experiment
    reason: str = ""
    diverged: bool = False
    verdict: Verdict | None = None
    against_parent: float | None = None
    apart: str = ""

    @property
    def id(self) -> str:
        """The run's name on disk."""
        return self.values["run"]

    @property
    def word(self) -> EndState:
        """Its state in the one word that tells a person most."""
        return "diverged" if self.diverged else self.state

    @property
    def alike(self) -> tuple[Any, ...]:
        """What rows must share to be compared; its first is None where the images are not known yet."""
        return results.alike(self.values)

    @property
    def progress(self) -> str:
        """Epochs done of epochs planned, as ``3 of 10 done``: the epoch under way is not among them."""
        return f"{self.values['epochs']} of {self.values['planned_epochs']} done"


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


def table_row(
    part: Fixed,
    summary: Summary,
    parent: "TableRow | None" = None,
    foreseen: Mapping[str, Any] | None = None,
) -> TableRow:
    """Return a run's row as it is now.

    Args:
        parent: the row of the run that it started from; None where it started from none or that is gone.
        foreseen: what can be told of it before its worker does, as ``foreseen.foreseen`` gives it.
    """
    images = summary.dataset.test_images if summary.dataset else None
    told = results.measured(summary)
    told |= {key: value for key, value in (foreseen or {}).items() if told[key] is None}
    values = {**part.values, **told, "test_images": images}
    points, apart = _against(values, parent)
    held_against = standard(part.course, summary.dataset, part.experiment.training)
    values |= results.course_cells(held_against)
    found = verdict(values["accuracy"], held_against.judging)
    return TableRow(
        values, summary.state, part.experiment, summary.reason, diverged(summary), found, points, apart
    )


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
    differs = [name for name, ours, theirs in pairs if ours != theirs or None in ours]
    seeds = {first["split_seed"], second["split_seed"]} - {None}
    if "images" in differs and len(seeds) == 2 and first["dataset"] == second["dataset"]:
        differs[differs.index("images")] = "test images"
    return tuple(differs)


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
