"""What both ways read is what the source holds."""

from pathlib import Path

import numpy as np
import pytest

from tuilab.bases.named.vgg16 import BASE
from tuilab.bench.inputs import first_images, write_images, write_weights
from tuilab.engine.splits import split
from tuilab.errors import UsageError
from tuilab.experiment.experiment import TrainingSpec
from tuilab.sources.arrays import load_arrays
from tuilab.sources.base_weights import BaseWeights
from tuilab.sources.dataset import Dataset
from tuilab.sources.hdf5_weights import read_hdf5


def dataset(labels: list[int]) -> Dataset:
    rng = np.random.default_rng(0)
    made = np.array(labels, np.int32)
    images = rng.integers(0, 256, (len(labels), 32, 32, 3)).astype(np.uint8)
    return Dataset("d", "made", ("a", "b", "c"), images, made, images[::-1].copy(), made[::-1].copy())


ORDERS = {
    "mixed": [0, 2, 1] * 4,
    "sorted": [0] * 4 + [1] * 4 + [2] * 4,
    "descending": [2] * 40 + [1] * 40 + [0] * 40,
    "a rare class": [0, 1] * 20 + [2, 2] + [1, 0] * 20,
}


@pytest.mark.parametrize("labels", ORDERS.values(), ids=ORDERS)
def test_both_readers_get_the_same_images_in_the_same_order(labels: list[int], tmp_path: Path) -> None:
    path = tmp_path / "images.npz"
    write_images(path, first_images(dataset(labels), len(labels), 5))
    assert path.stat().st_mode & 0o777 == 0o600
    read = load_arrays(path)
    with np.load(path) as plain:
        np.testing.assert_array_equal(plain["x_train"], read.train_images)
        np.testing.assert_array_equal(plain["y_train"], read.train_labels)
    assert len(read.test_labels) == 5 and sorted(read.train_labels) == sorted(labels)
    parts = split(read, TrainingSpec(validation="last-20%", batch_size=1))
    assert parts.order == "" and set(parts.validation.labels) == {0, 1, 2}


def test_too_few_images_for_every_class_are_refused() -> None:
    with pytest.raises(UsageError, match="--images 2 is not allowed: 1 of 3 classes"):
        first_images(dataset([0, 1, 2] * 3), 2, 5)


def test_weights_are_written_as_both_read_them(tmp_path: Path) -> None:
    import keras

    rng, path = np.random.default_rng(1), tmp_path / "w.h5"
    donor = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))  # pyright: ignore[reportArgumentType]
    table = {layer.name: layer.kernel.shape[2:] for layer in donor.layers if hasattr(layer, "kernel")}
    layers = {
        name: (rng.random((3, 3, *sides), dtype=np.float32), rng.random(sides[1], dtype=np.float32))
        for name, sides in table.items()
    }
    write_weights(path, BaseWeights(layers, "made", "", ""))
    assert path.stat().st_mode & 0o777 == 0o600
    donor.load_weights(path)
    ours = read_hdf5(path, BASE)
    for name, (kernel, bias) in layers.items():
        for found in (ours[name], donor.get_layer(name).get_weights()):
            np.testing.assert_array_equal(found[0], kernel)
            np.testing.assert_array_equal(found[1], bias)
