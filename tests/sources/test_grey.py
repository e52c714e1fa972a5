"""28x28 grey images, as MNIST and its likes have them, become what every run sees: 32x32 RGB."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from tuilab.errors import MissingError
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.grey import load_idx, load_npz
from tuilab.sources.pixels import padded
from tuilab.sources.published_files import PublishedFile, PublishedFiles

IDX = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def arrays():
    generator = np.random.default_rng(3)
    return {
        "x_train": generator.integers(0, 256, (6, 28, 28), np.uint8),
        "y_train": np.array([0, 1, 2, 2, 1, 0], np.uint8),
        "x_test": generator.integers(0, 256, (3, 28, 28), np.uint8),
        "y_test": np.array([2, 0, 1], np.uint8),
    }


def info(files):
    """Declare a data set of files in Keras's cache."""
    published = tuple(
        PublishedFile(path.name, path.stat().st_size, md5=hashlib.md5(path.read_bytes()).hexdigest())
        for path in files
    )
    return DatasetInfo(
        name="some",
        title="Some",
        about="pictures",
        training=6,
        test=3,
        classes=("a", "b", "c"),
        shape=(28, 28, 1),
        files=PublishedFiles("some", "Some", "https://example.org/", published),
        loader=lambda: pytest.fail("not asked"),
    )


def as_idx(folder, arrays):
    folder.mkdir(parents=True)
    for key, name in IDX.items():
        array = arrays[key]
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (folder / name).write_bytes(gzip.compress(header + array.tobytes()))
    return info([folder / name for name in IDX.values()])


def as_npz(folder, arrays):
    folder.mkdir(parents=True)
    np.savez(folder / "some.npz", **arrays)
    return info([folder / "some.npz"])


@pytest.mark.parametrize(("write", "load"), [(as_idx, load_idx), (as_npz, load_npz)])
def test_both_forms_are_read_padded_and_said(tmp_path, arrays, write, load):
    dataset = load(write(tmp_path / "keras" / "datasets", arrays))
    assert dataset.name == "some" and dataset.classes == ("a", "b", "c")
    assert dataset.train_labels.tolist() == [0, 1, 2, 2, 1, 0] and dataset.test_labels.tolist() == [2, 0, 1]
    for images, grey in (
        (dataset.train_images, arrays["x_train"]),
        (dataset.test_images, arrays["x_test"]),
    ):
        expected = np.pad(grey, ((0, 0), (2, 2), (2, 2)))
        np.testing.assert_array_equal(images, np.stack([expected] * 3, axis=-1))
    assert dataset.source == (
        "Keras's cache, verified against the published checksum, 28x28 grey in the middle of black 32x32, "
        "repeated as red, green and blue"
    )


@pytest.mark.parametrize(("write", "load"), [(as_idx, load_idx), (as_npz, load_npz)])
def test_a_label_without_a_class_is_refused(tmp_path, arrays, write, load):
    arrays["y_test"][1] = 3
    with pytest.raises(MissingError, match="y_test holds label 3, but there are 3 classes"):
        load(write(tmp_path / "keras" / "datasets", arrays))


@pytest.mark.parametrize(
    ("key", "array"),
    [
        ("x_train", np.zeros((5, 28, 28), np.uint8)),
        ("x_test", np.zeros((3, 27, 28), np.uint8)),
        ("y_train", np.zeros(6, np.int64)),
    ],
)
def test_an_npz_of_other_arrays_is_refused(tmp_path, arrays, key, array):
    arrays[key] = array
    with pytest.raises(MissingError, match=rf"some\.npz is damaged: {key} is"):
        load_npz(as_npz(tmp_path / "keras" / "datasets", arrays))


def test_an_odd_rest_of_the_border_lies_below_and_on_the_right():
    image = padded(np.full((1, 29, 31), 9, np.uint8))[0, ..., 0]
    assert np.argwhere(image).min(axis=0).tolist() == [1, 0]
    assert np.argwhere(image).max(axis=0).tolist() == [29, 30]
