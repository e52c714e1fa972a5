"""Checkpoints of a run: written so that continuing from one ends as if it had never stopped.

``tuilab.runs.checkpoints`` tells what they are on disk. Keras's own ``BackupAndRestore`` writes in place,
knows whole epochs only, and writes the weights that never change once more each time.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.files.atomic import whole_folder
from tuilab.files.regular import open_regular
from tuilab.runs.checkpoints import (
    FROZEN,
    MANIFEST,
    OPTIMIZER,
    TRAINED,
    CheckpointManifest,
    Position,
    Saved,
    sha256,
    share,
)
from tuilab.runs.journal.records import Epoch, WeightsRecord
from tuilab.runs.seals import sealed
from tuilab.terminal import clean


class Checkpointer:
    """Writes the checkpoints of one training."""

    def __init__(
        self,
        folder: Path,
        network: Any,
        optimizer: Any,
        *,
        experiment_digest: str,
        dataset_digest: str,
        weights: WeightsRecord,
        optimizer_kind: str,
        features: bool,
        before: Saved | None,
    ) -> None:
        """Prepare.

        Args:
            folder: the run's folder of checkpoints.
            network: the whole network; its flags are set and do not change any more.
            optimizer: built.
            features: whether it trains from frozen features.
            before: the checkpoint that the network was loaded from; its frozen weights are shared.
        """
        self._folder, self._network, self._optimizer = folder, network, optimizer
        self._trained, self._frozen = places(network)
        self._fixed = {
            "experiment_digest": experiment_digest,
            "dataset_digest": dataset_digest,
            "weights": weights,
            "optimizer": optimizer_kind,
            "features": features,
            "trained": self._trained,
            "frozen": self._frozen,
        }
        self._last = before if before is not None and before.manifest.frozen == self._frozen else None

    def save(self, position: Position, epochs: Sequence[Epoch], seconds: float) -> Saved:
        """Write a checkpoint; it is there whole or not at all.

        Args:
            position: where the training is.
            epochs: every whole epoch so far.
            seconds: work so far.

        Raises:
            OSError: the disk is full or the folder is gone; those before it stay whole.
        """
        weights = self._network.weights
        target = self._folder / position.name
        with whole_folder(target) as draft:
            _write(draft / TRAINED, [weights[n] for n in self._trained])
            _write(draft / OPTIMIZER, optimizer_state(self._optimizer))
            files = {name: sha256(draft / name) for name in (TRAINED, OPTIMIZER)}
            if self._frozen:
                files[FROZEN] = self._put_frozen(draft / FROZEN)
            manifest = CheckpointManifest(
                position=position, epochs=tuple(epochs), seconds=seconds, files=files, **self._fixed
            )
            content = sealed(manifest.model_dump_json().encode())
            _write_bytes(draft / MANIFEST, content)
        self._last = Saved(target, manifest, hashlib.sha256(content).hexdigest())
        return self._last

    def _put_frozen(self, path: Path) -> str:
        """Put the weights that never change in place; return their SHA-256."""
        if self._last is not None:
            try:
                share(self._last.folder / FROZEN, path)
            except FileNotFoundError:
                self._last = None  # somebody deleted it: written from scratch
            else:
                return self._last.manifest.files[FROZEN]
        weights = self._network.weights
        _write(path, [weights[n] for n in self._frozen])
        return sha256(path)


def load_weights(saved: Saved, network: Any) -> None:
    """Put a checkpoint's weights into ``network``, which must have the same layers.

    Raises:
        MissingError: they are of other shapes; nothing is loaded then.
    """
    for variable, array in zip(network.weights, weights_for(saved, network), strict=True):
        variable.assign(array)


def weights_for(saved: Saved, network: Any) -> list[NDArray[Any]]:
    """Return a checkpoint's weights in the order of ``network.weights``; nothing is loaded.

    Raises:
        MissingError: they are of other shapes.
    """
    manifest, variables = saved.manifest, network.weights
    arrays: dict[int, NDArray[Any]] = {}
    for name, numbers in ((TRAINED, manifest.trained), (FROZEN, manifest.frozen)):
        if name in manifest.files:
            arrays |= dict(zip(numbers, _read(saved.folder / name), strict=False))
    fits = sorted(arrays) == list(range(len(variables))) and all(
        _fits(arrays[n], variable) for n, variable in enumerate(variables)
    )
    if not fits:
        raise MissingError(f"the checkpoint {clean(str(saved.folder))} belongs to a different network")
    return [arrays[n] for n in range(len(variables))]


def load_optimizer(saved: Saved, network: Any, optimizer: Any, kind: str) -> bool:
    """Put a checkpoint's optimizer state into a built optimizer.

    Returns:
        False if the state is of another optimizer or of other trained weights; nothing is loaded then.
    """
    if (saved.manifest.optimizer, saved.manifest.trained) != (kind, places(network)[0]):
        return False
    arrays, variables = _read(saved.folder / OPTIMIZER), optimizer_state(optimizer)
    if len(arrays) != len(variables) or not all(map(_fits, arrays, variables)):
        return False
    for array, variable in zip(arrays, variables, strict=True):
        variable.assign(array)
    return True


def places(network: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the places among ``network.weights`` of those that training changes, and of all others.

    A layer of which nothing trains changes nothing: a frozen batch normalization keeps its moving statistics.
    """
    layers = [layer for layer in network._flatten_layers() if not hasattr(layer, "layers")]
    frozen = {id(v) for layer in layers if not layer.trainable_variables for v in layer.weights}
    trained = tuple(n for n, v in enumerate(network.weights) if id(v) not in frozen)
    return trained, tuple(n for n, v in enumerate(network.weights) if id(v) in frozen)


def optimizer_state(optimizer: Any) -> list[Any]:
    """Return an optimizer's variables but for the learning rate, which is the experiment's to set."""
    return [variable for variable in optimizer.variables if variable.name != "learning_rate"]


def _fits(array: NDArray[Any], variable: Any) -> bool:
    return array.shape == tuple(variable.shape) and array.dtype.name == variable.dtype


def _write(path: Path, variables: Sequence[Any]) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        arrays: dict[str, Any] = {str(n): np.asarray(v.numpy()) for n, v in enumerate(variables)}
        np.savez(file, **arrays)


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(content)


def _read(path: Path) -> list[NDArray[Any]]:
    with os.fdopen(open_regular(path), "rb") as file, np.load(file, allow_pickle=False) as arrays:
        return [arrays[str(n)] for n in range(len(arrays.files))]
