"""Images for plain Keras: all of them scaled beforehand, as float32, and the order of each epoch.

``fit(x, y, shuffle=True)`` draws an order of its own. To let histories be compared, a ``PyDataset``
gives the batches in tuilab's order, and dropout gets tuilab's seeds; neither slows an epoch.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import keras
import numpy as np
from numpy.typing import NDArray

from tuilab.engine.splits import dropout_seed, epoch_order
from tuilab.experiment.experiment import Experiment, Pixels
from tuilab.experiment.held_out import held_out_from

Part = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Images (n, 32, 32, 3), scaled, and labels (n, classes), one-hot."""


@dataclass(frozen=True, eq=False)
class Images:
    """The three parts of the data, and how many classes there are."""

    training: Part
    validation: Part
    test: Part
    classes: int


def read(path: Path, experiment: Experiment) -> Images:
    """Read an ``.npz`` with x_train, y_train, x_test, y_test: images uint8 (n, 32, 32, 3), labels (n,)."""
    training, limit = experiment.training, experiment.training.limit
    with np.load(path) as file:
        x, labels = file["x_train"][:limit], file["y_train"]
        x_test, y_test = file["x_test"], file["y_test"]
    y, classes = labels[:limit], int(labels.max()) + 1  # a limit may leave the last class out
    cut = held_out_from(len(y)) if training.holds_out else len(y)
    seen = x[:cut]
    x, x_test = (_scaled(part, experiment.data.pixels, seen) for part in (x, x_test))
    y, y_test = (np.asarray(keras.utils.to_categorical(part, classes), "float32") for part in (y, y_test))
    test = (x_test, y_test)
    held_out = (x[cut:], y[cut:]) if training.holds_out else test
    return Images((x[:cut], y[:cut]), held_out, test, classes)


def _scaled(x: NDArray[np.uint8], pixels: Pixels, training: NDArray[np.uint8]) -> NDArray[np.float32]:
    floats: Any = x.astype("float32")
    match pixels:
        case "unit":
            return floats / 255
        case "standardize":
            mean, deviation = training.mean(axis=(0, 1, 2)), training.std(axis=(0, 1, 2))
            deviation = np.where(deviation > 0, deviation, 1)
            return (floats - mean.astype("float32")) / deviation.astype("float32")
        case "imagenet":
            return np.asarray(keras.applications.imagenet_utils.preprocess_input(floats, mode="caffe"))
        case _:
            assert_never(pixels)


class Batches(keras.utils.PyDataset):
    """The batches of an epoch, in its order."""

    def __init__(self, part: Part, batch_size: int) -> None:
        """Take the images that train."""
        super().__init__()
        self._x, self._y = part
        self._size = batch_size
        self.order = np.arange(len(self._y), dtype=np.int32)

    def __len__(self) -> int:
        return math.ceil(len(self._y) / self._size)

    def __getitem__(self, index: int) -> Part:
        rows = self.order[index * self._size : (index + 1) * self._size]
        return self._x[rows], self._y[rows]


class SameChances(keras.callbacks.Callback):
    """Sets the order of images and the seeds of dropout at the beginning of each epoch."""

    def __init__(self, batches: Batches, seed: int) -> None:
        """Take the batches and the experiment's seed."""
        super().__init__()
        self._batches, self._seed = batches, seed

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take Keras's number of the epoch, from 0."""
        model: Any = self.model
        self._batches.order = epoch_order(len(self._batches.order), self._seed, epoch + 1)
        dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
        for n, layer in enumerate(dropouts):
            layer.seed_generator.state.assign([dropout_seed(self._seed, epoch + 1, n), 0])
