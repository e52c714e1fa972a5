"""Checkpoints on disk: their names, what they say of themselves, which are kept, how a fork takes one.

checkpoints/epoch-00003/                after 3 whole epochs
checkpoints/epoch-00003-step-000120/    after 3 whole epochs and 120 steps of the next one
    trained.npz     what training changes: weights, moving statistics
    frozen.npz      all other weights; one file under many names (hard links) as long as it stays the same
    optimizer.npz   the optimizer's state
    manifest.json   where the training was, every epoch so far, the SHA-256 of each file

What is in the files is the engine's business; nothing here knows TensorFlow.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tuilab.errors import MissingError
from tuilab.files.atomic import DRAFT, whole_folder
from tuilab.files.regular import open_regular, read_regular
from tuilab.runs.journal.records import Checkpoint, Epoch, WeightsRecord
from tuilab.runs.metrics import ALWAYS
from tuilab.runs.seals import unbroken
from tuilab.terminal import clean

TRAINED, FROZEN, OPTIMIZER, MANIFEST = "trained.npz", "frozen.npz", "optimizer.npz", "manifest.json"
_LARGEST = 256 << 20
"""Bytes of a manifest: 100,000 epochs take 25 MB."""
_NAME = re.compile(r"epoch-([0-9]{5,6})(?:-step-([0-9]{6,9}))?")
_KEPT = 2
"""Newest checkpoints of whole epochs that are kept, beside the best."""


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


_FIRST_SUMS = ("accuracy", "cross_entropy", "penalty", "gradient_norm", "images", "steps", "taken")


def _named_sums(sums: object) -> object:
    """Return sums by their names; checkpoints of earlier versions hold them in this order, without names."""
    if isinstance(sums, Mapping):
        given: Mapping[Any, Any] = sums
        if given and not set(_FIRST_SUMS) <= set(given):
            raise ValueError("a sum of the epoch under way is missing")
    elif isinstance(sums, Sequence) and len(sums) in (0, len(_FIRST_SUMS)):
        return dict(zip(_FIRST_SUMS, sums, strict=False))
    return sums


@dataclass(frozen=True)
class Position:
    """Where training is, at a batch boundary: with weights and optimizer, all that the next step needs.

    The order of images and the seeds of dropout derive from (seed, epoch), so a whole epoch needs no more.

    Attributes:
        epoch: whole epochs.
        step: steps of the next one.
        sums: the running sums of that epoch's means, by their names; empty at step 0.
        dropouts: the state of each dropout layer's generator; empty at step 0.
        seconds: spent on that epoch.
    """

    epoch: Annotated[int, Field(ge=0)] = 0
    step: Annotated[int, Field(ge=0)] = 0
    sums: Annotated[Mapping[str, float], BeforeValidator(_named_sums)] = field(default_factory=dict)
    dropouts: tuple[tuple[int, ...], ...] = ()
    seconds: Seconds = 0.0

    @property
    def name(self) -> str:
        """The name of the checkpoint that is written here."""
        return f"epoch-{self.epoch:05}" + (f"-step-{self.step:06}" if self.step else "")


class CheckpointManifest(BaseModel):
    """What a checkpoint says of itself."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", defer_build=True)

    position: Position
    experiment_digest: str
    """Of the experiment that trained it; a fork's own is another."""
    dataset_digest: str
    """Of the images that it trained on."""
    weights: WeightsRecord
    """What the network started from."""
    optimizer: str
    """The optimizer's kind, whose state is kept."""
    features: bool
    """Whether it trained from frozen features: a run that continues does as before, to the last digit."""
    trained: tuple[int, ...]
    """Places of the weights in ``trained.npz`` among all weights of the network."""
    frozen: tuple[int, ...]
    """Places of those in ``frozen.npz``."""
    epochs: tuple[Epoch, ...]
    """Every whole epoch so far."""
    seconds: Seconds
    """Work so far."""
    files: dict[str, str]
    """SHA-256 of each file beside the manifest."""


@dataclass(frozen=True)
class Saved:
    """A checkpoint on disk whose files are as they were written."""

    folder: Path
    manifest: CheckpointManifest
    digest: str = ""
    """SHA-256 of the manifest's file."""


def read(folder: Path, known: Checkpoint | None = None) -> Saved:
    """Read one checkpoint and check its files.

    Args:
        folder: the checkpoint.
        known: what the journal says of it.

    Raises:
        MissingError: it is not there, damaged, changed, or of a form that this version does not know.
    """
    shown = clean(str(folder))
    try:
        content = read_regular(folder / MANIFEST, _LARGEST)
        digest = hashlib.sha256(content).hexdigest()
        if not unbroken(content):
            raise MissingError(f"the checkpoint {shown} is damaged: its manifest was changed")
        manifest = CheckpointManifest.model_validate_json(content)
        place = position_of(folder.name)
        if place is not None and place != Position(manifest.position.epoch, manifest.position.step):
            raise MissingError(
                f"the checkpoint {shown} is damaged: its manifest belongs to {manifest.position.name}"
            )
        if known and known.manifest not in ("", digest):
            raise MissingError(f"the checkpoint {shown} is not the one recorded in the journal")
        if known and known.digest not in ("", manifest.files.get(TRAINED)):
            raise MissingError(f"the checkpoint {shown} does not have the weights recorded in the journal")
        if not {TRAINED, OPTIMIZER} <= set(manifest.files) <= {TRAINED, FROZEN, OPTIMIZER}:
            raise MissingError(f"the checkpoint {shown} has a format that this version does not know")
        wrong = [name for name, digest in manifest.files.items() if sha256(folder / name) != digest]
    except ValidationError as error:
        raise MissingError(f"the checkpoint {shown} is damaged: its manifest cannot be read") from error
    except OSError as error:
        why = clean(error.strerror or str(error), limit=200)
        raise MissingError(f"the checkpoint {shown} cannot be read: {why}") from error
    if wrong:
        raise MissingError(
            f"the checkpoint {shown} is damaged: {wrong[0]} does not have the checksum that was "
            "recorded for it"
        )
    return Saved(folder, manifest, digest)


def position_of(name: str) -> Position | None:
    """Return where a training was when it wrote the checkpoint of that name; None for another name."""
    match = _NAME.fullmatch(name)
    return Position(int(match[1]), int(match[2] or 0)) if match else None


def listed(checkpoints: Path) -> list[Path]:
    """Return the folders of checkpoints, the most trained first; whether they are whole is not asked.

    Raises:
        MissingError: something else than a folder stands there, or it cannot be read.
    """
    found: list[tuple[int, int, Path]] = []
    try:
        with os.scandir(checkpoints) as entries:
            for entry in entries:
                position = position_of(entry.name)
                if position is not None and entry.is_dir(follow_symlinks=False):
                    found.append((position.epoch, position.step, Path(entry.path)))
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise MissingError(
            f"{clean(str(checkpoints))} is a file, but must be a folder: checkpoints belong there",
            ["move the file away"],
        ) from error
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise MissingError(f"the checkpoints in {clean(str(checkpoints))} cannot be read: {why}") from error
    return [folder for _, _, folder in sorted(found, reverse=True)]


def newest(checkpoints: Path, known: Mapping[str, Checkpoint] = {}) -> tuple[Saved | None, list[str]]:
    """Return the most trained checkpoint that is whole, and a sentence for each one passed over.

    Args:
        checkpoints: the run's folder of them.
        known: what the journal says of them, by their names.
    """
    skipped: list[str] = []
    for folder in listed(checkpoints):
        try:
            return read(folder, known.get(folder.name)), skipped
        except MissingError as error:
            skipped.append(error.sentence)
    return None, skipped


def whole_epochs(checkpoints: Path) -> list[int]:
    """Return the epochs that there is a checkpoint of, ascending."""
    positions = [position_of(folder.name) for folder in listed(checkpoints)]
    return sorted(position.epoch for position in positions if position and not position.step)


def best_epoch(epochs: Sequence[Epoch]) -> int | None:
    """Return the epoch of the best validation accuracy; of equal ones that of the best cross-entropy."""
    if not epochs:
        return None
    ranks = {e.epoch: [metric.goodness(getattr(e, metric.val)) for metric in ALWAYS] for e in epochs}
    return max(epochs, key=lambda e: (*ranks[e.epoch], -e.epoch)).epoch


def prune(checkpoints: Path, latest: Saved, *, keep_all: bool) -> None:
    """Delete what is not kept: all but the two newest whole epochs and the best, and steps before ``latest``.

    Args:
        checkpoints: the run's folder of them.
        latest: the one just written, which stays.
        keep_all: keep every whole epoch.
    """
    whole = whole_epochs(checkpoints)
    kept = set(whole) if keep_all else {*whole[-_KEPT:], best_epoch(latest.manifest.epochs)}
    names = {Position(epoch).name for epoch in kept if epoch is not None} | {latest.folder.name}
    for folder in listed(checkpoints):
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)  # what cannot be deleted is in nobody's way


def sweep(checkpoints: Path) -> None:
    """Delete what a worker that was killed left half-written."""
    for draft in checkpoints.glob(f"{DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)


def adopt(saved: Saved, checkpoints: Path) -> None:
    """Put a checkpoint into another run's folder: the same files, by links where the disk has them.

    Raises:
        OSError: the disk is full or not writable; nothing is left behind.
    """
    with whole_folder(checkpoints / saved.folder.name) as draft:
        for name in (*saved.manifest.files, MANIFEST):
            share(saved.folder / name, draft / name)


def share(source: Path, target: Path) -> None:
    """Give a file another name, or copy it where the disk has no links. Nobody ever writes into either."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)
        target.chmod(0o600)


def sha256(path: Path) -> str:
    """Return a regular file's SHA-256 in hex."""
    with os.fdopen(open_regular(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
