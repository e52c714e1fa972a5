"""The plain Keras version trains what the engine trains: same start, same order, same history."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, transfer

from tuilab import presets
from tuilab.engine import networks as engine_networks
from tuilab.engine.reference import networks as notebook_networks
from tuilab.engine.reference import notebook
from tuilab.engine.reference.images import read
from tuilab.engine.splits import Split
from tuilab.experiment import (
    AdamSpec,
    AdamWSpec,
    DataSpec,
    Experiment,
    HeadSpec,
    OptimizerSpec,
    SgdSpec,
)
from tuilab.experiment.optimizers import RmspropSpec
from tuilab.experiment.toml import to_toml
from tuilab.runs.journal.records import Epoch

COURSE = [p.name for p in presets.load_all() if p.family != "concept" and not p.own]
HEAD = HeadSpec(dense=8)

pytestmark = pytest.mark.slow


def npz(folder: Path, training: Split, test: Split) -> Path:
    path = folder / "images.npz"
    np.savez(path, x_train=training.images, y_train=training.labels, x_test=test.images, y_test=test.labels)
    return path


def engine_history(experiment: Experiment, training: Split, validation: Split) -> list[Epoch]:
    """Return the epochs that the engine reports, from the same seed."""
    keras.utils.set_random_seed(experiment.training.seed)
    network = engine_networks.build(experiment.model, CLASSES)
    epochs: list[Epoch] = []

    def hear(record: Any) -> None:
        if isinstance(record, Epoch):
            epochs.append(record)

    new_trainer(experiment, network, training, report=hear).fit(validation)
    return epochs


def test_a_limit_leaves_the_number_of_classes(tmp_path: Path) -> None:
    labels = np.array([0, 1, 0, 1, 2], np.int32)
    part = Split(np.zeros((5, 32, 32, 3), np.uint8), labels)
    path = npz(tmp_path, part, part)
    images = read(path, small_experiment(limit=4))
    assert images.classes == 3 and images.training[1].shape == (4, 3)


@pytest.mark.parametrize("name", COURSE)
def test_each_of_the_courses_networks_begins_as_the_engines_does(name: str) -> None:
    model = presets.find(name).experiment.model
    keras.utils.set_random_seed(1)
    ours = engine_networks.build(model, 10)
    keras.utils.set_random_seed(1)
    plain = notebook_networks.network(model, 10, None)
    notebook_networks.unfreeze(plain, model)
    for a, b in zip(ours.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert [v.shape for v in ours.trainable_variables] == [v.shape for v in plain.trainable_variables]


@pytest.mark.parametrize(
    ("experiment", "cut"),
    [
        (small_experiment(small_cnn(dropout=0.2, batch_norm=True, l2=0.01), epochs=2), 80),
        (
            small_experiment(
                small_cnn(dropout=0.5, batch_norm=True, bn_position="after"),
                AdamWSpec(kind="adamw", clip_norm=1.0),
                validation="last-20%",
                limit=70,  # the last batch of an epoch is half of one
            ),
            56,
        ),
        (
            small_experiment(
                transfer(last_layer="block2_pool", unfreeze="last-2", head=HEAD, l2=0.001),
                AdamSpec(kind="adam", learning_rate=0.0001),
                validation="last-20%",
                epochs=2,
            ),
            64,
        ),
    ],
    ids=["cnn", "cnn-adamw", "transfer"],
)
def test_the_history_is_the_engines(experiment: Experiment, cut: int, tmp_path: Path) -> None:
    everything, test, limit = small_split(80), small_split(40, seed=1), experiment.training.limit
    training = Split(everything.images[:cut], everything.labels[:cut])
    held_out = Split(everything.images[cut:limit], everything.labels[cut:limit]) if cut < 80 else test
    expected = engine_history(experiment, training, held_out)

    images = read(npz(tmp_path, everything, test), experiment)
    keras.utils.set_random_seed(experiment.training.seed)
    net = notebook_networks.network(experiment.model, CLASSES, None)
    result = notebook.fit(net, experiment, images)

    assert len(result["epoch_seconds"]) == len(expected) == experiment.training.epochs
    for name, numbers in result["history"].items():
        assert numbers == pytest.approx([getattr(e, name) for e in expected], abs=1e-4), name
    assert (result["training_images"], result["validation_images"]) == (cut, len(held_out))


@pytest.mark.parametrize("pixels", ["unit", "standardize", "imagenet"])
def test_pixels_are_scaled_as_the_engine_scales_them(pixels: Any, tmp_path: Path) -> None:
    from tuilab.engine.pixels import scaling

    everything = small_split(50)
    experiment = small_experiment(validation="last-20%", limit=40).model_copy(
        update={"data": DataSpec(source="digits", pixels=pixels)}
    )
    images = read(npz(tmp_path, everything, small_split(10, seed=1)), experiment)
    scale = scaling(pixels, everything.images[:32])
    np.testing.assert_allclose(images.training[0], scale(everything.images[:32]), atol=1e-4)
    np.testing.assert_allclose(images.validation[0], scale(everything.images[32:40]), atol=1e-4)
    np.testing.assert_array_equal(images.validation[1].argmax(axis=1), everything.labels[32:40])


@pytest.mark.parametrize(
    "spec",
    [
        SgdSpec(kind="sgd", momentum=0.9, nesterov=True, clip_norm=1.0),
        AdamSpec(kind="adam", learning_rate=0.0001),
        AdamWSpec(kind="adamw", weight_decay=0.1),
        RmspropSpec(kind="rmsprop", rho=0.8, momentum=0.5, clip_norm=1.0),
    ],
    ids=lambda spec: spec.kind,
)
def test_optimizers_are_configured_as_the_engines(spec: OptimizerSpec) -> None:
    from tuilab.engine import optimizers

    plain, ours = (
        notebook_networks.optimizer(spec).get_config(),
        optimizers.build(spec, "float32").get_config(),
    )
    assert {**plain, "name": ""} == {**ours, "name": ""}


def test_an_experiment_after_then_goes_on_with_the_trained_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = npz(tmp_path, small_split(60), small_split(30, seed=1))
    first = small_experiment(small_cnn(), validation="last-20%")
    paths = []
    for n, epochs in enumerate((3, 1, 1)):
        paths.append(tmp_path / f"{n}.toml")
        training = first.training.model_copy(update={"epochs": epochs})
        paths[n].write_text(to_toml(first.model_copy(update={"training": training})))

    def trained(*words: object) -> list[dict[str, Any]]:
        assert notebook.main([str(word) for word in words]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    alone, second = trained(paths[0], images, "--then", paths[1])
    assert alone["test_cross_entropy"] != second["test_cross_entropy"]
    # the same order of images, but it begins where the first one ended
    assert second["history"]["cross_entropy"][0] < alone["history"]["cross_entropy"][0]
    assert trained(paths[0], images)[0]["history"] == alone["history"]
    assert second["peak_bytes"] > 50e6 and "keras" in second["versions"]


def test_weights_of_a_file_are_in_the_base(tmp_path: Path) -> None:
    donor = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))  # pyright: ignore[reportArgumentType]
    path = tmp_path / "vgg16.weights.h5"
    donor.save_weights(path)
    net = notebook_networks.network(transfer(head=HEAD), CLASSES, str(path))
    for mine, theirs in zip(net.layers[0].weights, donor.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
