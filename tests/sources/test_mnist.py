"""MNIST and Fashion-MNIST: the files that Keras keeps, under the names and sums that are published."""

import gzip
import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest

from tuilab.errors import MissingError
from tuilab.sources.datasets import load_dataset
from tuilab.sources.named import DATASETS
from tuilab.sources.published_files import PublishedFiles

SHAPES = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}
IDX = dict(
    zip(
        SHAPES,
        (
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        ),
        strict=True,
    )
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture(scope="module")
def arrays():
    """As many images as there are, nearly all black."""
    made = {}
    for key, shape in SHAPES.items():
        made[key] = np.zeros(shape, np.uint8)
        if key.startswith("y"):
            made[key][:] = np.random.default_rng(1).integers(0, 10, shape)
        else:
            made[key][0, 13, 2] = 200
    return made


def publish(monkeypatch, name, folder):
    """Make the files in a folder the published ones, as far as sizes and checksums go."""
    files = DATASETS[name].files
    assert isinstance(files, PublishedFiles)
    made = tuple(
        replace(
            file,
            size=(folder / file.name).stat().st_size,
            sha256=None,
            md5=hashlib.md5((folder / file.name).read_bytes()).hexdigest(),
        )
        for file in files.files
    )
    monkeypatch.setitem(vars(files), "files", made)


def write_idx(folder, arrays):
    folder.mkdir(parents=True)
    for key, name in IDX.items():
        header = bytes([0, 0, 8, arrays[key].ndim]) + struct.pack(f">{arrays[key].ndim}I", *arrays[key].shape)
        (folder / name).write_bytes(gzip.compress(header + arrays[key].tobytes(), 1))


def assert_holds(dataset, arrays, name):
    assert dataset.name == name and dataset.classes == DATASETS[name].classes and dataset.published
    assert dataset.train_images.shape == (60_000, 32, 32, 3) and len(dataset.test_labels) == 10_000
    assert dataset.train_images[0, 15, 4].tolist() == [200] * 3 and dataset.train_images[0].sum() == 600
    np.testing.assert_array_equal(dataset.train_labels, arrays["y_train"])
    np.testing.assert_array_equal(dataset.test_labels, arrays["y_test"])
    assert "28x28 grey in the middle of black 32x32" in dataset.source


def test_mnist_is_read_from_kerass_cache(tmp_path, monkeypatch, arrays):
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    np.savez_compressed(folder / "mnist.npz", **arrays)
    publish(monkeypatch, "mnist", folder)
    assert_holds(load_dataset("mnist", seed=0), arrays, "mnist")


def test_fashion_mnist_is_read_from_kerass_cache(tmp_path, monkeypatch, arrays):
    folder = tmp_path / "keras" / "datasets" / "fashion-mnist"
    write_idx(folder, arrays)
    publish(monkeypatch, "fashion-mnist", folder)
    assert_holds(load_dataset("fashion-mnist", seed=0), arrays, "fashion-mnist")


@pytest.mark.parametrize(("name", "file"), [("mnist", "mnist.npz"), ("fashion-mnist", IDX["y_test"])])
def test_what_a_server_sends_in_their_place_is_refused(tmp_path, monkeypatch, server, name, file):
    files = DATASETS[name].files
    monkeypatch.setitem(vars(files), "url", server.url.removesuffix("file"))
    server.body = b"<html>please log in</html>"
    with pytest.raises(MissingError, match="is not that file") as caught:
        load_dataset(name, seed=0)
    assert file in caught.value.remedies[0] and not list((tmp_path / "home" / "downloads").rglob("*.gz"))
