"""Convolutions out of small ONNX models made here."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import pytest
from weight_files import TABLE, random_layers

from tuilab.errors import MissingError
from tuilab.sources import base_weights
from tuilab.sources.hdf5_weights import Layers
from tuilab.sources.onnx_weights import read_onnx


def small_model(path: Path, layers: Layers) -> str:
    """Write a chain of convolutions whose tensors have meaningless names; return its SHA-256."""
    nodes, tensors, at = [], [], "input"
    for number, (kernel, bias) in enumerate(layers.values()):
        names = [f"t{9 - number}", f"t{number}x"]
        tensors += [
            onnx.numpy_helper.from_array(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), names[0]),
            onnx.numpy_helper.from_array(bias, names[1]),
        ]
        nodes.append(onnx.helper.make_node("Conv", [at, *names], [f"out{number}"]))
        at = f"out{number}"
    graph = onnx.helper.make_graph(nodes, "g", [], [], initializer=tensors[::-1])
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    return hashed(path)


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_onnx_convolutions_are_taken_in_the_order_of_the_graph(tmp_path: Path) -> None:
    layers, path = random_layers(TABLE), tmp_path / "m.onnx"
    found = read_onnx(path, TABLE, sha256=small_model(path, layers))
    assert base_weights._digest(found) == base_weights._digest(layers)


def test_an_onnx_model_that_is_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    sha256 = small_model(path, random_layers({"block1_conv1": (3, 4), "block1_conv2": (4, 5)}))
    with pytest.raises(MissingError, match="its block1_conv2 is not float32"):
        read_onnx(path, TABLE, sha256=sha256)
    with pytest.raises(MissingError, match="it has 2 convolutions, but must have 1"):
        read_onnx(path, {"block1_conv1": (3, 4)}, sha256=sha256)
    with pytest.raises(MissingError, match="its SHA-256 is"):
        read_onnx(path, TABLE, sha256="0" * 64)


def test_onnx_tensors_kept_in_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    small_model(path, random_layers(TABLE))
    model = onnx.load(path)
    model.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    with pytest.raises(MissingError, match="is not float32"):
        read_onnx(path, TABLE, sha256=hashed(path))
