"""How right a trained network is on test images made harder: blurred, noisy, of low contrast.

What fine-tuning distorts shows on images unlike those that it trained on (Kumar et al. 2022). A pass over
some test images for each shift, and one over the same images as they are.
"""

import math
import time

import numpy as np

from tuilab.engine.probes.image_shifts import SHIFTS, shifted
from tuilab.engine.splits import Split
from tuilab.engine.subject import Subject
from tuilab.runs import measurements
from tuilab.runs.shifts import OnShifted, Shifts

IMAGES = 2000
"""Test images at most: half of the runs of one accuracy differ by a point or less on so many."""
_SEED = 20261127
"""Chooses them: the same for every run."""


def measure(subject: Subject) -> None:
    """Measure, and keep what was found; raises StopRequested and OSError."""
    began, evaluator, test = time.perf_counter(), subject.evaluator(), chosen(subject.parts.test)

    def evaluated(what: str, split: Split) -> tuple[float, float | None]:
        subject.report.phase("evaluating", what, 0, len(split), "images")
        found = evaluator.evaluate(
            split,
            lambda done: subject.report.progress("evaluating", what, done, len(split), "images"),
        )
        nats = found["cross_entropy"]
        return found["accuracy"], nats if math.isfinite(nats) else None

    accuracy, nats = evaluated("test images", test)
    measured = []
    for shift in SHIFTS:
        made = Split(shifted(test.images, shift), test.labels)
        right, cost = evaluated(f"{shift.name} {shift.strength:g}", made)
        measured.append(
            OnShifted(name=shift.name, strength=shift.strength, accuracy=right, cross_entropy=cost)
        )
    measurements.save(
        subject.run,
        "shifts",
        Shifts(
            images=len(test),
            accuracy=accuracy,
            cross_entropy=nats,
            shifted=tuple(measured),
            seconds=round(time.perf_counter() - began, 3),
        ),
    )


def chosen(test: Split) -> Split:
    """Return the test images that it is measured on, in their order: all where they are few."""
    if len(test) <= IMAGES:
        return test
    rows = np.random.default_rng(_SEED).choice(len(test), IMAGES, replace=False)
    return test.rows(np.sort(rows))
