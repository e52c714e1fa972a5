"""Folders of images, one folder a class, as a Dataset.

Two layouts: ``train/CLASS/*`` beside ``test/CLASS/*``, or ``CLASS/*`` alone, of which a fifth of each
class becomes the test set. What is an image follows from its suffix; Pillow then goes by the contents, and
only formats that it decodes itself are asked for (not EPS, which runs Ghostscript).

Links are followed, to pictures and to class folders, wherever they lead: a data set put together from
links is a usual thing, and whoever may read this folder's pictures here may read the others too. Nothing
but pixels comes of them. Depth is fixed, so a link to a folder above leads nowhere; a link to a pipe or a
device is refused like the thing itself.
"""

import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tuilab.errors import MissingError, UsageError, nearest
from tuilab.sources.dataset import Dataset
from tuilab.sources.pixels import MOST_PIXELS, fit, fit_all
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import fixed_order, stratified_fifth
from tuilab.terminal import clean

FORMATS = {
    "AVIF": (".avif",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "PNG": (".png", ".apng"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TGA": (".tga",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""Pillow's formats that are read, and the suffixes that make a file an image."""

_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
_LAYOUTS = "train/CLASS/* and test/CLASS/*, or CLASS/* alone"
# All that Pillow's decoders raise on damaged data; which one depends on the format.
_UNDECODABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(struct.error, zlib.error),
)


@dataclass
class _Found:
    """Images of one split: sorted by class, then by name."""

    images: list[Path] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    others: int = 0


def check_folders(path: Path) -> None:
    """Raise where ``path`` cannot be class folders, by the names of its folders alone.

    Raises:
        UsageError: no class folders, one class only, classes that differ between train and test.
        MissingError: a folder cannot be listed.
    """
    _splits(path)


def load_folders(path: Path, *, seed: int, progress: Progress = silent) -> Dataset:
    """Return the images below ``path``, named after the folder, in a fixed shuffled order.

    Args:
        path: a folder in one of the two layouts.
        seed: not negative; chooses the test fifth if there is no test folder, nothing else.
        progress: told the images read so far.

    Returns:
        A Dataset whose classes are the folders' names, sorted; bytes in them that are no UTF-8 stand as
        ``\\xNN``. Pictures become 32x32 RGB as ``tuilab.sources.pixels`` says. ``source`` names the split
        and what was not read.

    Raises:
        UsageError: as ``check_folders``; a class without images, or with one image where a fifth must
            be split off; a picture too large or with pixels that are not 0-255.
        MissingError: a picture or folder that cannot be read; the sentence names it.
    """
    splits, unread = _splits(path)
    found = {name: _list(classes) for name, classes in splits.items()}
    classes = tuple(next(iter(splits.values())))
    notes = ["class folders"]
    if "" in found:
        whole = found[""]
        alone = np.flatnonzero(np.bincount(whole.labels, minlength=len(classes)) < 2)
        if len(alone):
            name = clean(classes[alone[0]], limit=80)
            raise UsageError(
                f"class '{name}' in {clean(str(path))} holds one image; "
                "at least two are needed, to split off a fifth for testing"
            )
        kept, off = stratified_fifth(np.array(whole.labels, np.int32), seed)
        notes.append(f"test fifth split off with seed {seed}")
        train, test = _chosen(whole, kept), _chosen(whole, off)
    else:
        notes.append("train and test")
        train, test = (_chosen(found[name], np.arange(len(found[name].images))) for name in ("train", "test"))
    others = sum(split.others for split in found.values())
    if others:
        notes.append(f"{others} other {'file' if others == 1 else 'files'} or folders not read")
    if unread:
        notes.append(f"not read: {', '.join(unread)}")
    return Dataset(
        name=path.resolve().name,
        source=", ".join(notes),
        classes=classes,
        train_images=fit_all(train[0], _pixels, what="training images", progress=progress),
        train_labels=train[1],
        test_images=fit_all(test[0], _pixels, what="test images", progress=progress),
        test_labels=test[1],
        split_seed=seed if "" in found else None,
    )


def _chosen(found: _Found, indices: NDArray[np.int64]) -> tuple[list[Path], NDArray[np.int32]]:
    indices = indices[fixed_order(len(indices))]
    return [found.images[i] for i in indices], np.array(found.labels, np.int32)[indices]


def _splits(path: Path) -> tuple[dict[str, dict[str, Path]], list[str]]:
    """Return the class folders of each split ("" where there is one level), and folders left aside."""
    folders = _subfolders(path)
    for have, lack in (("train", "test"), ("test", "train")):
        if have in folders and lack not in folders and _subfolders(folders[have]):
            raise UsageError(
                f"{clean(str(path))} has {have}/ with classes but no {lack}/{clean(nearest(lack, folders))}; "
                f"it must hold {_LAYOUTS}"
            )
    if not {"train", "test"} <= folders.keys():
        _check_count(path, folders)
        return {"": folders}, []
    train, test = _subfolders(folders["train"]), _subfolders(folders["test"])
    _check_count(path / "train", train)
    for name in sorted(train.keys() ^ test.keys()):
        have, lack = ("train", "test") if name in train else ("test", "train")
        shown = clean(name, limit=80)
        raise UsageError(
            f"class '{shown}' is in {clean(str(path / have))} but not in {lack}/; it must be in both"
        )
    return {"train": train, "test": test}, sorted(folders.keys() - {"train", "test"})


def _check_count(path: Path, classes: dict[str, Path]) -> None:
    if len(classes) < 2:
        what = (
            f"one class folder, '{clean(next(iter(classes)), limit=80)}'" if classes else "no class folders"
        )
        raise UsageError(
            f"{clean(str(path))} holds {what}, but at least two are needed; it must hold {_LAYOUTS}",
            ("use the folder that directly contains the class folders: --data PATH",),
        )


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            visible = [e for e in entries if not e.name.startswith(".") and e.name != "__MACOSX"]
    except OSError as e:
        raise MissingError(
            f"{clean(str(path))} cannot be listed ({clean(e.strerror or str(e))})",
            ("check that the folder exists and is readable, or use another: --data PATH",),
        ) from e
    return sorted(visible, key=lambda entry: entry.name)


def _is(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:  # a link to itself is neither file nor folder
        return False


def _subfolders(path: Path) -> dict[str, Path]:
    return {entry.name: Path(entry.path) for entry in _entries(path) if _is(entry.is_dir)}


def _list(classes: dict[str, Path]) -> _Found:
    found = _Found()
    for label, folder in enumerate(classes.values()):
        before = len(found.images)
        for entry in _entries(folder):
            if Path(entry.name).suffix.lower() not in _SUFFIXES or _is(entry.is_dir):
                found.others += 1
            elif not _is(entry.is_file):
                # A pipe would be waited for without end; a link may point nowhere.
                raise UsageError(f"{clean(entry.path)} is not a file, nor a link to one; remove it")
            else:
                found.images.append(Path(entry.path))
                found.labels.append(label)
        if len(found.images) == before:
            raise UsageError(
                f"class folder {clean(str(folder))} holds no images (folders inside it are not read); "
                f"an image's name ends in one of {' '.join(sorted(_SUFFIXES))}"
            )
    return found


def _pixels(path: Path) -> NDArray[np.uint8]:
    replace = ("replace or remove that file",)
    try:
        with Image.open(path, formats=tuple(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError(f"{image.width}x{image.height} pixels")
            return fit(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise UsageError(
            f"{clean(str(path))} is too large an image ({clean(str(e), limit=200)}); "
            f"at most {MOST_PIXELS:,} pixels are allowed",
            replace,
        ) from e
    except _UNDECODABLE as e:
        # Pillow puts the path into its own sentences, as repr.
        reason = "not an image in a known format" if isinstance(e, Image.UnidentifiedImageError) else str(e)
        raise MissingError(
            f"{clean(str(path))} cannot be read as an image ({clean(reason, limit=200)})", replace
        ) from e
