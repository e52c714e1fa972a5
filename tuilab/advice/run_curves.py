"""A run's curves so far, as the coach reads them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.experiment.experiment import Experiment
from tuilab.presets import Course
from tuilab.results.course import course_of, standard
from tuilab.runs.journal.records import Batch, Epoch
from tuilab.runs.summary import Summary


@dataclass(frozen=True)
class Curves:
    """What a run has shown so far, and what it trains.

    Attributes:
        epochs: finished epochs, oldest first.
        last: the last finished epoch, or the running means of the first one; None before both.
        course: what the course says of the run, nothing if it trains on other images or a part of them.
    """

    summary: Summary
    experiment: Experiment
    epochs: Sequence[Epoch]
    last: Epoch | Batch | None
    course: Course

    @classmethod
    def of(cls, summary: Summary, experiment: Experiment) -> "Curves":
        """Return the curves of a run that waits, trains or has ended."""
        last = summary.epochs[-1] if summary.epochs else summary.batch
        held_against = standard(course_of(summary.manifest.preset), summary.dataset, experiment.training)
        return cls(summary, experiment, summary.epochs, last, held_against.judging)

    def series(self, name: str) -> list[float]:
        """Return a measure of every finished epoch, e.g. ``val_accuracy``."""
        return [math.nan if (value := epoch.value(name)) is None else value for epoch in self.epochs]

    def now(self, name: str) -> float | None:
        """Return the newest value of a measure; None before it was first taken."""
        return self.last.value(name) if self.last is not None else None
