"""Where the pre-trained weights of a base network come from.

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

from tuilab.bases.base_network import BaseNetwork
from tuilab.errors import MissingError, TuilabError, UsageError, nearest
from tuilab.files import paths
from tuilab.sources import onnx_weights
from tuilab.sources.checksums import verified
from tuilab.sources.downloads import fetch
from tuilab.sources.hdf5_weights import Layers, LockedError, check_hdf5, read_hdf5
from tuilab.sources.onnx_weights import offline_model, read_onnx
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean


@dataclass(frozen=True, eq=False)
class BaseWeights:
    """The convolutions of a base.

    Attributes:
        layers: by name, in the order of the base, each with its kernel, float32 (3, 3, in, out), and its
            bias, float32 (out,). Finite; read-only.
        source: a noun phrase that says which copy this is, e.g. ``Keras's cache``. May hold text
            from outside: not yet cleaned for a screen.
        digest: SHA-256 (hex) of names and tensors: equal for equal weights in different files.
        attribution: whose work it is, one line.
    """

    layers: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    source: str
    digest: str
    attribution: str


def remedies(base: BaseNetwork) -> tuple[str, ...]:
    """Return what helps where the pre-trained weights of a base cannot be had."""
    return (
        f"--weights PATH, where PATH is a copy of {base.published.file}",
        f"tuilab fetch {base.name}, on a machine with network access",
        *((onnx_weights.REMEDY,) if base.published.offline else ()),
        "--weights random starts from random values; such runs are marked and learn less",
    )


def load_weights(base: BaseNetwork, weights: str, *, progress: Progress = silent) -> BaseWeights:
    """Return the weights of a base's convolutions.

    Args:
        base: whose.
        weights: ``imagenet``, or the path of a Keras weight file (``.h5`` or ``.weights.h5``).
        progress: told the bytes of a download and of the tensors.

    Raises:
        MissingError: the weights cannot be had, or their file is damaged.
        UsageError: a file of another network, a whole model, or neither name nor path.
    """
    if weights != "imagenet":
        path = _path(base, weights)
        return _weights(base, path, f"file {path}", progress)
    label, path = location(base) or ("Keras's download", fetch_weights(base, progress))
    return _weights(base, path, label, progress)


def check_weights(base: BaseNetwork, weights: str) -> None:
    """Raise early what ``load_weights`` would raise for a path, without reading its tensors.

    ``imagenet`` and ``random`` pass: whether a download will work shows only when it is tried.

    Raises:
        MissingError: the file is not there or not HDF5.
        UsageError: a file of another network, a whole model, or neither name nor path.
    """
    if weights not in {"imagenet", "random"}:
        check_hdf5(_path(base, weights), base)


def location(base: BaseNetwork) -> tuple[str, Path] | None:
    """Return what ``imagenet`` would use without network: a label and the file; None: nothing.

    Raises:
        MissingError: what would be used is not the pre-trained weights, or the extra is half installed.
    """
    found = _own_file(base)
    if found is not None:
        return found
    offline = base.published.offline
    model = None if offline is None else offline_model(offline)
    return None if offline is None or model is None else (offline.label, model)


def fetch_weights(base: BaseNetwork, progress: Progress = silent) -> Path:
    """Return a verified file of the pre-trained weights, downloading Keras's if there is none.

    Raises:
        MissingError: the download failed, or a file of that name is something else.
    """
    found = _own_file(base)
    if found is not None:
        return found[1]
    published = base.published
    target = paths.downloads() / published.file
    what = _what(base)
    fetch(published.url, target, md5=published.md5, what=what, progress=progress, remedies=remedies(base))
    return target


def _own_file(base: BaseNetwork) -> tuple[str, Path] | None:
    wrong: MissingError | None = None
    for label, path in _places(base.published.file):
        if os.path.lexists(path):  # a broken link is something to report, not to pass over
            try:
                _check_published(base, path)
            except MissingError as error:
                wrong = wrong or error
            else:
                return label, path
    if wrong is not None:
        raise wrong
    return None


def _places(file: str) -> Iterator[tuple[str, Path]]:
    yield "tuilab's downloads", paths.downloads() / file
    yield "tuilab's home folder", paths.home() / file
    yield "Keras's cache", paths.keras_cache() / "models" / file


def _check_published(base: BaseNetwork, path: Path) -> None:
    """Raise unless ``path`` is Keras's file, or another container of the same tensors."""
    if path.is_file() and verified(path, md5=base.published.md5):
        return
    try:
        if _digest(read_hdf5(path, base)) == base.published.digest:
            return
        why = "its tensors are different"
    except LockedError:
        raise
    except TuilabError as error:
        why = error.sentence.rstrip(".")
    shown = clean(str(path))
    raise MissingError(
        f"{shown} has the name of {base.title}'s ImageNet weights but is not that file: {why}.",
        (
            f"delete {shown}; the weights are then looked for elsewhere, or downloaded",
            f"--weights {shown} uses it as it is, if it holds {base.title}'s convolutions",
            *remedies(base)[1:],
        ),
    )


def _path(base: BaseNetwork, weights: str) -> Path:
    shown = clean(weights)
    if weights == "random":
        raise UsageError("--weights random has no file to read: the engine generates those values.")
    try:
        path = Path(weights).expanduser()
        known = path.exists()
    except (OSError, RuntimeError) as error:  # too long, or the home of an unknown user
        raise UsageError(
            f"--weights {shown!r} is not a path: {clean(str(error))}.", remedies(base)
        ) from error
    if not weights or "\0" in weights or not (known or path.suffix or len(path.parts) > 1):
        raise UsageError(
            f"--weights = {shown!r} is not allowed: it must be imagenet, random, or the path of a weight file"
            f"{nearest(weights, ('imagenet', 'random')) or '.'}",
            remedies(base),
        )
    return path


def _weights(base: BaseNetwork, path: Path, source: str, progress: Progress) -> BaseWeights:
    size = sum(4 * layer.parameters for layer in base.layers)
    progress("loading", _what(base), 0, size, "bytes")
    offline = base.published.offline
    if offline is not None and source == offline.label:
        layers = read_onnx(path, base.convolutions, sha256=offline.sha256)
    else:
        layers = read_hdf5(path, base)
    for kernel, bias in layers.values():
        kernel.flags.writeable = bias.flags.writeable = False
    digest = _digest(layers)
    progress("loading", _what(base), size, size, "bytes")
    known = digest == base.published.digest or not source.startswith("file ")
    attribution = base.published.attribution if known else "weights from a file; their author is not known"
    return BaseWeights(MappingProxyType(layers), source, digest, attribution)


def _what(base: BaseNetwork) -> str:
    return f"the {base.title} weights"


def _digest(layers: Layers) -> str:
    h = hashlib.sha256()
    for name, tensors in layers.items():
        for tensor in tensors:
            h.update(f"{name} {tensor.shape}\n".encode())
            h.update(np.ascontiguousarray(tensor, dtype="<f4").data)
    return h.hexdigest()
