"""What a trained network says of every image, beside the journal.

probes/answers/test.npz         of each test image its label and the probability of each class, at the end
probes/answers/validation.npz   the same of the images that were held out
probes/answers/layout.json      of which images ``right.rows`` tells, and how many they are
probes/answers/right.rows       of each epoch one bit an image of the validation set, and a CRC-32

An ``.npz`` is a zip file: each array in it has a checksum. A row of ``right.rows`` has its place by its
epoch, so an epoch that is trained again is written over; its checksum covers layout and epoch.
"""

import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from tuilab.errors import MissingError
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.files.regular import open_regular, read_regular
from tuilab.files.small import read_small
from tuilab.runs.run import Run
from tuilab.runs.seals import digest_of
from tuilab.terminal import clean

NAME = "answers"
"""The folder below that of the run's probes."""
LAYOUT, ROWS = "layout.json", "right.rows"
_LARGEST = 1 << 30
"""Bytes of a file that are read at most: 1,000 classes of 200,000 images are less."""

Part = Literal["validation", "test"]
"""Of a data set."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network says of the images of one part.

    Attributes:
        part: which images.
        epoch: how many epochs it had trained.
        labels: their classes, int32 (n,), from 0.
        probabilities: float32 (n, classes), rows that add up to 1.
    """

    part: Part
    epoch: int
    labels: NDArray[np.int32]
    probabilities: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def said(self) -> NDArray[np.int32]:
        """The class that each image is taken for, int32 (n,): of equal probabilities the earlier one."""
        return self.probabilities.argmax(axis=1).astype(np.int32)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether each image is taken for what it is, (n,)."""
        return self.said == self.labels


class RightLayout(BaseModel):
    """Of what ``right.rows`` tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    part: Part
    """The images that validate: held out, or the test images themselves."""
    images: Annotated[int, Field(ge=1, le=1 << 26)]
    digest: Annotated[str, Field(max_length=200)]
    """Of the images and their order, as the run's record of the data set has it."""

    @property
    def width(self) -> int:
        """Bytes of an epoch's bits."""
        return (self.images + 7) // 8

    def crc(self, bits: bytes, epoch: int) -> int:
        """Return the checksum of an epoch's row (from 1)."""
        head = f"{digest_of(self.model_dump(mode='json'))} {epoch}"
        return zlib.crc32(bits, zlib.crc32(head.encode()))


def folder_of(run: Run) -> Path:
    """Return where a run's answers lie; it need not exist."""
    return run.probes / NAME


def save(run: Run, answers: Answers) -> None:
    """Write the answers of one part, replacing earlier ones; raises OSError where the disk refuses."""
    folder = folder_of(run)
    make_private(folder)
    content = io.BytesIO()
    np.savez_compressed(
        content, epoch=np.int64(answers.epoch), labels=answers.labels, probabilities=answers.probabilities
    )
    write_whole(folder / f"{answers.part}.npz", content.getvalue(), links=False)


def load(run: Run, part: Part) -> Answers:
    """Read what a run's network says of a part's images.

    Raises:
        MissingError: nothing is recorded, or it is damaged.
    """
    path = folder_of(run) / f"{part}.npz"
    try:
        content = read_regular(path, _LARGEST)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            found = Answers(part, int(arrays["epoch"]), arrays["labels"], arrays["probabilities"])
        if found.labels.ndim != 1 or found.probabilities.shape[:1] != found.labels.shape:
            raise ValueError("its arrays do not belong together")
        if found.probabilities.ndim != 2 or not np.isfinite(found.probabilities).all():
            raise ValueError("its probabilities are none")
        if len(found) == 0 or found.labels.min() < 0 or found.labels.max() >= found.probabilities.shape[1]:
            raise ValueError("its labels are of no class")
    except FileNotFoundError as error:
        raise MissingError(
            f"{run.id} did not record what it says of the {part} images",
            [f"if it is done, tuilab look {run.id} --measure computes that from its trained model"],
        ) from error
    # a flipped bit makes a zip file one that is encrypted, or packed in a way that nobody knows
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        why = clean(str(error), limit=200)
        raise MissingError(f"{clean(str(path))} is damaged: {why}") from error
    return found


class RightWriter:
    """Writes which validation images were right after each epoch."""

    def __init__(self, run: Run, layout: RightLayout) -> None:
        """Make the folder; bits of other images in it are deleted. Raises OSError where that is refused."""
        self._folder, self._layout = folder_of(run), layout
        make_private(self._folder)
        text = layout.model_dump_json(indent=1) + "\n"
        try:
            same = read_small(self._folder / LAYOUT) == text
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            (self._folder / ROWS).unlink(missing_ok=True)
            write_whole(self._folder / LAYOUT, text, links=False)

    def write(self, epoch: int, right: NDArray[np.bool_]) -> None:
        """Write an epoch (from 1), and forget later ones: they are trained again. Raises OSError."""
        bits = np.packbits(right).tobytes()
        row = bits + self._layout.crc(bits, epoch).to_bytes(4, "little")
        fd = open_regular(self._folder / ROWS, os.O_RDWR | os.O_CREAT)
        try:
            os.pwrite(fd, row, (epoch - 1) * len(row))
            os.ftruncate(fd, epoch * len(row))
        finally:
            os.close(fd)


@dataclass(frozen=True, eq=False)
class RightByEpoch:
    """Which validation images were right after which epoch.

    Attributes:
        part: which images.
        epochs: those that are recorded whole, from 1, in order.
        right: bool (epochs, images).
    """

    part: Part
    epochs: tuple[int, ...]
    right: NDArray[np.bool_]


def right_by_epoch(run: Run) -> RightByEpoch:
    """Read which validation images were right after each epoch; it may grow meanwhile.

    Raises:
        MissingError: nothing is recorded, or it is damaged.
    """
    folder = folder_of(run)
    try:
        layout = RightLayout.model_validate_json(read_small(folder / LAYOUT))
        content = read_regular(folder / ROWS, _LARGEST)
    except FileNotFoundError as error:
        raise MissingError(f"{run.id} did not record which images it had right after each epoch") from error
    except (OSError, ValueError) as error:
        why = clean(str(error).splitlines()[0], limit=200)
        raise MissingError(f"what {run.id} recorded of each epoch cannot be read: {why}") from error
    size = layout.width + 4
    epochs, rows = [], []
    for n in range(len(content) // size):
        row = content[n * size : (n + 1) * size]
        bits, crc = row[:-4], int.from_bytes(row[-4:], "little")
        if crc == layout.crc(bits, n + 1):  # one that is torn or was never written is left out
            epochs.append(n + 1)
            rows.append(np.unpackbits(np.frombuffer(bits, np.uint8), count=layout.images))
    if not rows:
        raise MissingError(f"{run.id} has recorded no epoch yet")
    return RightByEpoch(layout.part, tuple(epochs), np.array(rows, dtype=np.bool_))
