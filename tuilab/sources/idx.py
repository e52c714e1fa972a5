"""MNIST's own file format: unsigned bytes behind a short header, gzipped.

The shape is known beforehand, so a header that claims another is refused before anything is read, and
not one byte more than that shape needs is unpacked.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.terminal import clean

_UNSIGNED_BYTES = 0x08


def read_idx(path: Path, shape: Sequence[int], remedies: Sequence[str] = ()) -> NDArray[np.uint8]:
    """Return the array in a gzipped idx file.

    Args:
        path: the file.
        shape: what it must hold.
        remedies: what helps if it does not.

    Raises:
        MissingError: it cannot be read, is damaged, or holds anything else.
    """
    count = math.prod(shape)
    expected = struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTES, len(shape), *shape)
    try:
        with gzip.open(path) as file:
            header = file.read(len(expected))
            data = file.read(count + 1) if header == expected else b""
    except (OSError, EOFError, zlib.error) as error:
        why = f"cannot be read ({clean(str(error), limit=200)})"
        raise MissingError(f"{clean(str(path))} {why}", remedies) from error
    if len(data) != count:
        what = " x ".join(f"{size:,}" for size in shape)
        raise MissingError(f"{clean(str(path))} is damaged: it does not hold {what} bytes", remedies)
    return np.frombuffer(data, np.uint8).reshape(shape)
