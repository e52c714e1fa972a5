"""An ``.npz`` file with x_train, y_train, x_test, y_test as a Dataset.

Every array's header is read before the array: shape and type are checked before memory is taken,
and an array of Python objects (a pickle) is never loaded. What would not fit into the memory that is
free is refused: a zip file of a few megabytes can hold an array of gigabytes.
"""

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from tuilab.errors import MissingError, UsageError, nearest
from tuilab.sources.dataset import SIDE, Dataset
from tuilab.sources.pixels import MOST_PIXELS, fit, fit_all
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import shuffled
from tuilab.terminal import clean

KEYS = ("x_train", "y_train", "x_test", "y_test")
"""The arrays that a file must hold; others are not read."""

_LARGEST = 16 * 2**30  # bytes of one array
_LONGEST_HEADER = 10_000  # bytes; as NumPy has it, which reads all of a longer one before it says so
_MOST_MEMBERS = 10_000
_ROWS = 1024
# NumPy reads a header as Python source, so a damaged one raises what Python's own parsers raise.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, KeyError),
    *(NotImplementedError, SyntaxError, TypeError, IndexError, RecursionError, struct.error),
    tokenize.TokenError,
)
_AGAIN = ("write the file again with numpy.savez, or use another: --data PATH",)
T = TypeVar("T")


def load_arrays(path: Path, *, progress: Progress = silent) -> Dataset:
    """Return the images of an ``.npz`` file, named after the file.

    Images: (n, h, w) or (n, h, w, 1) grey, (n, h, w, 3) RGB, (n, h, w, 4) RGBA on white; integers
    0-255, or floats that are integers 0-255 or that all lie in 0-1 (then scaled by 255). Any size but
    32x32 is resized. Labels: integers (n,) or (n, 1), 0 to k-1 without gaps in y_train, k at least 2;
    classes are named "0", "1", ... A split whose order is not a matter of chance is put into a fixed shuffled
    one, so that its last fifth holds all classes; ``source`` says what was done.

    Raises:
        UsageError: a missing key, or an array of another shape, type or range.
        MissingError: the file cannot be read or is damaged.
    """
    whole = read_arrays(path)
    x_train, x_test = whole["x_train"], whole["x_test"]
    labels = [_labels(path, key, whole[key]) for key in ("y_train", "y_test")]
    for x, y in (("x_train", "y_train"), ("x_test", "y_test")):
        if len(whole[x]) != len(whole[y]):
            raise _wrong(path, f"{x} holds {len(whole[x]):,} images and {y} {len(whole[y]):,} labels")
    classes = _class_count(path, *labels)
    scale = _scale(path, {"x_train": x_train, "x_test": x_test})
    source = ["NumPy arrays"]
    if scale != 1:
        source.append("values 0-1 scaled to 0-255")
    elif max(x_train.max(), x_test.max()) <= 1:
        source.append("whole numbers 0 and 1 read as 0-255, so nearly black (floats of 0 to 1 are scaled)")
    sizes = {x.shape[1:3]: None for x in (x_train, x_test) if x.shape[1:3] != (SIDE, SIDE)}
    if sizes:
        source.append(f"resized from {' and '.join(f'{width}x{height}' for height, width in sizes)}")
    images = [
        _pixels(x, scale, f"{what} images", progress) for x, what in ((x_train, "training"), (x_test, "test"))
    ]
    return shuffled(
        Dataset(
            name=path.resolve().name,
            source=", ".join(source),
            classes=tuple(str(label) for label in range(classes)),
            train_images=images[0],
            train_labels=labels[0],
            test_images=images[1],
            test_labels=labels[1],
        )
    )


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the four arrays as they are stored; their names, shapes and types are looked at before.

    Raises:
        UsageError, MissingError: as ``load_arrays``.
    """
    return _guarded(path, lambda: _read_all(path))


def check_arrays(path: Path) -> None:
    """Raise what the arrays' names, shapes and types already forbid; no array is read.

    Raises:
        UsageError, MissingError: as ``load_arrays``.
    """
    _guarded(path, lambda: _check_headers(path))


def _wrong(path: Path, what: str) -> UsageError:
    return UsageError(f"{clean(str(path))}: {what}")


def _guarded(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except _DAMAGED as e:
        reason = clean(str(e) or type(e).__name__, limit=200)
        raise MissingError(f"{clean(str(path))} is damaged or cannot be read ({reason})", _AGAIN) from e
    except RuntimeError as e:  # zipfile's way to say that a password is needed
        raise _wrong(path, f"the file is locked ({clean(str(e), limit=200)})") from e
    except MemoryError as e:
        raise _wrong(path, "its arrays do not fit in this machine's memory") from e


def _check_headers(path: Path) -> None:
    with zipfile.ZipFile(path) as file:
        names = [name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy")]
        if not names:
            raise _wrong(path, f"a zip file without arrays; it must hold {', '.join(KEYS)} (numpy.savez)")
        if len(names) > _MOST_MEMBERS:
            raise _wrong(path, f"it holds {len(names):,} arrays; it must hold {', '.join(KEYS)}")
        needed = 0
        for key in KEYS:
            if key not in names:
                held = ", ".join(f"'{clean(name, limit=40)}'" for name in names[:8])
                raise _wrong(
                    path, f"no array {key!r}; it holds {held}{clean(nearest(key, set(names) - set(KEYS)))}"
                )
            if names.count(key) > 1:
                raise _wrong(path, f"it holds {names.count(key)} arrays named {key!r}; it must hold one")
            if file.getinfo(f"{key}.npy").compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                # the others are unpacked in blocks of any size
                raise _wrong(path, f"{key} is compressed in a way that numpy.savez does not use")
            with file.open(f"{key}.npy") as member:
                needed += _check_header(path, key, member)
    free = psutil.virtual_memory().available
    if needed > free:
        raise _wrong(path, f"its arrays need {_gib(needed)}, but only {_gib(free)} of memory is free")


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"


def _read_all(path: Path) -> dict[str, NDArray[Any]]:
    _check_headers(path)
    arrays = {}
    with zipfile.ZipFile(path) as file:
        for key in KEYS:
            with file.open(f"{key}.npy") as member:
                arrays[key] = np.lib.format.read_array(
                    member, allow_pickle=False, max_header_size=_LONGEST_HEADER
                )
    return arrays


def _check_header(path: Path, key: str, member: IO[bytes]) -> int:
    """Return the bytes of memory that an array will need, here and as 32x32 images."""
    start = io.BytesIO(member.read(_LONGEST_HEADER))  # a header can claim gigabytes for itself
    version = np.lib.format.read_magic(start)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        raise _wrong(path, f"{key} is stored in an unknown version of NumPy's format {version}")
    shape, _, dtype = read[version](start, max_header_size=_LONGEST_HEADER)
    if dtype.hasobject:
        raise _wrong(path, f"{key} holds Python objects, which are never loaded; it must hold numbers")
    if key.startswith("x"):
        _check_images(path, key, shape, dtype)
    else:
        _check_labels(path, key, shape, dtype)
    size = math.prod(shape) * dtype.itemsize
    if size > _LARGEST:
        raise _wrong(path, f"{key} {shape} is larger than {_LARGEST // 2**30} GiB")
    return size + shape[0] * 3 * SIDE * SIDE if key.startswith("x") else size


def _check_images(path: Path, key: str, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "iuf":
        raise _wrong(path, f"{key} is {dtype}; it must be integers 0-255 or floats")
    if len(shape) == 4 and shape[1] in (1, 3, 4) and shape[3] not in (1, 3, 4):
        raise _wrong(
            path, f"{key} has its channels first, {shape}; they must be last: x.transpose(0, 2, 3, 1)"
        )
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3, 4)) or min(shape) < 1:
        raise _wrong(
            path, f"{key} has shape {shape}; it must be (n, h, w) or (n, h, w, 1, 3 or 4), none of them 0"
        )
    if shape[1] * shape[2] > MOST_PIXELS:
        raise _wrong(
            path, f"{key} has images of {shape[2]}x{shape[1]}; at most {MOST_PIXELS:,} pixels are allowed"
        )


def _check_labels(path: Path, key: str, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
    if len(shape) == 2 and shape[1] > 1:
        raise _wrong(path, f"{key} has shape {shape}, one-hot; it must hold integers: np.argmax(y, axis=1)")
    if dtype.kind not in "iu":
        raise _wrong(path, f"{key} is {dtype}; it must be integers")
    if len(shape) not in (1, 2) or min(shape) < 1:
        raise _wrong(path, f"{key} has shape {shape}; it must be (n,) or (n, 1), n at least 1")


def _labels(path: Path, key: str, labels: NDArray[Any]) -> NDArray[np.int32]:
    lowest, highest = labels.min(), labels.max()
    if lowest < 0 or highest > np.iinfo(np.int32).max:
        raise _wrong(path, f"{key} holds label {lowest if lowest < 0 else highest}; labels must be 0 to k-1")
    return labels.reshape(-1).astype(np.int32)


def _class_count(path: Path, train: NDArray[np.int32], test: NDArray[np.int32]) -> int:
    present = np.unique(train)
    count = len(present)
    if present[-1] != count - 1:
        absent = int(np.argmax(present != np.arange(count)))
        raise _wrong(path, f"labels must be 0 to k-1 without gaps; no image of y_train has label {absent}")
    if count < 2:
        raise _wrong(path, "y_train holds only one class; at least two are needed")
    if test.max() >= count:
        raise _wrong(path, f"y_test holds label {test.max()}, y_train only 0 to {count - 1}")
    return count


def _scale(path: Path, arrays: dict[str, NDArray[Any]]) -> int:
    """Return 255 for floats in 0-1, 1 for values 0-255; both arrays are judged together."""
    ends = {key: (x.min(), x.max()) for key, x in arrays.items()}
    for key, (lowest, highest) in ends.items():
        if np.isnan(lowest):
            raise _wrong(path, f"{key} holds NaN")
        if lowest < 0 or highest > 255:
            raise _wrong(
                path, f"{key} holds {lowest if lowest < 0 else highest}; values must be within 0-255 or 0-1"
            )
    kinds = {x.dtype.kind == "f" for x in arrays.values()}
    if kinds == {True} and all(highest <= 1 for _, highest in ends.values()):
        return 255
    for key, x in arrays.items():
        if x.dtype.kind == "f" and any((part % 1 != 0).any() for part in _parts(x)):
            raise _wrong(
                path,
                f"{key} holds fractions; must be whole numbers 0-255, or floats within 0-1 in both x arrays",
            )
    return 1


def _parts(x: NDArray[Any]) -> list[NDArray[Any]]:
    # In parts, so that a large array is never there twice in floating point.
    return [x[i : i + _ROWS] for i in range(0, len(x), _ROWS)]


def _pixels(x: NDArray[Any], scale: int, what: str, progress: Progress) -> NDArray[np.uint8]:
    if x.dtype != np.uint8:
        whole = np.empty(x.shape, np.uint8)
        for part, out in zip(_parts(x), _parts(whole), strict=True):
            out[...] = np.rint(part * scale) if scale != 1 else part
        x = whole
    if x.shape[1:] == (SIDE, SIDE, 3):
        return np.ascontiguousarray(x)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    return fit_all(list(x), lambda one: fit(Image.fromarray(one)), what=what, progress=progress)
