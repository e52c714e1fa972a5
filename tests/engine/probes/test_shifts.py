"""Accuracy on shifted test images: what Keras says of each of them, and the same images for every run."""

from typing import Any

import keras
import numpy as np
import pytest
from records import DIGITS
from small_experiments import CLASSES, small_cnn, small_experiment, small_split, unit

from tuilab.engine import networks, pixels
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.probes import shifts
from tuilab.engine.probes.image_shifts import SHIFTS, shifted
from tuilab.engine.probes.shifts import IMAGES, chosen
from tuilab.engine.splits import Split, Splits
from tuilab.engine.subject import Subject
from tuilab.engine.telemetry import Reporter
from tuilab.runs import measurements, store
from tuilab.runs.shifts import Shifts
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.usefixtures("deterministic")


class Said:
    """A journal that only remembers its phases."""

    def __init__(self) -> None:
        self.phases: list[str] = []

    def append(self, record: Any, *, durable: bool = False) -> None:
        if record.kind == "phase" and not record.done:
            self.phases.append(record.what)


def subject_of(split: Split, said: Said, stop: Any = lambda: False) -> Subject:
    experiment = small_experiment(small_cnn())
    run = store.create(experiment, preset="baseline")
    keras.utils.set_random_seed(3)
    return Subject(
        run=run,
        summary=summarize(run),
        experiment=experiment,
        dataset=DIGITS,
        parts=Splits(split, split, split),
        scaling=pixels.scaling("unit", split.images),
        network=networks.build(experiment.model, CLASSES),
        report=Reporter(said),
        should_stop=stop,
    )


def test_each_shift_is_measured_as_keras_answers_the_shifted_images() -> None:
    split, said = small_split(60), Said()
    subject = subject_of(split, said)
    shifts.measure(subject)
    found = measurements.load(subject.run, "shifts", Shifts)

    def by_keras(images: Any) -> tuple[float, float]:
        answers = np.asarray(subject.network(unit(images), training=False), np.float64)
        given = answers[np.arange(60), split.labels]
        return float((answers.argmax(1) == split.labels).mean()), float(-np.log(given).mean())

    assert (found.images, found.accuracy) == (60, by_keras(split.images)[0])
    assert found.cross_entropy == pytest.approx(by_keras(split.images)[1], rel=1e-4)
    assert [(one.name, one.strength) for one in found.shifted] == [(s.name, s.strength) for s in SHIFTS]
    for one, shift in zip(found.shifted, SHIFTS, strict=True):
        accuracy, nats = by_keras(shifted(split.images, shift))
        assert one.accuracy == accuracy and one.cross_entropy == pytest.approx(nats, rel=1e-4)
    assert said.phases[:2] == ["test images", "blur 0.4"] and found.seconds > 0


def test_of_many_images_the_same_are_taken_for_every_run() -> None:
    count = 10_000
    images = np.zeros((count, 1, 1, 3), np.uint8)
    many = Split(images, np.arange(count, dtype=np.int32))
    rows = chosen(many).labels
    assert len({*rows.tolist()}) == IMAGES and (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, chosen(many).labels)
    assert rows.mean() == pytest.approx(count / 2, rel=0.05), "from all over the test set"
    few = Split(images[:IMAGES], many.labels[:IMAGES])
    assert chosen(few) is few


def test_a_measurement_that_is_not_wanted_any_more_leaves_nothing() -> None:
    asked = iter([False, False, True])
    subject = subject_of(small_split(20), Said(), lambda: next(asked))
    with pytest.raises(StopRequested):
        shifts.measure(subject)
    assert not measurements.path_of(subject.run, "shifts").exists()
