"""What the course says of a run: asked here by whatever shows it, tables, commands, exports and the coach.

The course trained on CIFAR-10: 50,000 images (of which its assignment 2 holds out the last fifth) and
10,000 to test. It says nothing of a run on other images or on a few of each class (``training.shots``), nor
of one whose images were not read yet. Class
folders with CIFAR-10's ten names and its counts are CIFAR-10. A run on a part of the training images
(``training.limit``) is shown the course's numbers with a note beside them, and is not judged by them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment.experiment import TrainingSpec
from tuilab.presets import Course, Preset
from tuilab.runs.journal.records import DatasetRecord
from tuilab.sources.named import COURSE, DATASETS

_IMAGES = DATASETS[COURSE]
TRAINING, TEST = _IMAGES.training, _IMAGES.test
"""How many images the course has."""


@dataclass(frozen=True)
class Standard:
    """What a run may be held against.

    Attributes:
        course: what the course says of it; nothing if it trained on other images.
        note: how the run differs all the same, e.g. ``10,000 of 50,000 training images``; else empty.
    """

    course: Course = field(default_factory=Course)
    note: str = ""

    @property
    def judging(self) -> Course:
        """What it may be judged by: the course's numbers where it trained on all of the course's images."""
        return Course() if self.note else self.course

    @property
    def band(self) -> str | None:
        """The accuracy that the course expects, as ``0.73-0.76``; None if it expects none."""
        return "-".join(f"{share:.2f}" for share in self.course.expected) if self.course.expected else None


def standard(course: Course, dataset: DatasetRecord | None, training: TrainingSpec) -> Standard:
    """Return what a run is held against.

    Args:
        course: what the course says of its preset.
        dataset: the images that its worker read; None before that.
        training: what the run was asked for.
    """
    if dataset is None or training.shots is not None or not (course.expected or course.recorded):
        return Standard()
    held_out = dataset.validation_images if training.holds_out else 0
    images = dataset.training_images + held_out
    if dataset.name != COURSE:  # that name is given to images whose published checksum was verified
        limited = training.limit is not None and images == training.limit <= TRAINING
        if not (limited or images == TRAINING) or not _looks_like_the_courses(dataset):
            return Standard()
    if training.limit is None or training.limit >= TRAINING:
        return Standard(course)
    return Standard(course, f"{images:,} of {TRAINING:,} training images")


def _looks_like_the_courses(dataset: DatasetRecord) -> bool:
    return frozenset(dataset.classes) == frozenset(_IMAGES.classes) and dataset.test_images == TEST


def course_of(preset: str | None, find: Callable[[str], Preset] = presets.find) -> Course:
    """Return what the course says of a preset; nothing for one that is not there (any more)."""
    try:
        return find(preset).course if preset else Course()
    except UsageError:
        return Course()
