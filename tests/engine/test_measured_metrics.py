"""Every metric of METRICS is measured on training, validation and test images, as NumPy has it."""

from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import new_trainer, small_cnn, small_experiment, small_split, unit

from tuilab.engine import networks
from tuilab.engine.evaluation import measured
from tuilab.engine.splits import Split
from tuilab.runs.journal.records import Batch, Epoch
from tuilab.runs.metrics import METRICS, InTop

TOPS = [metric for metric in METRICS if isinstance(metric.measure, InTop)]


def by_hand(probabilities: Any, labels: Any) -> dict[str, float]:
    """Shares of images whose class is among the most probable ones, the earlier of equal ones first."""
    order = np.argsort(-np.asarray(probabilities), axis=1, kind="stable")
    places = (order == np.asarray(labels)[:, None]).argmax(axis=1)
    return {m.name: float(np.mean(places < m.measure.classes)) for m in TOPS if isinstance(m.measure, InTop)}


def shares(probabilities: Any, labels: Any) -> dict[str, float]:
    values = measured(np.array(labels, np.int32), keras.ops.convert_to_tensor(probabilities), np.zeros(1))
    pairs = zip(METRICS, values, strict=True)
    return {m.name: float(np.mean(value)) for m, value in pairs if isinstance(m.measure, InTop)}


@pytest.mark.parametrize("classes", [2, 3, 4, 10])
def test_a_class_is_among_the_most_probable_ones_as_a_stable_sort_has_it(classes: int) -> None:
    rng = np.random.default_rng(classes)
    probabilities = rng.integers(0, 4, (200, classes)).astype(np.float32) / 4  # many of them equal
    labels = rng.integers(0, classes, 200)
    told = shares(probabilities, labels)
    assert told == pytest.approx(by_hand(probabilities, labels))
    assert told["accuracy"] <= told["top3_accuracy"] <= 1
    assert classes > 3 or told["top3_accuracy"] == 1


def test_a_class_that_the_network_rules_out_is_not_among_the_three_though_the_others_tie() -> None:
    assert shares([[0.0, 1.0, 0.0, 0.0, 0.0]], [4])["top3_accuracy"] == 0
    assert shares([[0.0, 1.0, 0.0, 0.0, 0.0]], [0])["top3_accuracy"] == 1, "the earlier of equal ones"


def test_an_epoch_tells_every_metric_of_training_and_validation() -> None:
    """With steps of 0 nothing changes, so both are those of the network as it stands."""
    keras.utils.set_random_seed(1)
    network = networks.build(small_cnn(), 10)
    training, validation = (Split(s.images, s.labels * 4) for s in (small_split(40), small_split(30, seed=9)))
    records: list[Any] = []
    trainer = new_trainer(small_experiment(), network, training, report=records.append)
    trainer.steps.optimizer.learning_rate.assign(0.0)
    trainer.fit(validation)
    batch, epoch = (next(r for r in reversed(records) if isinstance(r, kind)) for kind in (Batch, Epoch))
    expected = [by_hand(network(unit(s.images)), s.labels) for s in (training, validation)]
    for metric in TOPS:
        assert batch.value(metric.name) == epoch.value(metric.name) == pytest.approx(expected[0][metric.name])
        assert epoch.value(metric.val) == pytest.approx(expected[1][metric.name])
