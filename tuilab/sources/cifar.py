"""CIFAR-10 and data sets published like it: verified and read, never unpacked to disk.

An archive (``cifar-10-python.tar.gz``, ``cifar-10-binary.tar.gz``) is read as a stream: only plain files
with the expected names count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuilab.errors import MissingError, UsageError
from tuilab.sources.cifar_batches import (
    Batch,
    read_binary_batch,
    read_binary_names,
    read_python_batch,
    read_python_names,
)
from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.dataset import Dataset
from tuilab.sources.dataset_info import found_in
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import shuffled
from tuilab.sources.tar_members import LARGEST, plain_members
from tuilab.terminal import clean


def load_published(files: CifarFiles, progress: Progress = silent) -> Dataset:
    """Return the data set itself, verified: from tuilab's downloads, Keras's cache, or downloaded now.

    Raises:
        MissingError: as ``CifarFiles.fetch``.
    """
    path = files.fetch(progress)
    return load_cifar(path, [files], progress=progress, found=found_in(path))


def load_cifar(
    path: Path, known: Sequence[CifarFiles], *, progress: Progress = silent, found: str = ""
) -> Dataset:
    """Return the data set at ``path``: an archive, a folder of batches, or the folder around that.

    Args:
        path: must exist.
        known: the data sets that it may be.
        progress: told the bytes of the archive or the folder.
        found: a noun phrase that begins ``source``, e.g. ``Keras's cache``.

    Returns:
        A Dataset in the order of the files; named ``cifar10`` and the like when its checksums are the
        published ones, else after the file or the folder. Files that are not the published ones and whose
        images stand in the order of their classes are shuffled; ``source`` says so.

    Raises:
        MissingError: truncated or damaged, or batches are missing.
        UsageError: none of them, forbidden pickle contents, labels without a class.
    """
    titles = " or ".join(one.title for one in known)
    folder = None
    if path.is_file():
        wanted, remedies = _members(known), known[0].remedies
        contents, what = dict(plain_members(path, wanted, progress=progress, remedies=remedies)), path
        layout = next((one for one in known if contents.keys() & {*one.batches}), None)
    else:
        layout = next((one for one in known if one.batches_folder(path)), None)
        folder = None if layout is None else layout.batches_folder(path)
        contents, what = {}, path if folder is None else folder
    if layout is None:
        names = " or ".join(one.python_batches[0] for one in known)
        raise UsageError(f"{clean(str(what))} holds no {titles} batches (such as {names})")
    verified = layout.verified(path, progress)
    if folder is not None:
        contents = dict(_folder_members(folder, layout, progress))
    python = any(name in contents for name in layout.python_batches)
    form = f"official {'python' if python else 'binary'} {'archive' if folder is None else 'batches'}"
    certainty = {
        True: "verified against the published checksum" + ("" if folder is None else "s"),
        False: "not the published file"
        + (" (checksum differs)" if folder is None else "s (checksums differ)"),
        None: "unverified (no checksums are published for these files)",
    }[verified]
    train, test, classes = _read(contents, python, what, layout)
    dataset = Dataset(
        name=layout.name if verified else what.resolve().name,
        source=", ".join(part for part in (found, form, certainty) if part),
        classes=classes,
        train_images=train[0],
        train_labels=train[1],
        test_images=test[0],
        test_labels=test[1],
        published=verified is True,
    )
    return dataset if dataset.published else _with_its_order(dataset, layout)


def _members(known: Sequence[CifarFiles]) -> re.Pattern[str]:
    folders = "|".join(re.escape(folder) for one in known for folder in one.folders)
    names = "|".join(re.escape(name) for one in known for name in (*one.binary, *one.python))
    return re.compile(rf"(?:\./)?(?:(?:{folders})/)?({names})")


def _with_its_order(dataset: Dataset, layout: CifarFiles) -> Dataset:
    # no checksums are published for unpacked binary batches: whole and in no order, they are the data set
    found = shuffled(dataset)
    whole = np.bincount(dataset.train_labels).tolist() == [layout.of_a_class] * len(layout.classes)
    return replace(found, published=found is dataset and whole)


def _folder_members(folder: Path, layout: CifarFiles, progress: Progress) -> Iterator[tuple[str, bytes]]:
    python = tuple(layout.python)
    files = [folder / name for name in (python if (folder / python[0]).exists() else layout.binary + python)]
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
        raise layout.unreadable(folder, e) from e


def _read(
    files: dict[str, bytes], python: bool, what: Path, layout: CifarFiles
) -> tuple[Batch, Batch, tuple[str, ...]]:
    *names, meta = layout.python if python else layout.binary
    missing = [name for name in names if name not in files]
    if missing:
        raise MissingError(f"{clean(str(what))} is incomplete: {missing[0]} is missing", layout.remedies)
    classes = layout.classes
    if meta in files:
        data, name = files[meta], str(what / meta)
        classes = read_python_names(data, layout, what=name) if python else read_binary_names(data, what=name)
    read_batch = read_python_batch if python else read_binary_batch
    # Popped: the bytes of a batch are let go as soon as its images stand.
    batches = [read_batch(files.pop(name), layout, what=str(what / name), classes=classes) for name in names]
    images, labels = zip(*batches[:-1], strict=True)
    return (np.concatenate(images), np.concatenate(labels)), batches[-1], classes
