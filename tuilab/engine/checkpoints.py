"""Checkpoints: a network's weights in a folder that is there whole or not at all.

checkpoints/NAME/network.weights.h5   Keras's weights-only file of the root model
checkpoints/NAME/manifest.json        the epoch, and the SHA-256 of the weights
"""

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import h5py
from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import MissingError
from tuilab.terminal import clean

_WEIGHTS = "network.weights.h5"
_MANIFEST = "manifest.json"


class CheckpointManifest(BaseModel):
    """What a checkpoint holds."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    """Epochs that were finished when it was written."""
    sha256: str
    """Of the weight file."""


def save(network: Any, folder: Path, name: str, epoch: int) -> CheckpointManifest:
    """Write the weights of ``network`` as checkpoint ``name``, replacing one of that name.

    Written into a folder of its own beside it, synced, then renamed into place.

    Raises:
        OSError: the disk is full or the folder is gone; an earlier checkpoint of that name stays.
    """
    draft = folder / f".draft-{secrets.token_hex(8)}"
    draft.mkdir(mode=0o700)
    try:
        weights = draft / _WEIGHTS
        network.save_weights(weights)
        weights.chmod(0o600)
        manifest = CheckpointManifest(epoch=epoch, sha256=_sha256(weights))
        (draft / _MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        (draft / _MANIFEST).chmod(0o600)
        for path in (weights, draft / _MANIFEST, draft):
            _sync(path)
        target = folder / name
        if target.exists():
            # a folder cannot be renamed over one that has files: step aside first
            old = folder / f".draft-{secrets.token_hex(8)}"
            target.rename(old)
            try:
                draft.rename(target)
            except BaseException:
                old.rename(target)
                raise
            # the new one stands: an old one that stays behind as a draft is nobody's loss
            shutil.rmtree(old, ignore_errors=True)
        else:
            draft.rename(target)
        _sync(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def load(network: Any, folder: Path, name: str) -> CheckpointManifest:
    """Put the weights of checkpoint ``name`` into ``network``, which must have the same layers.

    Raises:
        MissingError: there is none, it is damaged, or it belongs to another network.
    """
    place = folder / name
    shown = clean(str(place))
    try:
        manifest = CheckpointManifest.model_validate_json((place / _MANIFEST).read_text(encoding="utf-8"))
        found = _sha256(place / _WEIGHTS)
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise MissingError(
            f"the checkpoint {shown} cannot be read: {clean(str(error), limit=200)}"
        ) from error
    if found != manifest.sha256:
        raise MissingError(
            f"the checkpoint {shown} is damaged: its checksum is not the one written beside it"
        )
    held, wanted = _shapes(place / _WEIGHTS), sorted(tuple(v.shape) for v in network.weights)
    if held != wanted:
        # Keras alone would load a network that lacks some of the file's layers, and say nothing
        raise MissingError(
            f"the checkpoint {shown} belongs to another network: its {len(held)} tensors are not of the "
            f"shapes of this one's {len(wanted)}"
        )
    try:
        network.load_weights(place / _WEIGHTS)
    except ValueError as error:
        first = clean(str(error).splitlines()[0], limit=200)
        raise MissingError(f"the checkpoint {shown} belongs to another network: {first}") from error
    return manifest


def _shapes(path: Path) -> list[tuple[int, ...]]:
    """Return the shapes of the tensors in a weight file, sorted."""
    shapes: list[tuple[int, ...]] = []

    def note(_: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            shapes.append(item.shape)

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return sorted(shapes)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
