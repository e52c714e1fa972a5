"""Where the ImageNet weights of VGG16's convolution base come from.

Looked up in this order: tuilab's own folders, Keras's cache, the ``offline`` extra, Keras's
download. Of several files of the right name the first whole one is used; where none is whole, the first
is refused with the reason, and nothing is taken from elsewhere in silence. Nothing here imports
TensorFlow or Keras.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tuilab.bases.named import BASES
from tuilab.errors import MissingError, TuilabError, UsageError, nearest
from tuilab.files import paths
from tuilab.sources import onnx_vgg16
from tuilab.sources.checksums import verified
from tuilab.sources.downloads import fetch
from tuilab.sources.hdf5_vgg16 import Layers, LockedError, check_hdf5, read_hdf5
from tuilab.sources.onnx_vgg16 import offline_model, read_onnx
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean

FILE_NAME = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{FILE_NAME}"
MD5 = "6d6bbae143d832006294945121d1f1fc"
"""MD5 of Keras's own file, as ``keras.applications`` has it."""
IMAGENET_DIGEST = "a81fa173748a8bdcb70d670abca028a457413c5ec433ef53d2825b284289bfc9"
"""``Vgg16Weights.digest`` of the ImageNet weights, whatever file holds them."""

ATTRIBUTION = (
    "VGG16 weights by Karen Simonyan and Andrew Zisserman (Visual Geometry Group, University of Oxford), "
    "CC BY 4.0, as converted for Keras"
)
REMEDIES = (
    f"--weights PATH, where PATH is a copy of {FILE_NAME}",
    "tuilab fetch vgg16, on a machine with network access",
    onnx_vgg16.REMEDY,
    "--weights random starts from random values; such runs are marked and learn less",
)

_CONVOLUTIONS = [layer for layer in BASES["vgg16"].layers if layer.kind == "convolution"]
_TABLE = {layer.name: (layer.channels_in, layer.channels_out) for layer in _CONVOLUTIONS}
_BYTES = sum(4 * layer.parameters for layer in _CONVOLUTIONS)
_WHAT = "the VGG16 weights"


@dataclass(frozen=True, eq=False)
class Vgg16Weights:
    """The 13 convolutions of VGG16's base.

    Attributes:
        layers: ``block1_conv1`` ... ``block5_conv3``, in this order, each with its kernel, float32
            (3, 3, in, out), and its bias, float32 (out,). Finite; read-only.
        source: a noun phrase that says which copy this is, e.g. ``Keras's cache``. May hold text
            from outside: not yet cleaned for a screen.
        digest: SHA-256 (hex) of names and tensors: equal for equal weights in different files.
        attribution: whose work it is, one line.
    """

    layers: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    source: str
    digest: str
    attribution: str


def load_vgg16(weights: str, *, progress: Progress = silent) -> Vgg16Weights:
    """Return VGG16's convolution weights.

    Args:
        weights: ``imagenet``, or the path of a Keras weight file (``.h5`` or ``.weights.h5``).
        progress: told the bytes of a download and of the tensors.

    Raises:
        MissingError: the weights cannot be had, or their file is damaged.
        UsageError: a file of another network, a whole model, or neither name nor path.
    """
    if weights != "imagenet":
        path = _path(weights)
        return _weights(path, f"file {path}", progress)
    label, path = vgg16_location() or ("Keras's download", fetch_vgg16(progress))
    return _weights(path, label, progress)


def check_weights(weights: str) -> None:
    """Raise early what ``load_vgg16`` would raise for a path, without reading its tensors.

    ``imagenet`` and ``random`` pass: whether a download will work shows only when it is tried.

    Raises:
        MissingError: the file is not there or not HDF5.
        UsageError: a file of another network, a whole model, or neither name nor path.
    """
    if weights not in {"imagenet", "random"}:
        check_hdf5(_path(weights), _TABLE)


def vgg16_location() -> tuple[str, Path] | None:
    """Return what ``imagenet`` would use without network: a label and the file; None: nothing.

    Raises:
        MissingError: what would be used is not the ImageNet weights, or the extra is half installed.
    """
    found = _own_file()
    if found is not None:
        return found
    model = offline_model()
    return None if model is None else (onnx_vgg16.SOURCE, model)


def fetch_vgg16(progress: Progress = silent) -> Path:
    """Return a verified file of the ImageNet weights, downloading Keras's if there is none.

    Raises:
        MissingError: the download failed, or a file of that name is something else.
    """
    found = _own_file()
    if found is not None:
        return found[1]
    target = paths.downloads() / FILE_NAME
    fetch(URL, target, md5=MD5, what=_WHAT, progress=progress, remedies=REMEDIES)
    return target


def _own_file() -> tuple[str, Path] | None:
    wrong: MissingError | None = None
    for label, path in _places():
        if os.path.lexists(path):  # a broken link is something to report, not to pass over
            try:
                _check_imagenet(path)
            except MissingError as error:
                wrong = wrong or error
            else:
                return label, path
    if wrong is not None:
        raise wrong
    return None


def _places() -> Iterator[tuple[str, Path]]:
    yield "tuilab's downloads", paths.downloads() / FILE_NAME
    yield "tuilab's home folder", paths.home() / FILE_NAME
    yield "Keras's cache", paths.keras_cache() / "models" / FILE_NAME


def _check_imagenet(path: Path) -> None:
    """Raise unless ``path`` is Keras's file, or another container of the same tensors."""
    if path.is_file() and verified(path, md5=MD5):
        return
    try:
        if _digest(read_hdf5(path, _TABLE)) == IMAGENET_DIGEST:
            return
        why = "its tensors are different"
    except LockedError:
        raise
    except TuilabError as error:
        why = error.sentence.rstrip(".")
    shown = clean(str(path))
    raise MissingError(
        f"{shown} has the name of VGG16's ImageNet weights but is not that file: {why}.",
        (
            f"delete {shown}; the weights are then looked for elsewhere, or downloaded",
            f"--weights {shown} uses it as it is, if it holds VGG16's convolutions",
            *REMEDIES[1:],
        ),
    )


def _path(weights: str) -> Path:
    shown = clean(weights)
    if weights == "random":
        raise UsageError("--weights random has no file to read: the engine generates those values.")
    try:
        path = Path(weights).expanduser()
        known = path.exists()
    except (OSError, RuntimeError) as error:  # too long, or the home of an unknown user
        raise UsageError(f"--weights {shown!r} is not a path: {clean(str(error))}.", REMEDIES) from error
    if not weights or "\0" in weights or not (known or path.suffix or len(path.parts) > 1):
        raise UsageError(
            f"--weights = {shown!r} is not allowed: it must be imagenet, random, or the path of a weight file"
            f"{nearest(weights, ('imagenet', 'random')) or '.'}",
            REMEDIES,
        )
    return path


def _weights(path: Path, source: str, progress: Progress) -> Vgg16Weights:
    progress("loading", _WHAT, 0, _BYTES, "bytes")
    layers = read_onnx(path, _TABLE) if source == onnx_vgg16.SOURCE else read_hdf5(path, _TABLE)
    for kernel, bias in layers.values():
        kernel.flags.writeable = bias.flags.writeable = False
    digest = _digest(layers)
    progress("loading", _WHAT, _BYTES, _BYTES, "bytes")
    known = digest == IMAGENET_DIGEST or not source.startswith("file ")
    attribution = ATTRIBUTION if known else "weights from a file; their author is not known"
    return Vgg16Weights(MappingProxyType(layers), source, digest, attribution)


def _digest(layers: Layers) -> str:
    h = hashlib.sha256()
    for name, tensors in layers.items():
        for tensor in tensors:
            h.update(f"{name} {tensor.shape}\n".encode())
            h.update(np.ascontiguousarray(tensor, dtype="<f4").data)
    return h.hexdigest()
