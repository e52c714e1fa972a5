"""``--data X`` to a Dataset: which reader is asked."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from tuilab.errors import MissingError, UsageError, nearest
from tuilab.sources.arrays import check_arrays, load_arrays
from tuilab.sources.cifar import load_cifar
from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.dataset import Dataset
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.folders import check_folders, load_folders
from tuilab.sources.named import COURSE, DATASETS
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import shuffled
from tuilab.terminal import clean

Kind = Literal["cifar archive", "cifar batches", "arrays", "class folders"]

_COURSE = DATASETS[COURSE].files
_REMEDIES = () if _COURSE is None else _COURSE.remedies
_CIFAR = [info.files for info in DATASETS.values() if isinstance(info.files, CifarFiles)]
_KINDS = (
    f"{' or '.join(name for files in _CIFAR for name in files.archives)}; "
    f"a folder with {' or '.join(name for files in _CIFAR for name in files.folders)}; "
    "an .npz with x_train, y_train, x_test, y_test; or class folders"
)
_HEAD = 512  # bytes; a tar header's magic lies at 257


def load_dataset(source: str, *, seed: int, progress: Progress = silent) -> Dataset:
    """Return the images of ``source``.

    Args:
        source: the name of a data set (tuilab's download, Keras's cache, else downloaded now), or the path
            of a CIFAR archive or folder, an ``.npz`` file, or class folders; ``~`` is expanded.
        seed: not negative; chooses the test fifth of class folders that have no test folder.
        progress: told bytes or images, in the phases downloading and loading.

    Raises:
        MissingError: nothing there, damaged, or not to be downloaded; remedies say what helps.
        UsageError: a kind of file that is not read, or contents that are not allowed.
    """
    if source in DATASETS:
        return _named(DATASETS[source], progress)
    path = _path(source)
    match kind_of(path):
        case "cifar archive" | "cifar batches":
            return load_cifar(path, _CIFAR, progress=progress)
        case "arrays":
            return load_arrays(path, progress=progress)
        case "class folders":
            return load_folders(path, seed=seed, progress=progress)


def _named(info: DatasetInfo, progress: Progress) -> Dataset:
    dataset = info.loader()(progress)
    return replace(dataset, published=True) if info.chance_order else shuffled(dataset)


def check_source(source: str) -> None:
    """Raise what is certain to fail, from names and first bytes alone: quick enough before a run is made.

    Raises:
        MissingError: the path does not exist, cannot be read, or nothing is there.
        UsageError: a kind of file that is not read, folders that are not class folders, arrays that are
            missing or of another shape or type.
    """
    if source in DATASETS:
        return
    path = _path(source)
    match kind_of(path):
        case "class folders":
            check_folders(path)
        case "arrays":
            check_arrays(path)
        case "cifar archive" | "cifar batches":
            pass  # to know more of them means to read them


def kind_of(path: Path) -> Kind:
    """Return what lies at ``path``, by names and first bytes.

    Raises:
        MissingError: it does not exist, cannot be read, is empty, or is not what its name says.
        UsageError: it is none of the kinds that are read.
    """
    try:
        if path.is_dir():
            return _kind_of_folder(path)
        if path.is_file():
            return _kind_of_file(path)
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{clean(str(path))} is not a file or folder, nor a link to one; it must be {_KINDS}"
            )
    except OSError as e:
        raise MissingError(
            f"{clean(str(path))} cannot be read ({clean(e.strerror or str(e))})", _REMEDIES
        ) from e
    guess = nearest(path.name, DATASETS)
    raise MissingError(f"{clean(str(path))} does not exist{guess}", _REMEDIES)


def _path(source: str) -> Path:
    if not source.strip():
        raise UsageError(
            f"the source of the images is empty: it must be {', '.join(DATASETS)}, or the path of {_KINDS}"
        )
    try:
        return Path(source).expanduser()
    except RuntimeError as e:  # no such user
        raise MissingError(f"{clean(source)} does not exist (no such home folder)", _REMEDIES) from e


def _kind_of_file(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    shown = clean(str(path))
    if not head:
        raise MissingError(f"{shown} is empty", _REMEDIES)
    packed = head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar"
    zipped = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    name = path.name.lower()
    if name.endswith((".tar.gz", ".tgz", ".tar")) and not packed:
        raise MissingError(f"{shown} is damaged: it is named like an archive but is not one", _REMEDIES)
    if name.endswith(".npz") and not zipped:
        raise MissingError(f"{shown} is damaged: it is named like an .npz file but is not one", _REMEDIES)
    if packed:
        return "cifar archive"
    if zipped:
        return "arrays"
    for files in _CIFAR:
        if path.name in {*files.python, *files.binary} and files.batches_folder(path.parent) == path.parent:
            raise UsageError(f"{shown} is one batch of {files.title}; give the folder that holds all of them")
    raise UsageError(f"{shown} is not a kind of file that can be read; it must be {_KINDS}")


def _kind_of_folder(path: Path) -> Kind:
    if any(files.batches_folder(path) for files in _CIFAR):
        return "cifar batches"
    names = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))
    if any((path / name).is_dir() for name in names):
        return "class folders"
    if not names:
        raise MissingError(f"there is nothing in the folder {clean(str(path))}", _REMEDIES)
    inside = next((name for name in names if name.endswith((".tar.gz", ".npz"))), None)
    hint = f"; give the file: {clean(str(path / inside))}" if inside else ""
    held = ", ".join(f"'{clean(name, limit=40)}'" for name in names[:5])
    raise UsageError(f"{clean(str(path))} holds no class folders, only {held}{hint}; it must be {_KINDS}")
