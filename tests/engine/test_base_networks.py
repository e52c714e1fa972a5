"""Bases as they are declared, built, and compared with what Keras's own function makes."""

from pkgutil import resolve_name
from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, small_cnn, transfer

from tuilab.bases.named import BASES
from tuilab.engine import base_networks, networks


@pytest.mark.parametrize("name", BASES)
def test_a_base_is_kerass_own_layer_by_layer_with_the_same_initial_values(name: str) -> None:
    base, shape = BASES[name], (32, 32, 3)
    keras.utils.set_random_seed(1)
    theirs: Any = resolve_name(base.keras)(include_top=False, weights=None, input_shape=shape)
    keras.utils.set_random_seed(1)
    ours = base_networks.build(base, base.names[-1])
    assert ours.name == name == theirs.name
    assert [config(layer) for layer in ours.layers[1:]] == [config(layer) for layer in theirs.layers[1:]]
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def config(layer: Any) -> tuple[str, dict[str, Any]]:
    return type(layer).__name__, layer.get_config()


def test_wherever_the_base_ends_the_head_begins_with_the_same_values() -> None:
    starts = []
    for last_layer in ("block5_pool", "block5_conv3"):
        keras.utils.set_random_seed(1)
        network = networks.build(transfer(last_layer=last_layer), CLASSES)
        starts.append(network.get_layer("classes").kernel.numpy())
    np.testing.assert_array_equal(*starts)


def test_a_base_is_found_in_the_network_that_stands_on_one() -> None:
    network = networks.build(transfer(last_layer="block1_pool"), CLASSES)
    assert base_networks.base_in(network) is network.get_layer("vgg16")
    assert base_networks.base_in(networks.build(small_cnn(), CLASSES)) is None
