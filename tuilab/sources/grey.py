"""MNIST and what is published like it: 28x28 grey images, as idx files or an ``.npz``, to a Dataset."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.sources.arrays import read_arrays
from tuilab.sources.dataset import Dataset
from tuilab.sources.dataset_info import DatasetInfo, found_in
from tuilab.sources.idx import read_idx
from tuilab.sources.pixels import padded
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean

_IDX = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}


def load_idx(info: DatasetInfo, progress: Progress = silent) -> Dataset:
    """Return a data set published as four idx files, verified, downloaded if it is not here.

    Raises:
        MissingError: it cannot be had, or a file is damaged.
    """
    assert info.files is not None, info.name
    folder, shapes = info.files.fetch(progress), _shapes(info)
    arrays = {key: read_idx(folder / name, shapes[key], info.files.remedies) for key, name in _IDX.items()}
    return _dataset(info, arrays, found_in(folder), progress)


def load_npz(info: DatasetInfo, progress: Progress = silent) -> Dataset:
    """Return a data set published as an ``.npz`` of four arrays, verified, downloaded if it is not here.

    Raises:
        MissingError: it cannot be had, or the file is damaged.
        UsageError: an array is missing, or of another type.
    """
    assert info.files is not None, info.name
    path, shapes = info.files.fetch(progress), _shapes(info)
    arrays = read_arrays(path)
    for key, array in arrays.items():
        if array.shape != shapes[key] or array.dtype != np.uint8:
            raise MissingError(
                f"{clean(str(path))} is damaged: {key} is {array.dtype} {array.shape}, but must be uint8 "
                f"{shapes[key]}",
                info.files.remedies,
            )
    return _dataset(info, arrays, found_in(path), progress)


def _shapes(info: DatasetInfo) -> dict[str, tuple[int, ...]]:
    height, width, _ = info.shape
    return {
        "x_train": (info.training, height, width),
        "y_train": (info.training,),
        "x_test": (info.test, height, width),
        "y_test": (info.test,),
    }


def _dataset(
    info: DatasetInfo, arrays: Mapping[str, NDArray[Any]], found: str, progress: Progress
) -> Dataset:
    for key in ("y_train", "y_test"):
        if arrays[key].max() >= len(info.classes):
            raise MissingError(
                f"{info.title} is damaged: {key} holds label {arrays[key].max()}, but there are "
                f"{len(info.classes)} classes",
                () if info.files is None else info.files.remedies,
            )
    height, width, _ = info.shape
    progress("loading", info.title, 0, info.images, "images")
    dataset = Dataset(
        name=info.name,
        source=f"{found}, verified against the published checksum, {width}x{height} grey in the middle of "
        "black 32x32, repeated as red, green and blue",
        classes=info.classes,
        train_images=padded(arrays["x_train"]),
        train_labels=arrays["y_train"].astype(np.int32),
        test_images=padded(arrays["x_test"]),
        test_labels=arrays["y_test"].astype(np.int32),
    )
    progress("loading", info.title, info.images, info.images, "images")
    return dataset
