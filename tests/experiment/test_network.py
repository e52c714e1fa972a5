"""The planned network against formulas worked out by hand; the engine's tests hold it against Keras."""

from math import prod

import pytest
from experiments import cnns, experiments
from hypothesis import given

from tuilab.bases.named.vgg16 import BASE
from tuilab.experiment import CnnSpec, Experiment, HeadSpec, ModelSpec, SgdSpec, TransferSpec
from tuilab.experiment.experiment import learns
from tuilab.experiment.network import PlannedLayer, layer_stack, totals


def stack(model: ModelSpec, classes: int = 10) -> dict[str, PlannedLayer]:
    experiment = Experiment(model=model, optimizer=SgdSpec(kind="sgd"))
    return {layer.name: layer for layer in layer_stack(experiment, classes)}


def tiny(**settings: object) -> CnnSpec:
    """4 filters, then a pool of 4: 32 pixels become 8; 8 units; 3 classes."""
    small = {"filters": (4,), "convolutions": 1, "pool": 4, "dense": 8, "dropout": 0.0}
    return CnnSpec.model_validate({"kind": "cnn", **small, **settings})


def transfer(**settings: object) -> TransferSpec:
    return TransferSpec.model_validate({"kind": "transfer", "weights": "random", **settings})


def test_a_small_cnn_counted_by_hand() -> None:
    layers = stack(tiny(), classes=3)
    assert list(layers) == [
        *["block1_conv1", "block1_conv1_relu", "block1_pool"],
        *["flatten", "dense", "dense_relu", "classes"],
    ]
    convolution = layers["block1_conv1"]
    assert convolution.parameters == convolution.trained == 3 * 3 * 3 * 4 + 4
    assert convolution.output == (32, 32, 4)
    assert convolution.flops == 2 * 27 * 4 * 1024, (
        "a multiply-add for each weight at each pixel, bias left out"
    )
    assert convolution.activations == 32 * 32 * 4
    assert (layers["block1_pool"].output, layers["block1_pool"].block) == ((8, 8, 4), 1)
    assert (layers["flatten"].output, layers["flatten"].activations) == ((256,), 0)
    assert (layers["dense"].parameters, layers["dense"].flops) == (256 * 8 + 8, 2 * 256 * 8)
    assert (layers["classes"].parameters, layers["classes"].output) == (8 * 3 + 3, (3,))
    whole = totals(layers.values())
    assert whole.parameters == whole.trained == 112 + 2056 + 27
    assert whole.flops == 2 * (27 * 4 * 1024 + 256 * 8 + 8 * 3)
    assert whole.activations == 4096 + 4096 + 256 + 8 + 8 + 3


def test_batch_normalization_trains_half_of_what_it_holds() -> None:
    before, after = stack(tiny(batch_norm=True)), stack(tiny(batch_norm=True, bn_position="after"))
    norm = before["block1_conv1_bn"]
    assert (norm.parameters, norm.trained, norm.flops) == (16, 8, 2 * 4096)
    assert list(before)[:3] == ["block1_conv1", "block1_conv1_bn", "block1_conv1_relu"]
    assert list(after)[:3] == ["block1_conv1", "block1_conv1_relu", "block1_conv1_bn"]
    assert totals(before.values()) == totals(after.values())


def test_the_courses_cnn_shrinks_from_32_to_10_to_3_to_1() -> None:
    layers = stack(CnnSpec(kind="cnn"))
    assert [layers[f"block{n}_pool"].output for n in (1, 2, 3)] == [(10, 10, 32), (3, 3, 64), (1, 1, 128)]
    assert layers["dense"].block is None
    assert {layer.part for layer in layers.values()} == {"cnn"}


@pytest.mark.parametrize(
    ("settings", "decay"),
    [
        ({}, ""),
        ({"l2": 0.001}, "L2 0.001"),
        ({"l1": 1e-5}, "L1 1e-05"),
        ({"l1": 0.5, "l2": 0.001}, "L1 0.5 L2 0.001"),
    ],
)
def test_the_penalty_stands_at_the_kernels_it_reaches(settings: dict[str, float], decay: str) -> None:
    layers = stack(tiny(batch_norm=True, **settings))
    assert {name for name, layer in layers.items() if layer.decay} == (
        {"block1_conv1", "dense"} if decay else set()
    )
    assert layers["block1_conv1"].decay == layers["dense"].decay == decay
    assert stack(tiny(decay_dense=False, **settings))["dense"].decay == ""


def test_vgg16s_base_has_its_known_number_of_parameters() -> None:
    layers = stack(transfer())
    base = [layer for layer in layers.values() if layer.part == "base"]
    assert totals(base).parameters == 14_714_688, "Keras's documentation of include_top=False"
    assert totals(base).trained == 0
    assert all(layer.frozen for layer in base)
    assert totals(base).flops == 2 * 313_196_544, "313 million multiply-adds at 32x32"
    assert [layer.output for layer in base if layer.type == "MaxPooling2D"][-1] == (1, 1, 512)


def test_only_what_was_asked_to_train_trains_keeps_activations_and_is_decayed() -> None:
    layers = stack(transfer(unfreeze="last-3", l2=0.001))
    asked = {"block5_conv2", "block5_conv3", "block5_pool"}
    base = [layer for layer in layers.values() if layer.part == "base"]
    assert {layer.name for layer in base if not layer.frozen} == asked
    assert {layer.name for layer in base if layer.activations} == asked
    assert {layer.name for layer in base if layer.decay} == asked - {"block5_pool"}
    assert layers["block5_conv2"].trained == 9 * 512 * 512 + 512
    assert layers["dense"].decay == "L2 0.001"


def test_frozen_layers_behind_one_that_trains_keep_their_activations() -> None:
    layers = stack(transfer(unfreeze="blocks:2", last_layer="block3_pool"))
    assert layers["block3_conv1"].frozen
    assert layers["block3_conv1"].trained == 0
    assert layers["block3_conv1"].activations == 8 * 8 * 256, "gradients pass through it"
    assert layers["block1_conv2"].activations == 0


def test_the_head_can_do_without_its_parts() -> None:
    layers = stack(transfer(head=HeadSpec(dense=16, batch_norm=False, dropout=0.0)))
    head = [layer.name for layer in layers.values() if layer.part == "head"]
    assert head == ["flatten", "dense", "dense_relu", "classes"]


@pytest.mark.parametrize("name", BASE.names)
def test_a_base_cut_at_any_layer_ends_there(name: str) -> None:
    layers = list(stack(transfer(last_layer=name)).values())
    base = [layer for layer in layers if layer.part == "base"]
    assert base[-1].name == name
    assert layers[len(base)].output == (prod(base[-1].output),)


@given(experiments)
def test_every_experiment_has_a_stack_whose_shapes_are_positive(experiment: Experiment) -> None:
    layers = layer_stack(experiment)
    assert len({layer.name for layer in layers}) == len(layers)
    assert layers[-1].output == (10,)
    for layer in layers:
        assert min(layer.output) >= 1
        assert 0 <= layer.trained <= layer.parameters
        calculated = layer.name == "classes" and not learns(experiment.model)
        assert layer.frozen <= ((layer.part == "base" or calculated) and layer.trained == 0)
        assert not layer.decay or layer.trained


@given(cnns())
def test_penalties_and_dropout_change_no_parameter(model: CnnSpec) -> None:
    plain = model.model_copy(update={"l1": 0.0, "l2": 0.0, "dropout": 0.0})
    assert totals(stack(model).values()).parameters == totals(stack(plain).values()).parameters
