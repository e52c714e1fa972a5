"""Small weight files in every layout that Keras writes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from tuilab.bases.base_network import BaseLayer
from tuilab.bases.named.vgg16 import BASE
from tuilab.sources.hdf5_weights import Layers

SMALL = replace(
    BASE,
    layers=(
        BaseLayer("block1_conv1", "convolution", 1, 3, 4),
        BaseLayer("block1_conv2", "convolution", 1, 4, 2),
    ),
)
"""Two convolutions under VGG16's name."""
TABLE = dict(SMALL.convolutions)


def random_layers(table: Mapping[str, tuple[int, int]]) -> Layers:
    rng = np.random.default_rng(1)
    return {
        name: (rng.random((3, 3, i, o), dtype=np.float32), rng.random(o, dtype=np.float32))
        for name, (i, o) in table.items()
    }


def legacy(
    file: h5py.File, layers: Layers, kernel: str = "{0}/{0}_W_1:0", bias: str = "{0}/{0}_b_1:0"
) -> None:
    file.attrs["layer_names"] = ["input_1", *layers]
    file.create_group("block1_pool")
    for name, (k, b) in layers.items():
        file[kernel.format(name)] = k
        file[bias.format(name)] = b


def legacy_kernel(file: h5py.File, layers: Layers) -> None:
    legacy(file, layers, "{0}/{0}/kernel:0", "{0}/{0}/bias:0")


def legacy_nested(file: h5py.File, layers: Layers) -> None:
    legacy(file, layers, "vgg16/{0}/kernel", "vgg16/{0}/bias")
    file["dense/dense/kernel"] = np.zeros((2, 10), np.float32)


def keras3(file: h5py.File, layers: Layers, inside: str = "", *, named: bool = True) -> None:
    # groups come back sorted by name (conv2d_10 before conv2d_2), as in the real files
    for index, (name, pair) in enumerate(layers.items()):
        group = file.create_group(f"{inside}layers/conv2d" + (f"_{index}" if index else "") + "/vars")
        if named:
            group.attrs["name"] = name
        for number, tensor in enumerate(pair):
            group[str(number)] = tensor
            file[f"optimizer/vars/{2 * index + number + 2}"] = tensor
    file.create_group("vars").attrs["name"] = "model"


def keras3_nested(file: h5py.File, layers: Layers) -> None:
    keras3(file, layers, "layers/functional/")
    file["layers/dense/vars/0"] = np.zeros((2, 10), np.float32)


def keras3_early(file: h5py.File, layers: Layers) -> None:
    keras3(file, layers, "layers/functional/", named=False)


Writer = Callable[[h5py.File, Layers], None]


def written(path: Path, layers: Layers, writer: Writer = legacy) -> Path:
    with h5py.File(path, "w") as file:
        writer(file, layers)
    return path
