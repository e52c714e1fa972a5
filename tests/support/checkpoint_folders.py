"""Checkpoints without a network: the files hold any bytes, for what only looks at names and sums."""

from pathlib import Path
from typing import Any

from records import INITIAL, epoch

from tuilab.runs.checkpoints import (
    FROZEN,
    MANIFEST,
    OPTIMIZER,
    TRAINED,
    CheckpointManifest,
    Position,
    Saved,
    sha256,
)
from tuilab.runs.journal.records import Epoch
from tuilab.runs.seals import sealed


def written(
    checkpoints: Path, epochs: int, step: int = 0, *, history: tuple[Epoch, ...] | None = None, **changed: Any
) -> Saved:
    """Write a checkpoint after so many whole epochs and steps."""
    position = Position(epochs, step)
    folder = checkpoints / position.name
    folder.mkdir(parents=True)
    for name in (TRAINED, OPTIMIZER, FROZEN):
        (folder / name).write_bytes(f"{name} of {position.name}".encode())
    content: dict[str, Any] = {
        "position": position,
        "experiment_digest": "e1",
        "dataset_digest": "d1",
        "weights": INITIAL,
        "optimizer": "sgd",
        "features": False,
        "trained": (0,),
        "frozen": (1,),
        "epochs": history if history is not None else tuple(epoch(n) for n in range(1, epochs + 1)),
        "seconds": 1.5,
        "files": {name: sha256(folder / name) for name in (TRAINED, OPTIMIZER, FROZEN)},
        **changed,
    }
    manifest = CheckpointManifest(**content)
    (folder / MANIFEST).write_bytes(sealed(manifest.model_dump_json().encode()))
    return Saved(folder, manifest, sha256(folder / MANIFEST))
