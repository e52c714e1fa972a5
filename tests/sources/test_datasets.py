"""``--data X``: the right reader for what is there, and a sentence for what is not."""

import os
import tarfile

import numpy as np
import pytest
from PIL import Image

from tuilab.errors import MissingError, UsageError
from tuilab.sources.datasets import check_source, kind_of, load_dataset
from tuilab.sources.named import DOWNLOADED

REMEDIES = DOWNLOADED["cifar10"].remedies


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def npz(tmp_path):
    x = np.zeros((4, 32, 32, 3), np.uint8)
    np.savez(tmp_path / "mine.npz", x_train=x, y_train=[1, 0, 1, 0], x_test=x, y_test=[1, 0, 1, 0])
    return tmp_path / "mine.npz"


@pytest.fixture
def batches(tmp_path):
    folder = tmp_path / "around" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        (folder / f"{name}.bin").write_bytes(bytes(3073))
    return folder


@pytest.fixture
def classes(tmp_path):
    for name in ("a/0", "a/1", "b/0", "b/1"):
        path = tmp_path / "classes" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32)).save(path)
    return tmp_path / "classes"


def test_every_kind_is_recognised_by_what_it_is_and_loaded(tmp_path, npz, batches, classes):
    archive = tmp_path / "named-anyhow"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(batches, "cifar-10-batches-bin")
    for path, kind, count in (
        (npz, "arrays", 4),
        (batches, "cifar batches", 5),
        (batches.parent, "cifar batches", 5),
        (archive, "cifar archive", 5),
        (classes, "class folders", 2),
    ):
        check_source(str(path))
        assert kind_of(path) == kind
        assert len(load_dataset(str(path), seed=0).train_images) == count


def test_the_home_folder_is_expanded(npz):
    check_source("~/mine.npz")
    assert load_dataset("~/mine.npz", seed=0).name == "mine.npz"


def test_a_link_is_followed(tmp_path, npz):
    (tmp_path / "link").symlink_to(npz)
    assert kind_of(tmp_path / "link") == "arrays"


def test_built_in_names_need_no_path():
    check_source("digits")
    check_source("cifar10")
    assert load_dataset("digits", seed=0).name == "digits"


@pytest.mark.parametrize("use", [check_source, lambda source: load_dataset(source, seed=0)])
def test_what_is_not_there_ends_with_3_and_remedies(tmp_path, use):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "empty.npz").touch()
    page = b"<html>please log in</html>"
    for name in ("cifar-10-python.tar.gz", "CIFAR.TGZ", "x.tar", "saved.npz"):
        (tmp_path / name).write_bytes(page)
    (tmp_path / "zip.tar.gz").write_bytes(b"PK\x03\x04" + page)
    (tmp_path / "gzip.npz").write_bytes(b"\x1f\x8b" + page)
    for source, sentence in (
        (str(tmp_path / "absent"), "does not exist"),
        ("cifar-10", "does not exist; did you mean 'cifar10'?"),
        ("~nobody-of-this-name/x", "does not exist"),
        (str(tmp_path / "nothing"), "there is nothing in the folder"),
        (str(tmp_path / "empty.npz"), "is empty"),
        (str(tmp_path / "cifar-10-python.tar.gz"), "is damaged: it is named like an archive but is not one"),
        (str(tmp_path / "CIFAR.TGZ"), "is damaged"),
        (str(tmp_path / "x.tar"), "is damaged"),
        (str(tmp_path / "zip.tar.gz"), "is damaged"),
        (str(tmp_path / "saved.npz"), "is damaged: it is named like an .npz file but is not one"),
        (str(tmp_path / "gzip.npz"), "is damaged"),
        ("x" * 5000, "cannot be read"),
        ("nul\0byte", "does not exist"),
    ):
        with pytest.raises(MissingError) as caught:
            use(source)
        assert sentence in caught.value.sentence
        assert caught.value.exit_code == 3 and caught.value.remedies == REMEDIES


@pytest.mark.parametrize("use", [check_source, lambda source: load_dataset(source, seed=0)])
def test_what_is_of_another_kind_ends_with_2_and_the_kinds(tmp_path, batches, npz, use):
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "photo.jpg").touch()
    (tmp_path / "packed").mkdir()
    npz.rename(tmp_path / "packed" / "mine.npz")
    os.mkfifo(tmp_path / "pipe")
    for source, sentence in (
        (tmp_path / "model.h5", "not a kind of file that can be read; it must be cifar-10-python.tar.gz"),
        (tmp_path / "flat", "no class folders, only 'photo.jpg'"),
        (tmp_path / "packed", f"give the file: {tmp_path / 'packed' / 'mine.npz'}"),
        (batches / "test_batch.bin", "give the folder that holds all of them"),
        (tmp_path / "pipe", "not a file or folder, nor a link to one"),
        ("", "is empty"),
    ):
        with pytest.raises(UsageError) as caught:
            use(str(source))
        assert sentence in caught.value.sentence and caught.value.exit_code == 2


def test_class_folders_are_checked_before_anything_is_read(classes):
    (classes / "b" / "0.png").unlink()
    (classes / "b" / "1.png").unlink()
    (classes / "b").rmdir()
    with pytest.raises(UsageError, match="one class folder, 'a'"):
        check_source(str(classes))


def test_escape_sequences_in_a_path_do_not_reach_the_sentence():
    with pytest.raises(MissingError) as caught:
        check_source("/no\x1b]0;title\x07/such")
    assert "\x1b" not in caught.value.sentence


def test_the_remedies_for_cifar10_are_a_path_a_download_and_the_digits():
    text = "\n".join(REMEDIES)
    assert "--data PATH" in text and "tuilab fetch cifar10" in text and "--data digits" in text
