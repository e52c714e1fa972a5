"""A trained network, in Keras's own form: what other runs start from and other programs read.

checkpoints/NAME/network.weights.h5   Keras's weights-only file of the root model
checkpoints/NAME/manifest.json        the epoch, and the SHA-256 of the weights
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import MissingError
from tuilab.files.atomic import make_sure_of_room, whole_folder
from tuilab.files.small import read_small
from tuilab.runs.checkpoints import sha256
from tuilab.runs.journal.records import Checkpoint
from tuilab.terminal import clean

_WEIGHTS = "network.weights.h5"
_MANIFEST = "manifest.json"


class ModelManifest(BaseModel):
    """What is known of a trained network."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    """Epochs that were finished when it was written."""
    sha256: str
    """Of the weight file."""


def save(network: Any, folder: Path, name: str, epoch: int) -> ModelManifest:
    """Write the weights of ``network`` as ``folder/name``, replacing one of that name.

    Raises:
        OSError: the disk is full or the folder is gone; an earlier one of that name stays.
    """
    with whole_folder(folder / name) as draft:
        weights = draft / _WEIGHTS
        # HDF5 ends the whole process where it closes a file that the disk does not take
        make_sure_of_room(draft, _largest_size(network))
        network.save_weights(weights)
        weights.chmod(0o600)
        manifest = ModelManifest(epoch=epoch, sha256=sha256(weights))
        (draft / _MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        (draft / _MANIFEST).chmod(0o600)
    return manifest


def load(network: Any, folder: Path, name: str, known: Checkpoint | None = None) -> ModelManifest:
    """Put the weights of ``folder/name`` into ``network``, which must have the same layers.

    Args:
        network: what takes them.
        folder, name: where they lie.
        known: what the journal of their run says of them.

    Raises:
        MissingError: there is none, it is damaged, it is not the one that the journal tells of, or it belongs
            to another network.
    """
    place = folder / name
    shown = clean(str(place))
    try:
        manifest = ModelManifest.model_validate_json(read_small(place / _MANIFEST))
        found = sha256(place / _WEIGHTS)
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise MissingError(
            f"the trained model {shown} cannot be read: {clean(str(error), limit=200)}"
        ) from error
    if found != manifest.sha256:
        raise MissingError(
            f"the trained model {shown} is damaged: its checksum is not the one written beside it"
        )
    if known is not None and known.digest != found:
        raise MissingError(f"the trained model {shown} is not the one recorded in its run's journal")
    held, wanted = _shapes(place / _WEIGHTS), sorted(tuple(v.shape) for v in network.weights)
    if held != wanted:
        # Keras alone would load a network that lacks some of the file's layers, and say nothing
        raise MissingError(
            f"the trained model {shown} belongs to a different network: its {len(held)} tensors do not "
            f"have the shapes of this one's {len(wanted)}"
        )
    try:
        network.load_weights(place / _WEIGHTS)
    except ValueError as error:
        first = clean(str(error).splitlines()[0], limit=200)
        raise MissingError(f"the trained model {shown} belongs to a different network: {first}") from error
    return manifest


def _largest_size(network: Any) -> int:
    """Return a size in bytes that the weight file stays below: the numbers, and HDF5's tables about them."""
    numbers = sum(4 * int(np.prod(v.shape)) for v in network.weights)
    return numbers + (len(network.weights) + 64) * 4096


def _shapes(path: Path) -> list[tuple[int, ...]]:
    """Return the shapes of the tensors in a weight file, sorted."""
    shapes: list[tuple[int, ...]] = []

    def note(_: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            shapes.append(item.shape)

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return sorted(shapes)
