"""What a network starts from: every tensor where it belongs, or a sentence."""

from typing import Any

import numpy as np
import pytest
from records import STARTED
from small_experiments import CLASSES, small_cnn, small_experiment, transfer

from tuilab.bases.named.vgg16 import BASE
from tuilab.engine import networks, trained_model, weights
from tuilab.errors import MissingError
from tuilab.runs import store
from tuilab.runs.journal.records import (
    AnyRecord,
    DatasetRecord,
    Done,
    Failed,
    Stopped,
    WeightsRecord,
)
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.sources.base_weights import BaseWeights

DATASET = DatasetRecord(
    name="digits",
    source="made here",
    digest="d" * 64,
    classes=["0", "1", "2"],
    training_images=8,
    validation_images=2,
    test_images=2,
)
ORIGIN = WeightsRecord(name="imagenet", source="Keras's cache", digest="w" * 64, attribution="by somebody")
MODEL = small_cnn()


@pytest.fixture(scope="module")
def vgg16() -> BaseWeights:
    """Every convolution's kernel and bias hold its own place in the network."""
    layers = {
        layer.name: (
            np.full((3, 3, layer.channels_in, layer.channels_out), n, np.float32),
            np.full(layer.channels_out, -n, np.float32),
        )
        for n, layer in enumerate(BASE.layers, start=1)
        if layer.tensors
    }
    for tensors in layers.values():
        for tensor in tensors:
            tensor.flags.writeable = False  # as the reader has them
    return BaseWeights(layers, "a test", "digest", "nobody's")


@pytest.mark.parametrize("last_layer", ["block5_pool", "block3_pool", "block2_conv1"])
def test_each_tensor_goes_into_the_layer_of_its_name_and_the_head_is_left_alone(
    last_layer: str, vgg16: BaseWeights
) -> None:
    model = transfer(last_layer=last_layer).model_copy(update={"weights": "imagenet"})
    network = networks.build(model, CLASSES)
    head = {v.path: np.array(v.numpy()) for layer in network.layers[2:] for v in layer.weights}
    record = weights.load_base(network, model, vgg16)
    places = {layer.name: n for n, layer in enumerate(BASE.layers, start=1)}
    loaded = [layer for layer in network.get_layer("vgg16").layers if layer.weights]
    for layer in loaded:
        assert np.all(layer.kernel.numpy() == places[layer.name])
        assert np.all(layer.bias.numpy() == -places[layer.name])
    assert loaded[-1].name == {"block5_pool": "block5_conv3", "block3_pool": "block3_conv3"}.get(
        last_layer, last_layer
    )
    after = {v.path: v.numpy() for layer in network.layers[2:] for v in layer.weights}
    assert all(np.array_equal(head[path], after[path]) for path in head)
    assert record == WeightsRecord(name="imagenet", source="a test", digest="digest", attribution="nobody's")


def test_a_file_of_weights_is_called_by_its_path(vgg16: BaseWeights) -> None:
    model = transfer(last_layer="block1_pool").model_copy(update={"weights": "/some/file.h5"})
    assert weights.load_base(networks.build(model, CLASSES), model, vgg16).name == "file /some/file.h5"


def test_random_weights_are_never_called_vgg16s() -> None:
    assert weights.initial(transfer(), 3) == WeightsRecord(
        name="random",
        source="RANDOM weights in the base, not VGG16's, drawn from seed 3",
        digest="",
    )
    assert weights.initial(MODEL, 3).name == "-"


def parent_of(*records: AnyRecord, save: bool = True) -> tuple[Run, Any]:
    """A run whose journal holds these records, and the network that it trained."""
    run = store.create(small_experiment(MODEL), preset="baseline")
    writer = JournalWriter(run.journal)
    for record in records:
        writer.append(record)
    writer.close()
    network = networks.build(MODEL, CLASSES)
    if save:
        trained_model.save(network, run.checkpoints, weights.FINAL, epoch=1)
    return run, network


def test_a_finished_parents_weights_are_taken_to_the_bit_and_their_origin_is_told() -> None:
    parent, trained = parent_of(STARTED, DATASET, ORIGIN, Done(seconds=1))
    network = networks.build(MODEL, CLASSES)
    record = weights.load_parent(network, parent, DATASET)
    assert all(
        np.array_equal(a, b) for a, b in zip(network.get_weights(), trained.get_weights(), strict=True)
    )
    assert record == ORIGIN.model_copy(update={"source": f"Keras's cache; then trained in run {parent.id}"})


LASTS: list[list[AnyRecord]] = [
    [],
    [Stopped(epoch=1, reason="stopped", seconds=1)],
    [Failed(reason="no", exit_code=4, seconds=1)],
]


@pytest.mark.parametrize("last", LASTS, ids=["still running", "stopped", "failed"])
def test_a_parent_that_did_not_finish_is_refused(last: list[AnyRecord]) -> None:
    parent, _ = parent_of(STARTED, DATASET, ORIGIN, *last)
    with pytest.raises(MissingError, match=f"the parent run {parent.id} did not finish"):
        weights.load_parent(networks.build(MODEL, CLASSES), parent, DATASET)


def test_a_parent_that_trained_on_other_images_is_refused() -> None:
    parent, _ = parent_of(STARTED, DATASET, ORIGIN, Done(seconds=1))
    other = DATASET.model_copy(update={"digest": "e" * 64})
    with pytest.raises(
        MissingError, match="was trained on different images from the ones in digits now"
    ) as caught:
        weights.load_parent(networks.build(MODEL, CLASSES), parent, other)
    assert caught.value.remedies == ("train the parent again: tuilab run --preset baseline --data ...",)


def test_a_parent_whose_model_is_gone_is_refused() -> None:
    parent, _ = parent_of(STARTED, DATASET, ORIGIN, Done(seconds=1), save=False)
    with pytest.raises(MissingError, match="cannot be read"):
        weights.load_parent(networks.build(MODEL, CLASSES), parent, DATASET)


def test_a_parent_of_other_layers_is_refused() -> None:
    parent, _ = parent_of(STARTED, DATASET, ORIGIN, Done(seconds=1))
    with pytest.raises(MissingError, match="belongs to a different network"):
        weights.load_parent(networks.build(small_cnn(dense=9), CLASSES), parent, DATASET)
