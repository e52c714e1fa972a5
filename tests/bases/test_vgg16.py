"""The table of VGG16's base, against the numbers of the paper and of Keras."""

import pytest

from tuilab.bases.named.vgg16 import BASE


def test_it_has_as_many_parameters_as_kerass_base() -> None:
    assert sum(layer.parameters for layer in BASE.layers) == 14_714_688


def test_thirteen_convolutions_in_five_blocks_each_closed_by_a_pool() -> None:
    blocks = [layer.block for layer in BASE.layers if layer.kind == "convolution"]
    assert blocks == [1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
    assert [layer.name for layer in BASE.layers if layer.kind == "pool"] == [
        f"block{b}_pool" for b in range(1, 6)
    ]
    assert len(BASE.layers) == 18
    assert sum(layer.tensors for layer in BASE.layers) == 26


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("block1_conv1", 1_792),
        ("block1_conv2", 36_928),
        ("block2_conv1", 73_856),
        ("block3_conv1", 295_168),
        ("block4_conv1", 1_180_160),
        ("block5_conv3", 2_359_808),
        ("block5_pool", 0),
    ],
)
def test_parameters_of_a_layer(name: str, parameters: int) -> None:
    assert next(layer.parameters for layer in BASE.layers if layer.name == name) == parameters


def test_up_to_keeps_the_named_layer() -> None:
    assert [layer.name for layer in BASE.up_to("block1_pool")] == [
        "block1_conv1",
        "block1_conv2",
        "block1_pool",
    ]
    assert BASE.up_to(BASE.names[-1]) == BASE.layers
    assert len(BASE.up_to(BASE.names[0])) == 1
