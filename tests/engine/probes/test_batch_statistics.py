"""Batch statistics as they are recorded: those that moved the moving ones, and no number changed by it."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_experiments import CLASSES, small_cnn, small_experiment, small_split, transfer, unit, values

from tuilab.engine import networks, optimizers, pixels
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.fast import quick_layers
from tuilab.engine.fast.placement import Place
from tuilab.engine.probes.batch_statistics import NAME
from tuilab.engine.probes.chosen import step_probes
from tuilab.engine.splits import Split, epoch_order
from tuilab.engine.step import StepWay
from tuilab.engine.training import Trainer
from tuilab.experiment import Experiment, TrainingSpec
from tuilab.runs.step_rows import StepRows, path_of

pytestmark = pytest.mark.usefixtures("deterministic")
COUNT, SIZE, STEPS = 42, 16, 3
"""The last batch is smaller."""


def experiment_of(momentum: float = 0.8, **training: Any) -> Experiment:
    model = small_cnn(batch_norm=True, bn_momentum=momentum)
    return small_experiment(model, **{"epochs": 2, "probes": (NAME,), **training})


def trainer_of(
    experiment: Experiment, network: Any, folder: Path, training: Split, *, notes: list[Any], **options: Any
) -> Trainer:
    """A trainer as the worker makes it, with the probes that the experiment names."""
    rest = options.pop("rest", network)
    return Trainer(
        experiment,
        rest,
        optimizers.build(experiment.optimizer, "float32"),
        pixels.scaling("unit", training.images),
        training,
        report=lambda record: None,
        should_stop=options.pop("should_stop", lambda: False),
        probes=step_probes(experiment.training, network, folder, steps=STEPS, report=notes.append),
        **options,
    )


def norm_inputs(network: Any, images: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """What reaches the two batch normalizations, by Keras layer for layer."""
    x: Any = unit(images)
    found = []
    for layer in network.layers[1:]:
        if layer.name.endswith("_bn"):
            found.append(np.asarray(x, np.float64))
        x = layer(x, training=True)
    return found


@pytest.mark.parametrize("quick", [True, False], ids=["our quick layers", "Keras's own"])
def test_what_is_recorded_is_the_mean_and_variance_of_the_batch(tmp_path: Path, quick: bool) -> None:
    training, notes = small_split(COUNT), []
    experiment = experiment_of()
    network = networks.build(experiment.model, CLASSES)
    expected = norm_inputs(network, training.images[epoch_order(COUNT, 1, 1)[:SIZE]])
    for layer in network.layers:  # the look above moved the statistics
        if layer.name.endswith("_bn"):
            layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
            layer.moving_variance.assign(np.ones(layer.moving_variance.shape))
    rest = quick_layers.rebuilt(network) if quick else network
    trainer_of(experiment, network, tmp_path, training, notes=notes, rest=rest).train_epoch(1)

    found = StepRows.of(tmp_path / NAME)
    assert [(c.name, c.width) for c in found.layout.columns] == [
        ("block1_conv1_bn/mean", 4),
        ("block1_conv1_bn/variance", 4),
        ("block1_conv1_bn/factor", 1),
        ("dense_bn/mean", 8),
        ("dense_bn/variance", 8),
        ("dense_bn/factor", 1),
    ]
    wanted = [
        numbers
        for x in expected
        for numbers in (x.mean(tuple(range(x.ndim - 1))), x.var(tuple(range(x.ndim - 1))))
    ]
    rows = found.whole(1)
    assert rows.shape == (STEPS, 26)
    first, count = rows[0], SIZE * 32 * 32
    assert first[[8, 25]] == pytest.approx([(count - 1) / count if quick else 1, 1])
    told = np.concatenate([first[:4], first[4:8] * first[8], first[9:25]])
    np.testing.assert_allclose(told, np.concatenate(wanted), rtol=1e-3, atol=1e-5)
    assert "2 batch normalizations" in notes[0].text and "0.3 kB an epoch" in notes[0].text


@pytest.mark.parametrize("quick", [True, False], ids=["our quick layers", "Keras's own"])
@pytest.mark.parametrize("place", ["memory", "device", "disk"])
def test_the_moving_statistics_follow_from_the_records_with_the_operations_of_the_graph(
    tmp_path: Path, place: Place, quick: bool
) -> None:
    training, experiment = small_split(COUNT), experiment_of(0.6)
    network = networks.build(experiment.model, CLASSES)
    rest = quick_layers.rebuilt(network) if quick else network
    trainer = trainer_of(experiment, network, tmp_path, training, notes=[], way=StepWay(place), rest=rest)
    trainer.fit(small_split(8))
    mean, variance = np.zeros(4, np.float32), np.ones(4, np.float32)
    m, rest = np.float32(0.6), np.float32(1 - 0.6)
    for epoch in (1, 2):
        for row in StepRows.of(tmp_path / NAME).whole(epoch):
            mean = mean * m + row[:4] * rest
            variance = variance * m + row[4:8] * (row[8] * rest)
    np.testing.assert_array_equal(values(network)["block1_conv1_bn/moving_mean"], mean)
    np.testing.assert_array_equal(values(network)["block1_conv1_bn/moving_variance"], variance)


@pytest.mark.parametrize("quick", [True, False], ids=["our quick layers", "Keras's own"])
def test_no_number_of_a_run_changes_with_it(tmp_path: Path, quick: bool) -> None:
    training, validation = small_split(COUNT), small_split(20, seed=3)
    experiment = experiment_of()
    ours, plain = networks.build(experiment.model, CLASSES), networks.build(experiment.model, CLASSES)
    plain.set_weights(ours.get_weights())
    told: dict[str, list[Any]] = {"with": [], "without": []}
    for network, name, probes in ((ours, "with", (NAME,)), (plain, "without", ())):
        changed = experiment.model_copy(
            update={"training": TrainingSpec(**{**experiment.training.model_dump(), "probes": probes})}
        )
        rest = quick_layers.rebuilt(network) if quick else network
        trainer = trainer_of(changed, network, tmp_path / name, training, notes=[], rest=rest)
        for epoch in (1, 2):
            told[name] += [trainer.train_epoch(epoch), trainer.evaluate(validation)]
    assert told["with"] == told["without"]
    for one, other in zip(ours.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    assert not (tmp_path / "without").exists()


def test_a_run_that_continues_in_the_middle_of_an_epoch_records_the_same_bytes(tmp_path: Path) -> None:
    training, experiment = small_split(COUNT), experiment_of()
    whole = networks.build(experiment.model, CLASSES)
    start = whole.get_weights()
    trainer_of(experiment, whole, tmp_path / "whole", training, notes=[]).train_epoch(1)

    network = networks.build(experiment.model, CLASSES)
    network.set_weights(start)
    asked = iter([False, True])
    stopped = trainer_of(
        experiment, network, tmp_path / "parts", training, notes=[], should_stop=lambda: next(asked)
    )
    with pytest.raises(StopRequested):
        stopped.train_epoch(1)
    position, optimizer = stopped.position(), [v.numpy() for v in stopped.steps.optimizer.variables]
    assert 0 < position.step < STEPS
    again = trainer_of(experiment, network, tmp_path / "parts", training, notes=[])
    for variable, value in zip(again.steps.optimizer.variables, optimizer, strict=True):
        variable.assign(value)
    again.resume_from(position)
    again.train_epoch(1)
    one, other = (path_of(tmp_path / name / NAME, 1).read_bytes() for name in ("whole", "parts"))
    assert one == other


def test_a_network_without_one_that_is_trained_records_nothing_and_says_so(tmp_path: Path) -> None:
    experiment = small_experiment(small_cnn(), probes=(NAME,))
    notes: list[Any] = []
    network = networks.build(experiment.model, CLASSES)
    assert step_probes(experiment.training, network, tmp_path, steps=3, report=notes.append) == []
    assert notes[0].text == "batch-statistics has nothing to record: no batch normalization is trained"
    assert not list(tmp_path.iterdir())


def test_of_a_transfer_network_the_heads_is_recorded(tmp_path: Path) -> None:
    experiment = small_experiment(transfer(last_layer="block2_pool"), probes=(NAME,))
    network = networks.build(experiment.model, CLASSES)
    (probe,) = step_probes(experiment.training, network, tmp_path, steps=3, report=lambda note: None)
    assert probe.width == 2 * 256 + 1


def test_a_disk_that_refuses_ends_the_recording_and_not_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, experiment, notes = small_split(COUNT), experiment_of(), []

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    trainer = trainer_of(
        experiment, networks.build(experiment.model, CLASSES), tmp_path, training, notes=notes
    )
    monkeypatch.setattr("os.pwrite", full)
    trainer.train_epoch(1)
    trainer.train_epoch(2)
    said = "batch-statistics is not recorded any more: No space left on device; the training goes on"
    assert [note.text for note in notes[1:]] == [said]
