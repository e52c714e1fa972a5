"""What a table says was trained is what was trained: counted, compared, and seen to change."""

from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, transfer, values

from tuilab import presets
from tuilab.engine import freezing, networks
from tuilab.errors import RunError
from tuilab.experiment import AdamSpec, TransferSpec

BLOCK1 = ["block1_conv1", "block1_conv2"]
BLOCK2 = ["block2_conv1", "block2_conv2"]
BLOCK3 = ["block3_conv1", "block3_conv2", "block3_conv3"]
BLOCK4 = ["block4_conv1", "block4_conv2", "block4_conv3"]
BLOCK5 = ["block5_conv1", "block5_conv2", "block5_conv3"]
PRESETS: dict[str, list[str]] = {
    "iteration-i": [],
    "iteration-ii": BLOCK5[1:],
    "iteration-iii": BLOCK3,
    "iteration-iv": BLOCK2 + BLOCK3,
    "notebook-i": BLOCK5,
    "notebook-ii": BLOCK5[1:],
    "recorded-i": BLOCK1 + BLOCK2 + BLOCK3 + BLOCK4 + BLOCK5,
    "recorded-ii": BLOCK5[1:],
}
HEAD = {f"{layer}/{w}" for layer in ("dense", "classes") for w in ("kernel", "bias")}
HEAD |= {"dense_bn/gamma", "dense_bn/beta"}
MOVING = {"dense_bn/moving_mean", "dense_bn/moving_variance"}


@pytest.fixture(scope="module")
def whole() -> Any:
    """VGG16 with its head, built once; each test sets the flags that it is about."""
    return networks.build(transfer(), CLASSES)


@pytest.fixture(scope="module")
def three_blocks() -> Any:
    return networks.build(transfer(last_layer="block3_pool"), CLASSES)


def model_of(preset: str) -> TransferSpec:
    model = presets.find(preset).experiment.model
    assert isinstance(model, TransferSpec)
    return model


def flagged(whole: Any, three_blocks: Any, model: TransferSpec) -> Any:
    network = three_blocks if model.last_layer == "block3_pool" else whole
    freezing.set_trained_layers(network.get_layer("vgg16"), model)
    return network


def kernels_and_biases(layers: list[str]) -> set[str]:
    return {f"{layer}/{w}" for layer in layers for w in ("kernel", "bias")}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_trains_the_tensors_that_the_course_names(
    preset: str, whole: Any, three_blocks: Any
) -> None:
    network = flagged(whole, three_blocks, model_of(preset))
    assert {v.path for v in network.trainable_variables} == HEAD | kernels_and_biases(PRESETS[preset])
    record = freezing.check(network, model_of(preset))
    assert record.trained_base_tensors == 2 * len(PRESETS[preset])
    assert record.trained_tensors == 6 + 2 * len(PRESETS[preset])
    parameters = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    assert record.trained_parameters == parameters == sum(layer.trained for layer in record.layers)
    assert record.total_parameters == sum(int(np.prod(v.shape)) for v in network.weights)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["iteration-i", "iteration-ii", "iteration-iv", "recorded-i"])
def test_a_step_changes_the_tensors_that_were_asked_for_and_no_others(preset: str) -> None:
    model = model_of(preset)
    network = networks.build(model, CLASSES)
    rng = np.random.default_rng(0)
    for layer in network.get_layer("vgg16").layers:
        if layer.weights:
            kernel = layer.kernel
            kernel.assign(rng.normal(0, np.sqrt(2 / np.prod(kernel.shape[:-1])), kernel.shape))
    before = values(network)
    experiment = small_experiment(model, AdamSpec(kind="adam"), batch_size=6)
    new_trainer(experiment, network, small_split(6)).train_epoch(1)
    after = values(network)
    changed = {path for path in before if before[path].tobytes() != after[path].tobytes()}
    # moving statistics are estimated, not trained: they follow the batches wherever the head trains
    assert changed == HEAD | MOVING | kernels_and_biases(PRESETS[preset])


@pytest.mark.parametrize(
    ("unfreeze", "base_tensors"),
    [
        *[("none", 0), ("all", 26), ("last-1", 0), ("last-2", 2), ("last-3", 4), ("last-18", 26)],
        *[("from:block5_pool", 0), ("from:block4_conv3", 8), ("blocks:1", 4), ("blocks:1,5", 10)],
    ],
)
def test_what_is_expected_of_a_base_is_what_keras_would_train(
    unfreeze: str, base_tensors: int, whole: Any
) -> None:
    model = transfer(unfreeze=unfreeze)
    freezing.set_trained_layers(whole.get_layer("vgg16"), model)
    assert freezing.expected(model) == freezing.Expected(6 + base_tensors, base_tensors)
    assert len(whole.trainable_variables) == 6 + base_tensors
    freezing.check(whole, model)


@pytest.mark.parametrize("filters", [(2,), (2, 3)])
@pytest.mark.parametrize("convolutions", [1, 2])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_what_is_expected_of_a_cnn_is_what_keras_would_train(
    filters: tuple[int, ...], convolutions: int, batch_norm: bool
) -> None:
    model = small_cnn(filters=filters, convolutions=convolutions, batch_norm=batch_norm, dropout=0.2)
    network = networks.build(model, CLASSES)
    assert freezing.expected(model) == freezing.Expected(len(network.trainable_variables), 0)
    freezing.check(network, model)


def test_a_head_without_batch_normalization_trains_four_tensors() -> None:
    model = transfer(last_layer="block1_pool", head={"batch_norm": False, "dense": 4})
    assert freezing.check(networks.build(model, CLASSES), model).trained_tensors == 4


def test_an_inner_layer_that_was_set_to_train_behind_a_frozen_base_fails_the_run(whole: Any) -> None:
    model = transfer(unfreeze="none")
    base = whole.get_layer("vgg16")
    freezing.set_trained_layers(base, model)
    base.get_layer("block5_conv1").trainable = True
    with pytest.raises(RunError) as caught:
        freezing.check(whole, model)
    assert caught.value.sentence == (
        "the network would train 8 tensors (2 of the base), but the experiment asks for 6, 0 of the base; "
        "the run was not started, because its results would be labelled wrongly"
    )


def test_a_base_that_was_frozen_behind_the_experiments_back_fails_the_run(whole: Any) -> None:
    model = transfer(unfreeze="last-3")
    base = whole.get_layer("vgg16")
    freezing.set_trained_layers(base, model)
    base.trainable = False
    with pytest.raises(RunError, match=r"would train 6 tensors \(0 of the base\).* asks for 10, 4 of the"):
        freezing.check(whole, model)


def test_a_frozen_layer_of_the_head_is_noticed_too(three_blocks: Any) -> None:
    model = transfer(last_layer="block3_pool")
    freezing.set_trained_layers(three_blocks.get_layer("vgg16"), model)
    three_blocks.get_layer("classes").trainable = False
    with pytest.raises(RunError, match="would train 4 tensors"):
        freezing.check(three_blocks, model)
    three_blocks.get_layer("classes").trainable = True


def test_the_trap_itself_keras_trains_inner_layers_of_a_frozen_base() -> None:
    """If Keras ever changes this, the lesson and the notebook presets have to say so."""
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(image)
    base = keras.Model(image, keras.layers.Conv2D(4, 3, name="second")(x), name="base")
    base.trainable = False
    root = keras.Sequential([keras.Input((8, 8, 3)), base, keras.layers.Flatten(), keras.layers.Dense(2)])
    base.get_layer("second").trainable = True
    assert base.trainable is False and base.trainable_variables == []
    assert {v.path for v in root.trainable_variables} >= {"second/kernel", "second/bias"}
    root.compile("sgd", "mse")
    before = values(root)
    root.train_on_batch(np.ones((2, 8, 8, 3), np.float32), np.ones((2, 2), np.float32))
    after = values(root)
    changed = {path for path in before if before[path].tobytes() != after[path].tobytes()}
    assert "second/kernel" in changed and not changed & {"first/kernel", "first/bias"}
