"""A row of numbers for each step of a training, in files: what a probe recorded while a run trained.

PROBE/layout.json       what the columns are, and how many steps an epoch has
PROBE/epoch-00001.rows  of each step its numbers (float32, little endian) and a CRC-32

Every row has its place by its step, so whoever trains a step again writes the same bytes at the same place.
The checksum covers the layout, the epoch and the step too: a row that was never written, is torn or belongs
elsewhere is known as such. A file can be read while it grows.
"""

import os
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from tuilab.errors import MissingError
from tuilab.files.atomic import sync, write_whole
from tuilab.files.private import make_private
from tuilab.files.regular import open_regular
from tuilab.files.small import read_small
from tuilab.runs.seals import digest_of
from tuilab.terminal import clean

LAYOUT = "layout.json"
_CRC = struct.Struct("<I")
_NAME = re.compile(r"epoch-([0-9]{5,6})\.rows")


class Column(BaseModel):
    """Numbers of a row that stand together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, Field(max_length=200)]
    """For example ``block1_conv1_bn/mean``."""
    width: Annotated[int, Field(ge=1, le=1 << 20)]
    """How many numbers it has."""


class Layout(BaseModel):
    """What stands in the rows of a probe."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=2000)]
    steps: Annotated[int, Field(ge=1)]
    """Steps of an epoch."""

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return sum(column.width for column in self.columns)

    @property
    def bytes_per_epoch(self) -> int:
        """What an epoch takes on the disk."""
        return self.steps * self.row.itemsize

    @property
    def row(self) -> np.dtype[Any]:
        """One row in a file."""
        return np.dtype([("values", "<f4", (self.width,)), ("crc", "<u4")])

    def crc(self, values: bytes | memoryview, epoch: int, step: int) -> int:
        """Return the checksum of a row."""
        return zlib.crc32(values, zlib.crc32(b"%d %d" % (epoch, step), self._crc))

    @cached_property
    def _crc(self) -> int:
        return zlib.crc32(digest_of(self.model_dump(mode="json")).encode())


class StepWriter:
    """Writes the rows of one training."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        """Make the folder; records of another layout in it are deleted.

        Raises:
            OSError: it cannot be made or written.
        """
        self.folder, self.layout = folder, layout
        self._row, self._crc = layout.row, layout.crc
        self._epoch, self._step, self._fd = 0, 0, -1
        make_private(folder)
        text = layout.model_dump_json(indent=1) + "\n"
        try:
            same = read_small(folder / LAYOUT) == text
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            _delete_after(folder, 0)
            write_whole(folder / LAYOUT, text, links=False)

    def begin(self, epoch: int, step: int) -> None:
        """Take the rows of an epoch from a step (from 0) on; what was recorded after it is deleted.

        Raises:
            OSError: the disk refuses.
        """
        self.close()
        _delete_after(self.folder, epoch)
        self._fd = open_regular(path_of(self.folder, epoch), os.O_RDWR | os.O_CREAT)
        self._epoch, self._step = epoch, step
        if os.fstat(self._fd).st_size > (size := step * self._row.itemsize):
            os.ftruncate(self._fd, size)

    def write(self, values: NDArray[np.float32]) -> None:
        """Write the rows of the next steps, (steps, width); raises OSError where the disk refuses."""
        block, size = np.zeros(len(values), self._row), self._row.itemsize
        block["values"] = values
        content = memoryview(bytearray(block.tobytes()))
        for n in range(len(values)):
            row = content[n * size : (n + 1) * size]
            _CRC.pack_into(row, size - _CRC.size, self._crc(row[: -_CRC.size], self._epoch, self._step + n))
        at = self._step * size
        while content:
            written = os.pwrite(self._fd, content, at)
            content, at = content[written:], at + written
        self._step += len(values)

    def close(self) -> None:
        """Have what was written on the disk; raises OSError where that refuses."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        sync(self.folder)


@dataclass(frozen=True)
class StepRows:
    """What a probe recorded of a run.

    Attributes:
        folder: where it lies.
        layout: what stands in it.
    """

    folder: Path
    layout: Layout

    @classmethod
    def of(cls, folder: Path) -> "StepRows":
        """Read what is recorded in a folder.

        Raises:
            MissingError: nothing, or its layout is damaged.
        """
        shown = clean(str(folder))
        try:
            return cls(folder, Layout.model_validate_json(read_small(folder / LAYOUT)))
        except FileNotFoundError as error:
            raise MissingError(f"there are no records in {shown}") from error
        except (OSError, ValueError) as error:  # no text, no JSON, no layout
            raise MissingError(f"the records in {shown} are damaged: {LAYOUT} cannot be read") from error

    def so_far(self, epoch: int) -> NDArray[np.float32]:
        """Return the rows of an epoch (from 1) that are there whole, from its first step on: (steps, width).

        Raises:
            MissingError: the file is there, but cannot be read.
        """
        rows = self._read(epoch)
        whole = 0
        for n, row in enumerate(rows):
            if int(row["crc"]) != self.layout.crc(row["values"].tobytes(), epoch, n):
                break
            whole = n + 1
        return rows["values"][:whole].astype(np.float32)

    def whole(self, epoch: int) -> NDArray[np.float32]:
        """Return the rows of a whole epoch (from 1).

        Raises:
            MissingError: a step is missing or damaged; the sentence says which.
        """
        values = self.so_far(epoch)
        if len(values) < self.layout.steps:
            raise MissingError(
                f"what was recorded in {clean(str(path_of(self.folder, epoch)))} is missing or damaged from "
                f"step {len(values) + 1} of {self.layout.steps} on"
            )
        return values

    def _read(self, epoch: int) -> NDArray[Any]:
        path, row = path_of(self.folder, epoch), self.layout.row
        try:
            with os.fdopen(open_regular(path), "rb") as file:
                content = file.read(self.layout.bytes_per_epoch)
        except FileNotFoundError:
            content = b""
        except OSError as error:
            why = clean(error.strerror or str(error))
            raise MissingError(f"{clean(str(path))} cannot be read: {why}") from error
        return np.frombuffer(content, row, count=len(content) // row.itemsize)


def path_of(folder: Path, epoch: int) -> Path:
    """Return the file of an epoch's rows."""
    return folder / f"epoch-{epoch:05}.rows"


def _delete_after(folder: Path, epoch: int) -> None:
    """Delete the rows of later epochs: they are trained again."""
    for path in folder.iterdir():
        if (match := _NAME.fullmatch(path.name)) and int(match[1]) > epoch:
            path.unlink()
