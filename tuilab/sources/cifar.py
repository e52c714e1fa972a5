"""CIFAR-10 in its official layouts: found, verified and read, never unpacked to disk.

An archive (``cifar-10-python.tar.gz``, ``cifar-10-binary.tar.gz``) is read as a stream: only plain files
with the expected names count. What is larger than CIFAR-10 could ever be is not even hashed.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuilab.errors import MissingError, UsageError
from tuilab.files import paths
from tuilab.sources.cifar_batches import (
    CLASSES,
    Batch,
    read_binary_batch,
    read_binary_names,
    read_python_batch,
    read_python_names,
)
from tuilab.sources.dataset import Dataset
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import shuffled
from tuilab.sources.tar_members import LARGEST, plain_members
from tuilab.terminal import clean

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
REMEDIES = (
    "use a copy of CIFAR-10 that is already on this machine: --data PATH",
    "download it with network access: tuilab fetch cifar10",
    "use the bundled images: --data digits",
)
"""What helps where CIFAR-10 cannot be had."""

_BINARY_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
_PYTHON_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
    "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
}
_PYTHON = tuple(_PYTHON_MD5)
_BINARY = (*(f"{name}.bin" for name in _PYTHON[:-1]), "batches.meta.txt")
_FOLDERS = ("cifar-10-batches-py", "cifar-10-batches-bin")
_MEMBER = re.compile(
    rf"(?:\./)?(?:(?:{'|'.join(_FOLDERS)})/)?({'|'.join(map(re.escape, _BINARY + _PYTHON))})"
)
# Keras 3 leaves the archive without a suffix; Keras 2 and early Keras 3 left the others.
_IN_KERAS_CACHE = (
    "cifar-10-batches-py-target_archive",
    "cifar-10-batches-py-target.tar.gz",
    "cifar-10-batches-py_archive",
    "cifar-10-batches-py.tar.gz",
    "cifar-10-batches-py-target",
    "cifar-10-batches-py",
    "cifar-10-batches-py_extracted",
)
_BLOCK = 2**20
_BYTES = 170_498_071  # of the official archive
_OF_A_CLASS = 5000  # training images


def batches_folder(path: Path) -> Path | None:
    """Return the folder that holds CIFAR-10 batches: ``path``, or the official folder inside it, or None.

    Names only; where both versions lie, the python one, because its files can be verified.
    """
    for folder in (path, *(path / name for name in _FOLDERS)):
        if any((folder / name).is_file() for name in (*_PYTHON[:-1], *_BINARY[:-1])):
            return folder
    return None


def load_cifar(path: Path, *, progress: Progress = silent, found: str = "") -> Dataset:
    """Return the CIFAR-10 at ``path``: an archive, a folder of batches, or the folder around that.

    Args:
        path: must exist.
        progress: told the bytes of the archive or the folder.
        found: a noun phrase that begins ``source``, e.g. ``Keras's cache``.

    Returns:
        A Dataset in the order of the files; named ``cifar10`` when its checksums are the published
        ones, else after the file or the folder. Files that are not the published ones and whose images
        stand in the order of their classes are shuffled; ``source`` says so.

    Raises:
        MissingError: truncated or damaged, or batches are missing.
        UsageError: no CIFAR-10, forbidden pickle contents, labels without a class.
    """
    verified = _verified(path, progress)
    folder = None if path.is_file() else batches_folder(path)
    if path.is_file():
        files, what = dict(plain_members(path, _MEMBER, progress=progress, remedies=REMEDIES)), path
    elif folder is not None:
        files, what = dict(_folder_members(folder, progress)), folder
    else:
        raise UsageError(f"{clean(str(path))} holds no CIFAR-10 batches")
    python = any(name in files for name in _PYTHON)
    layout = f"official {'python' if python else 'binary'} {'archive' if folder is None else 'batches'}"
    certainty = {
        True: "verified against the published checksum" + ("" if folder is None else "s"),
        False: "not the published file"
        + (" (checksum differs)" if folder is None else "s (checksums differ)"),
        None: "unverified (no checksums are published for these files)",
    }[verified]
    train, test, classes = _read(files, python, what)
    dataset = Dataset(
        name="cifar10" if verified else what.resolve().name,
        source=", ".join(part for part in (found, layout, certainty) if part),
        classes=classes,
        train_images=train[0],
        train_labels=train[1],
        test_images=test[0],
        test_labels=test[1],
        published=verified is True,
    )
    return dataset if dataset.published else _with_its_order(dataset)


def _with_its_order(dataset: Dataset) -> Dataset:
    # no checksums are published for unpacked binary batches: whole and in no order, they are the data set
    found = shuffled(dataset)
    whole = np.bincount(dataset.train_labels).tolist() == [_OF_A_CLASS] * len(CLASSES)
    return replace(found, published=found is dataset and whole)


def cifar10_location(progress: Progress = silent) -> Path | None:
    """Return the first whole copy of CIFAR-10 on this machine, verified; None: there is no copy at all.

    Looked for in tuilab's downloads, then in Keras's cache. A copy that is not whole stands in nobody's way.

    Raises:
        MissingError: there are copies and none is whole; the sentence says what each one lacks.
    """
    wrong: dict[Path, str] = {}
    for path in _copies():
        problem = _problem(path, progress)
        if not problem:
            return path
        wrong[path] = problem
    if not wrong:
        return None
    first, *others = (f"{clean(str(path))} cannot be used: {problem}" for path, problem in wrong.items())
    raise MissingError(
        "; ".join([f"the copy of CIFAR-10 at {first}", *others]),
        (
            "remove what cannot be used and download CIFAR-10 again: tuilab fetch cifar10",
            REMEDIES[0],
            REMEDIES[2],
        ),
    )


def fetch_cifar10(progress: Progress = silent) -> Path:
    """Return a verified copy of CIFAR-10: the one that is here, else the official archive, downloaded.

    Raises:
        MissingError: what is here is not whole (it is never downloaded beside), or the download failed.
    """
    path = cifar10_location(progress)
    if path is None:
        # The downloader is not needed for a copy that is already here.
        from tuilab.sources.downloads import fetch

        path = _download()
        fetch(URL, path, sha256=SHA256, what="CIFAR-10", progress=progress, remedies=REMEDIES)
    return path


def load_cifar10(progress: Progress = silent) -> Dataset:
    """Return CIFAR-10 itself, verified: from tuilab's downloads, Keras's cache, or downloaded now.

    Raises:
        MissingError: as ``fetch_cifar10``.
    """
    path = fetch_cifar10(progress)
    return load_cifar(
        path, progress=progress, found="tuilab's download" if path == _download() else "Keras's cache"
    )


def _download() -> Path:
    return paths.downloads() / "cifar-10-python.tar.gz"


def _copies() -> Iterator[Path]:
    if _download().is_file():
        yield _download()
    for name in _IN_KERAS_CACHE:
        path = paths.keras_cache() / "datasets" / name
        if path.is_file() or (path.is_dir() and batches_folder(path)):
            yield path


def _problem(path: Path, progress: Progress) -> str:
    """Return why a copy is not the published CIFAR-10, as half a sentence; empty where it is."""
    try:
        if _verified(path, progress):
            return ""
        folder = None if path.is_file() else batches_folder(path)
        if folder is None:
            size = path.stat().st_size
            if size < _BYTES:
                return "it is empty" if not size else f"it ends after {size:,} of {_BYTES:,} bytes"
            return "its checksum is not the published one"
        absent = [name for name in _PYTHON if not (folder / name).is_file()]
        if len(absent) == len(_PYTHON):
            return "it is the binary version, and no checksums are published for its files"
        if absent:
            return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing"
        others = [name for name, md5 in _PYTHON_MD5.items() if not _batch_verified(folder / name, md5)]
        return f"{', '.join(others)}: not what was published (checksum differs)"
    except MissingError as error:  # it cannot be read
        return error.sentence
    except OSError as error:
        return clean(error.strerror or str(error))


def _verified(path: Path, progress: Progress) -> bool | None:
    """Return whether the checksums are the published ones; None where none are published."""
    folder = None if path.is_file() else batches_folder(path)
    try:
        if folder is None:
            return _archive_verified(path, progress)
        if not any((folder / name).is_file() for name in _PYTHON):
            return None
        return all(_batch_verified(folder / name, md5) for name, md5 in _PYTHON_MD5.items())
    except OSError as e:
        raise _unreadable(path, e) from e


def _archive_verified(path: Path, progress: Progress) -> bool:
    size, done = path.stat().st_size, 0
    if size > LARGEST:
        return False  # the reader says so
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(16 * _BLOCK):
            digest.update(block)
            done += len(block)
            progress("loading", f"checksum of {path.name}", done, size, "bytes")
    return digest.hexdigest() in {SHA256, _BINARY_SHA256}


def _batch_verified(path: Path, md5: str) -> bool:
    # A pipe would be waited for without end. What is missing or too large the reader says.
    if not path.is_file() or path.stat().st_size > LARGEST:
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest() == md5


def _unreadable(path: Path, error: Exception) -> MissingError:
    return MissingError(f"{clean(str(path))} cannot be read ({clean(str(error), limit=200)})", REMEDIES)


def _folder_members(folder: Path, progress: Progress) -> Iterator[tuple[str, bytes]]:
    files = [folder / name for name in (_PYTHON if (folder / _PYTHON[0]).exists() else _BINARY + _PYTHON)]
    files = [file for file in files if file.is_file()]
    try:
        total = sum(file.stat().st_size for file in files)
        if total > LARGEST:
            raise UsageError(f"the batches in {clean(str(folder))} hold more than {LARGEST // 2**20} MiB")
        done = 0
        for file in files:
            data = file.read_bytes()
            done += len(data)
            yield file.name, data
            progress("loading", folder.name, done, total, "bytes")
    except OSError as e:
        raise _unreadable(folder, e) from e


def _read(files: dict[str, bytes], python: bool, what: Path) -> tuple[Batch, Batch, tuple[str, ...]]:
    *names, meta = _PYTHON if python else _BINARY
    missing = [name for name in names if name not in files]
    if len(missing) == len(names):
        raise UsageError(f"{clean(str(what))} holds no CIFAR-10 batches (such as {names[0]})")
    if missing:
        raise MissingError(f"{clean(str(what))} is incomplete: {missing[0]} is missing", REMEDIES)
    classes = CLASSES
    if meta in files:
        read_names = read_python_names if python else read_binary_names
        classes = read_names(files[meta], what=str(what / meta))
    read_batch = read_python_batch if python else read_binary_batch
    # Popped: the bytes of a batch are let go as soon as its images stand.
    batches = [read_batch(files.pop(name), what=str(what / name), classes=classes) for name in names]
    images, labels = zip(*batches[:-1], strict=True)
    return (np.concatenate(images), np.concatenate(labels)), batches[-1], classes
