"""Another momentum, replayed from a run's records: what a run that trains with it has, and validates with."""

from pathlib import Path

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, small_cnn, small_experiment, small_split, values

from tuilab.engine import networks, optimizers, pixels
from tuilab.engine.fast import quick_layers
from tuilab.engine.probes.batch_statistics import NAME
from tuilab.engine.probes.chosen import step_probes
from tuilab.engine.training import Trainer
from tuilab.looks.norms import gaps
from tuilab.runs.step_rows import StepRows

pytestmark = pytest.mark.usefixtures("deterministic")
COUNT, STEPS = 42, 3


def trained(folder: Path, momentum: float) -> tuple[Trainer, object, list[dict[str, float]]]:
    """Train two epochs from the same seed; return trainer, network and what each epoch validates with."""
    keras.utils.set_random_seed(1)
    model = small_cnn(batch_norm=True, bn_momentum=momentum, dropout=0.2)
    experiment = small_experiment(model, epochs=2, probes=(NAME,))
    network = networks.build(experiment.model, CLASSES)
    training, validation = small_split(COUNT), small_split(20, seed=3)
    trainer = Trainer(
        experiment,
        quick_layers.rebuilt(network),
        optimizers.build(experiment.optimizer, "float32"),
        pixels.scaling("unit", training.images),
        training,
        report=lambda record: None,
        should_stop=lambda: False,
        probes=step_probes(experiment.training, network, folder, steps=STEPS, report=lambda note: None),
    )
    validated = []
    for epoch in (1, 2):
        trainer.train_epoch(epoch)
        validated.append(trainer.evaluate(validation))
    return trainer, network, validated


def test_it_gives_the_statistics_and_the_validation_of_a_run_with_that_momentum(tmp_path: Path) -> None:
    slow, network, _ = trained(tmp_path / "slow", 0.99)
    _, other, validated = trained(tmp_path / "fast", 0.8)
    found = gaps(StepRows.of(tmp_path / "slow" / NAME), (0.8, 0.99))
    for m, own in enumerate((other, network)):
        for layer in found.layers:
            held = values(own)
            for what, replayed in (("mean", found.moving.mean), ("variance", found.moving.variance)):
                np.testing.assert_array_equal(held[f"{layer.name}/moving_{what}"], replayed[m, layer.own])
    for layer in found.layers:
        norm = network.get_layer(layer.name)  # type: ignore[attr-defined]
        norm.moving_mean.assign(found.moving.mean[0, layer.own])
        norm.moving_variance.assign(found.moving.variance[0, layer.own])
    assert slow.evaluate(small_split(20, seed=3)) == validated[-1]
