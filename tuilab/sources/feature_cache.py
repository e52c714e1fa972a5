"""Frozen features on disk: what the frozen part of a base gives for each image, computed once and shared.

cache/features/KEY/features.npy    float32, float16 or bfloat16 (images, ...), read through memory mapping
cache/features/KEY/manifest.json   what it is of, and its checksum
cache/features/KEY.lock            held by whoever computes it

cache/features/.draft-*            what a worker writes now, or was killed at

KEY is the digest of everything that the numbers depend on: the weights of the frozen part, the images, the
layer, how pixels are scaled, the precision. A folder is there whole or not at all. Whoever has read it keeps
reading it when it is deleted.
"""

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab.errors import RunError, UsageError
from tuilab.files import paths
from tuilab.files.atomic import DRAFT, whole_folder
from tuilab.files.locks import holder, lock_on
from tuilab.files.private import make_private, refuse_foreign
from tuilab.files.regular import open_regular, read_regular
from tuilab.sources import leftovers
from tuilab.terminal import clean

FORM = 1
"""Changes when features are computed otherwise, so that old ones are not taken."""
_LONGEST_MANIFEST = 64 * 1024  # bytes
_PIECE = 1 << 22  # bytes read at once
_FEATURES, _MANIFEST = "features.npy", "manifest.json"


@dataclass(frozen=True)
class FeatureKey:
    """What features depend on, and nothing else.

    Attributes:
        weights: SHA-256 of the weights of the frozen part.
        images: the dataset's digest.
        part: which of its images.
        layer: the last layer of the frozen part.
        pixels: how they are scaled, statistics included.
        precision: Keras's dtype policy.
        switches: of the environment, each of which rounds otherwise; empty if none is unusual.
    """

    weights: str
    images: str
    part: Literal["training", "test"]
    layer: str
    pixels: str
    precision: str
    switches: str = ""

    @property
    def name(self) -> str:
        """The folder's name: 32 hex digits."""
        # without what was added later, so that earlier features are found
        parts = {name: value for name, value in asdict(self).items() if value or name != "switches"}
        text = json.dumps({"form": FORM, **parts}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    key: FeatureKey
    images: int
    """How many, from the first on."""
    checksum: int
    """CRC32 of the file."""


@dataclass(frozen=True)
class CachedFeatures:
    """One entry of the cache.

    Attributes:
        folder: where it is.
        key: what it is of.
        images: how many images.
        bytes: on the disk.
        used: when it was last used, seconds since 1970.
    """

    folder: Path
    key: FeatureKey
    images: int
    bytes: int
    used: float


def load(key: FeatureKey, images: int) -> NDArray[Any] | None:
    """Return the features of the first ``images`` images, mapped read-only; None if they are not there.

    Those in bfloat16 come as pairs of bytes (``V2``), as NumPy by itself knows no such type.

    What does not check is deleted: it will be computed again.

    Raises:
        RunError: the cache is another person's.
    """
    folder = _root() / key.name
    try:
        manifest = _manifest(folder)
        if manifest.key != key or manifest.images < images:
            return None
        if _checksum(folder / _FEATURES) != manifest.checksum:
            raise ValueError("the checksum is not the one that was written")
        features = np.load(folder / _FEATURES, mmap_mode="r", allow_pickle=False)
        if len(features) != manifest.images:
            raise ValueError("other features than the manifest says")
        os.utime(folder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError):  # ValidationError is a ValueError
        leftovers.delete(folder)
        return None
    return features[:images]


def holds(key: FeatureKey, images: int) -> bool:
    """Return whether features of so many images are there; whether they are whole, ``load`` sees."""
    try:
        manifest = _manifest(_root() / key.name)
    except (OSError, ValidationError):
        return False
    return manifest.key == key and manifest.images >= images


@contextmanager
def computing(
    key: FeatureKey,
    should_stop: Callable[[], bool],
    waiting: Callable[[int | None], None] = lambda process: None,
) -> Iterator[None]:
    """Hold the lock of a key: of several workers that want the same features one computes them.

    Args:
        should_stop: asked while another one computes; where it says yes, the lock is not waited for.
        waiting: called once where another one computes, with its process id where that is known.
    """
    make_private(_root())
    lock = lock_on(_root() / f"{key.name}.lock")
    reported = False
    while not lock.is_locked:
        with contextlib.suppress(TimeoutError):
            lock.acquire(timeout=0.25)
        if not lock.is_locked and not reported:
            waiting(holder(lock))
            reported = True
        if should_stop():
            break
    try:
        yield
    finally:
        lock.release()


class Writing:
    """Features being written, in the order of the images."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._crc = file, 0

    def append(self, features: NDArray[Any]) -> None:
        """Write those of the next images; raises OSError if the disk is full."""
        # as bytes: bfloat16 offers no buffer
        self.write(np.ascontiguousarray(features).view(np.uint8).data)

    def write(self, content: bytes | memoryview) -> None:
        """Write bytes as they are; NumPy writes the header through this."""
        self._file.write(content)
        self._crc = zlib.crc32(content, self._crc)

    @property
    def checksum(self) -> int:
        """CRC32 of all that was written."""
        return self._crc


@contextmanager
def storing(key: FeatureKey, images: int, shape: tuple[int, ...], dtype: str) -> Iterator[Writing]:
    """Write features, replacing those of the same key; they are there once the context ends without an error.

    Args:
        key: what they are of.
        images: how many will be appended.
        shape: of one image's features.
        dtype: NumPy's name of their type.

    Raises:
        OSError: the disk is full or not writable; nothing is left behind.
        RunError: the cache is another person's.
    """
    make_private(_root())
    with contextlib.ExitStack() as until_it_has_its_name, whole_folder(_root() / key.name) as draft:
        with (draft / _FEATURES).open("xb") as file:
            until_it_has_its_name.callback(os.close, leftovers.mark(file))
            (draft / _FEATURES).chmod(0o600)
            writing = Writing(file)
            header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
            np.lib.format.write_array_header_1_0(writing, {**header, "shape": (images, *shape)})  # type: ignore[arg-type]
            yield writing
        manifest = _Manifest(key=key, images=images, checksum=writing.checksum)
        with (draft / _MANIFEST).open("xb") as file:
            (draft / _MANIFEST).chmod(0o600)
            file.write(manifest.model_dump_json().encode())


def entries() -> list[CachedFeatures]:
    """Return what is in the cache, the longest unused first."""
    found: list[CachedFeatures] = []
    with contextlib.suppress(FileNotFoundError):
        for folder in _root().iterdir():
            if folder.name.startswith(DRAFT) or folder.is_symlink() or not folder.is_dir():
                continue
            try:
                manifest = _manifest(folder)
                size = (folder / _FEATURES).lstat().st_size
                found.append(
                    CachedFeatures(folder, manifest.key, manifest.images, size, folder.stat().st_mtime)
                )
            except (OSError, ValidationError):
                continue
    return sorted(found, key=lambda entry: entry.used)


def make_room(wanted: int, limit: int) -> int:
    """Delete what was longest unused until ``wanted`` more bytes stay below ``limit``; return bytes freed."""
    kept = entries()
    total, freed = sum(entry.bytes for entry in kept), 0
    for entry in kept:
        if total - freed + wanted <= limit:
            break
        freed += min(leftovers.delete(entry.folder)[0], entry.bytes)
    return freed


def sweep() -> int:
    """Delete what killed workers were writing; return how many bytes that were."""
    with contextlib.suppress(OSError, RunError):  # whoever uses the cache is told what is wrong with it
        return leftovers.sweep(_root(), _FEATURES)
    return 0


def clear() -> tuple[int, dict[Path, str]]:
    """Delete everything but what is being written or computed now.

    Returns:
        How many bytes are gone, and what could not be deleted, with the reason.
    """
    return leftovers.clear(_root(), _FEATURES)


def limit() -> int:
    """Return how many bytes the cache may hold: ``TUILAB_CACHE_GIB``, 20 if that is not set.

    Raises:
        UsageError: it is set to something that is not a number of at least 0.
    """
    text = os.environ.get("TUILAB_CACHE_GIB", "20")
    try:
        size = float(text)
        if not 0 <= size < float("inf"):
            raise ValueError
    except ValueError as error:
        raise UsageError(
            f"TUILAB_CACHE_GIB = '{clean(text, limit=40)}' is not allowed: it must be "
            "a number of GiB, such as 20"
        ) from error
    return int(size * (1 << 30))


def _root() -> Path:
    root = paths.features()
    refuse_foreign(root)
    return root


def _manifest(folder: Path) -> _Manifest:
    return _Manifest.model_validate_json(read_regular(folder / _MANIFEST, _LONGEST_MANIFEST))


def _checksum(path: Path) -> int:
    crc = 0
    with os.fdopen(open_regular(path), "rb") as file:
        while piece := file.read(_PIECE):
            crc = zlib.crc32(piece, crc)
    return crc
