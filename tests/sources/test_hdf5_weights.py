"""Keras weight files are read as data: every layout, and nothing that is not weights."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from weight_files import (
    SMALL,
    TABLE,
    Writer,
    keras3,
    keras3_early,
    keras3_nested,
    legacy,
    legacy_kernel,
    legacy_nested,
    random_layers,
    written,
)

from tuilab.bases.base_network import BaseLayer
from tuilab.bases.named.vgg16 import BASE
from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources import hdf5_weights
from tuilab.sources.hdf5_weights import check_hdf5, read_hdf5


@pytest.mark.parametrize(
    "writer", [legacy, legacy_kernel, legacy_nested, keras3, keras3_nested, keras3_early]
)
def test_every_layout_of_keras_gives_the_same_tensors(tmp_path: Path, writer: Writer) -> None:
    layers = random_layers(TABLE)
    found = read_hdf5(written(tmp_path / "w.h5", layers, writer), SMALL)
    assert list(found) == list(TABLE)
    for name, (kernel, bias) in found.items():
        np.testing.assert_array_equal(kernel, layers[name][0])
        np.testing.assert_array_equal(bias, layers[name][1])


def test_early_keras_3_files_are_read_in_numeric_order(tmp_path: Path) -> None:
    layers = (BaseLayer(name, "convolution", 1, 1, n) for n, name in enumerate(BASE.convolutions, start=1))
    base = replace(BASE, layers=tuple(layers))
    check_hdf5(written(tmp_path / "w.h5", random_layers(base.convolutions), keras3_early), base)


def refused(path: Path, error: type[TuilabError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        read_hdf5(path, SMALL)
    assert path.name in raised.value.sentence and raised.value.remedies


def test_another_network_is_refused_by_its_first_unfit_layer(tmp_path: Path) -> None:
    wrong = random_layers({"block1_conv1": (3, 4), "block1_conv2": (4, 5)})
    words = "layer block1_conv2 it has 3x3x4x5 and 5, but must have 3x3x4x2 and 2"
    refused(written(tmp_path / "w.h5", wrong), UsageError, words)
    refused(written(tmp_path / "e.h5", wrong, keras3_early), UsageError, words)
    more = random_layers({**TABLE, "block1_conv3": (2, 2)})
    refused(written(tmp_path / "m.h5", more), UsageError, "block1_conv3 .* must have nothing")
    refused(
        written(tmp_path / "n.h5", {}), UsageError, "block1_conv1 it has nothing, but must have 3x3x3x4 and 4"
    )


def test_a_whole_model_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "model.h5", random_layers(TABLE))
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = "{}"
    refused(path, UsageError, "whole model")
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04rest")
    refused(tmp_path / "model.keras", UsageError, "only weight files")


def test_a_file_that_refers_to_other_files_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(4096))
    layers = random_layers(TABLE)
    bias = layers.pop("block1_conv2")[1]

    def external_link(file: h5py.File) -> None:
        file["block1_conv2"] = h5py.ExternalLink(str(secret), "/")

    def soft_link(file: h5py.File) -> None:
        file["block1_conv2"] = h5py.SoftLink("/block1_conv1")

    def external_data(file: h5py.File) -> None:
        group = file.create_group("block1_conv2")
        group.create_dataset("kernel", (3, 3, 4, 2), "<f4", external=[(str(secret), 0, 288)])

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((2,), "<f4")
        layout[:] = h5py.VirtualSource(str(secret), "bias", (2,))
        file.create_group("block1_conv2").create_virtual_dataset("bias", layout)

    for attack in (external_link, soft_link, external_data, virtual):
        path = written(tmp_path / f"{attack.__name__}.h5", layers)
        with h5py.File(path, "a") as file:
            attack(file)
        refused(path, UsageError, r"could name any file")
    assert len(bias) == 2


def test_a_circle_of_hard_links_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "w.h5", random_layers(TABLE))
    with h5py.File(path, "a") as file:
        file["block1_pool/again"] = file["/"]
    read_hdf5(path, SMALL)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    layers = random_layers(TABLE)
    layers["block1_conv2"][1][0] = value
    refused(written(tmp_path / "w.h5", layers), MissingError, "block1_conv2 has NaN")


def test_integers_are_refused(tmp_path: Path) -> None:
    layers = random_layers(TABLE)
    path = written(tmp_path / "w.h5", layers)
    with h5py.File(path, "a") as file:
        del file["block1_conv1/block1_conv1_b_1:0"]
        file["block1_conv1/block1_conv1_b_1:0"] = np.arange(4)
    refused(path, UsageError, "has block1_conv1 as int64, but must have it as float32")


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.h5", random_layers(TABLE)).read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "cut.h5", MissingError, "HDF5 cannot read it")
    (tmp_path / "text.h5").write_text("<html>")
    refused(tmp_path / "text.h5", MissingError, "not an HDF5 file")
    refused(tmp_path / "none.h5", MissingError, "No such file")
    (tmp_path / "dir.h5").mkdir()
    refused(tmp_path / "dir.h5", UsageError, "is a folder")


def test_reading_hdf5_leaves_h5py_for_when_it_is_needed() -> None:
    code = "import sys, tuilab.sources.base_weights; assert not {'h5py', 'onnx', 'keras'} & set(sys.modules)"
    root = Path(hdf5_weights.__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60).returncode == 0
