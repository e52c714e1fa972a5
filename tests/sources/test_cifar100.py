"""CIFAR-100 in its python version: fine labels, found and verified like CIFAR-10."""

import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest

from tuilab.errors import MissingError, UsageError
from tuilab.sources.datasets import check_source, kind_of, load_dataset
from tuilab.sources.named.cifar100 import FILES

FOLDER = "cifar-100-python"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


def batch(images, fine):
    planes = np.stack([image.transpose(2, 0, 1).reshape(-1) for image in images])
    coarse = [label // 5 for label in fine]
    return {b"data": planes, b"fine_labels": fine, b"coarse_labels": coarse, b"filenames": [b"a.png"] * 3}


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (3, 32, 32, 3), np.uint8)


@pytest.fixture
def files(images):
    names = {b"fine_label_names": [name.encode() for name in FILES.classes]}
    return {
        "train": pickle.dumps(batch(images, [99, 0, 42]), 2),
        "test": pickle.dumps(batch(images[::-1], [7, 98, 1]), 2),
        "meta": pickle.dumps({**names, b"coarse_label_names": [b"fish"] * 20}, 2),
    }


def write_folder(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def write_archive(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{FOLDER}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def publish(monkeypatch, files, archive=None):
    """Make these the published files, as far as their checksums go."""
    md5 = {name: hashlib.md5(data).hexdigest() for name, data in files.items()}
    monkeypatch.setitem(vars(FILES), "python", md5)
    if archive is not None:
        monkeypatch.setitem(vars(FILES), "sha256", hashlib.sha256(archive.read_bytes()).hexdigest())


def assert_holds(dataset, images):
    np.testing.assert_array_equal(dataset.train_images, images)
    np.testing.assert_array_equal(dataset.test_images, images[::-1])
    assert dataset.train_labels.tolist() == [99, 0, 42] and dataset.test_labels.tolist() == [7, 98, 1]
    assert dataset.classes == FILES.classes and dataset.classes[99] == "worm"


def test_an_archive_a_folder_and_the_folder_around_it_are_read_by_path(tmp_path, files, images):
    folder = write_folder(tmp_path / "around" / FOLDER, files)
    archive = write_archive(tmp_path / "some.tar.gz", files)
    for path, kind in (
        (folder, "cifar batches"),
        (folder.parent, "cifar batches"),
        (archive, "cifar archive"),
    ):
        check_source(str(path))
        assert kind_of(path) == kind
        dataset = load_dataset(str(path), seed=0)
        assert_holds(dataset, images)
        assert "not the published file" in dataset.source


@pytest.mark.parametrize("place", [f"{FOLDER}-target_archive", f"{FOLDER}.tar.gz"])
def test_kerass_archive_is_found_verified_and_said(tmp_path, monkeypatch, files, images, place):
    archive = write_archive(tmp_path / "keras" / "datasets" / place, files)
    publish(monkeypatch, files, archive)
    dataset = load_dataset("cifar100", seed=0)
    assert_holds(dataset, images)
    assert dataset.name == "cifar100" and dataset.published
    assert dataset.source.startswith("Keras's cache, official python archive, verified")


@pytest.mark.parametrize("place", [f"{FOLDER}-target/{FOLDER}", FOLDER])
def test_kerass_folder_is_found_verified_and_said(tmp_path, monkeypatch, files, images, place):
    publish(monkeypatch, files)
    folder = write_folder(tmp_path / "keras" / "datasets" / place, files)
    assert_holds(load_dataset("cifar100", seed=0), images)
    (folder / "train").write_bytes(files["test"])
    with pytest.raises(MissingError, match="train: not what was published"):
        load_dataset("cifar100", seed=0)


def test_where_there_is_no_copy_the_archive_is_downloaded(tmp_path, monkeypatch, files, images, server):
    archive = write_archive(tmp_path / "there.tar.gz", files)
    publish(monkeypatch, files, archive)
    monkeypatch.setitem(vars(FILES), "url", server.url.replace("/file", "/cifar-100-python.tar.gz"))
    server.body = archive.read_bytes()
    dataset = load_dataset("cifar100", seed=0)
    assert_holds(dataset, images)
    assert dataset.source.startswith("tuilab's download, ")
    assert (tmp_path / "home" / "downloads" / "cifar-100-python.tar.gz").is_file()


def test_a_pickle_that_runs_something_is_refused(tmp_path, files):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    files["train"] = pickle.dumps({b"data": Evil(), b"fine_labels": []}, 2)
    with pytest.raises(
        UsageError, match=r"refused: its pickle holds the global (__builtin__|builtins)\.print"
    ):
        load_dataset(str(write_folder(tmp_path / FOLDER, files)), seed=0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fine_labels": [100, 0, 1]}, "label 100 at image 0; 100 classes allow 0 to 99"),
        ({"labels": [1, 0, 1]}, "not a CIFAR-100 batch: it has no 'fine_labels'"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, files, images, change, sentence):
    whole = {key: value for key, value in batch(images, [0, 1, 2]).items() if key == b"data"}
    files["train"] = pickle.dumps({**whole, **change}, 2)
    with pytest.raises(UsageError, match=sentence):
        load_dataset(str(write_folder(tmp_path / FOLDER, files)), seed=0)


def test_a_missing_file_is_named_and_one_file_alone_is_no_data_set(tmp_path, files):
    del files["test"]
    with pytest.raises(MissingError, match="test is missing"):
        load_dataset(str(write_folder(tmp_path / FOLDER, files)), seed=0)
    (tmp_path / "mine" / "cats").mkdir(parents=True)
    (tmp_path / "mine" / "train").write_text("notes")
    assert kind_of(tmp_path / "mine") == "class folders"
