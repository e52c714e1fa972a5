"""One batch file of CIFAR-10 or the like, as bytes, to images and labels: pickled, or the binary version."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError, UsageError
from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.dataset import SIDE
from tuilab.sources.restricted_pickle import load_pickle
from tuilab.terminal import clean

MOST_CLASSES = 1000
"""Classes that a file may name."""

LONGEST_CLASS = 300
"""Characters of a class's name."""

_PIXELS = 3 * SIDE * SIDE

Batch = tuple[NDArray[np.uint8], NDArray[np.int32]]
"""Images uint8 (n, 32, 32, 3) and their labels int32 (n,)."""


def read_binary_batch(data: bytes, files: CifarFiles, *, what: str, classes: Sequence[str]) -> Batch:
    """Return the images of a ``.bin`` file: records of one label byte and 3,072 pixel bytes.

    Args:
        data: the whole file.
        files: the data set that it belongs to.
        what: the file's name for error sentences; not yet cleaned.
        classes: a label is an index into them.

    Raises:
        MissingError: the file is empty or does not end with a record.
        UsageError: a label has no class.
    """
    if not data or len(data) % (1 + _PIXELS):
        raise MissingError(
            f"{clean(what)} is damaged: {len(data):,} bytes are not a whole number of images of "
            f"{1 + _PIXELS:,} bytes each",
            (f"unpack the archive again, or download it again: tuilab fetch {files.name}",),
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, 1 + _PIXELS)
    return _images(records[:, 1:]), _labels(records[:, 0], what, classes)


def read_python_batch(data: bytes, files: CifarFiles, *, what: str, classes: Sequence[str]) -> Batch:
    """Return the images of a pickled batch: a dict with ``data`` uint8 (n, 3072) and its labels.

    Args and errors: as ``read_binary_batch``, and UsageError for a pickle that holds anything else.
    """
    batch = _dict(load_pickle(data, what=what), files, what)
    wrong = f"{clean(what)} is not a {files.title} batch:"
    for key in ("data", files.labels):
        if key not in batch:
            raise UsageError(f"{wrong} it has no {key!r}")
    pixels, labels = batch["data"], batch[files.labels]
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (_PIXELS,):
        kind = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise UsageError(f"{wrong} data is {kind}, but must be uint8 (n, {_PIXELS})")
    if isinstance(labels, list) and all(type(label) is int for label in labels):
        # Clipped first: an integer of any length would not fit an array, and is no label either way.
        labels = np.array([min(max(label, -1), 2**31 - 1) for label in labels], np.int64)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise UsageError(f"{wrong} {files.labels} must be a list of integers")
    if len(labels) != len(pixels) or not len(labels):
        raise UsageError(f"{clean(what)} holds {len(pixels):,} images and {len(labels):,} labels")
    return _images(pixels), _labels(labels, what, classes)


def read_binary_names(data: bytes, *, what: str) -> tuple[str, ...]:
    """Return the class names of ``batches.meta.txt``, one a line; UsageError for fewer than two."""
    lines = data.decode("utf-8", "backslashreplace").splitlines()
    return _names([line.strip() for line in lines if line.strip()], what)


def read_python_names(data: bytes, files: CifarFiles, *, what: str) -> tuple[str, ...]:
    """Return the class names of a pickled ``batches.meta`` (its ``label_names``) or the like.

    Raises:
        UsageError: there are none, fewer than two, or they are no texts.
        MissingError: the file is damaged.
    """
    names = _dict(load_pickle(data, what=what), files, what).get(files.label_names)
    if not isinstance(names, list):
        *_, meta = files.python
        raise UsageError(
            f"{clean(what)} is not a {files.title} {meta}: it has no list of {files.label_names}"
        )
    return _names([_text(name) for name in names], what)


def _names(names: list[str | None], what: str) -> tuple[str, ...]:
    texts = [name for name in names if name]
    if len(texts) != len(names) or len(texts) < 2:
        raise UsageError(f"{clean(what)} names {len(texts)} classes; at least two are needed, each a string")
    if len(texts) > MOST_CLASSES:
        raise UsageError(f"{clean(what)} names {len(texts):,} classes; at most {MOST_CLASSES:,} are allowed")
    longest = max(map(len, texts))
    if longest > LONGEST_CLASS:
        raise UsageError(
            f"{clean(what)} has a class name of {longest:,} characters; at most {LONGEST_CLASS} are allowed"
        )
    return tuple(texts)


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else None


def _dict(value: Any, files: CifarFiles, what: str) -> dict[str, Any]:
    # Python 2 wrote the keys as bytes, Python 3 writes them as text.
    if not isinstance(value, dict):
        raise UsageError(
            f"{clean(what)} is not a {files.title} file: it holds a {type(value).__name__}, not a dict"
        )
    return {_text(key) or "": item for key, item in value.items()}


def _images(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # (n, 3072) is a red, a green and a blue plane, each row by row.
    return np.ascontiguousarray(planes.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1))


def _labels(labels: NDArray[Any], what: str, classes: Sequence[str]) -> NDArray[np.int32]:
    wrong = (labels < 0) | (labels >= len(classes))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise UsageError(
            f"{clean(what)} holds label {labels[at]} at image {at:,}; {len(classes)} classes allow "
            f"0 to {len(classes) - 1}"
        )
    return labels.astype(np.int32)
