"""CIFAR-10 in every layout that people have: one result, verified, and nothing followed or believed."""

import contextlib
import gzip
import hashlib
import io
import pickle
import tarfile
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources import cifar, downloads, tar_members
from tuilab.sources.cifar_batches import read_binary_batch
from tuilab.sources.datasets import load_dataset
from tuilab.sources.named.cifar10 import FILES

CLASSES = FILES.classes
NAMES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def load_cifar(path, **more):
    return cifar.load_cifar(path, [FILES], **more)


def load_cifar10():
    return load_dataset("cifar10", seed=0)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def batches():
    """Three images a batch: name -> (images (3, 32, 32, 3), labels)."""
    generator = np.random.default_rng(7)
    return {
        name: (generator.integers(0, 256, (3, 32, 32, 3), np.uint8), generator.integers(0, 10, 3).tolist())
        for name in NAMES
    }


def python_files(batches):
    files = {"batches.meta": pickle.dumps({b"label_names": [c.encode() for c in CLASSES]}, 2)}
    for name, (images, labels) in batches.items():
        planes = np.stack([image.transpose(2, 0, 1).reshape(-1) for image in images])
        files[name] = pickle.dumps({b"data": planes, b"labels": labels}, 2)
    return files


def binary_files(batches):
    files = {"batches.meta.txt": ("\n".join(CLASSES) + "\n\n").encode()}
    for name, (images, labels) in batches.items():
        record = b""
        for image, label in zip(images, labels, strict=True):
            record += bytes([label]) + b"".join(image[..., c].tobytes() for c in range(3))
        files[f"{name}.bin"] = record
    return files


LAYOUTS = {"py": python_files, "bin": binary_files}


def write_folder(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def write_archive(path, files, folder, extra=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for member in extra:
            tar.addfile(member)
        for name, data in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}" if folder else name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def publish(monkeypatch, archive=None, files=None):
    """Make these the published files, as far as their checksums go."""
    if archive:
        monkeypatch.setitem(vars(FILES), "sha256", hashlib.sha256(archive.read_bytes()).hexdigest())
    if files:
        md5 = {name: hashlib.md5(data).hexdigest() for name, data in files.items()}
        monkeypatch.setitem(vars(FILES), "python", {name: md5[name] for name in FILES.python})


def assert_holds(dataset, batches):
    train = [batches[name] for name in NAMES[:-1]]
    np.testing.assert_array_equal(dataset.train_images, np.concatenate([images for images, _ in train]))
    assert dataset.train_labels.tolist() == [label for _, labels in train for label in labels]
    np.testing.assert_array_equal(dataset.test_images, batches["test_batch"][0])
    assert dataset.test_labels.tolist() == batches["test_batch"][1]
    assert dataset.classes == CLASSES


@pytest.mark.parametrize("kind", ["py", "bin"])
@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py", "./cifar-10-batches-bin"])
def test_an_archive_is_read_without_unpacking_it(tmp_path, batches, kind, inside):
    path = write_archive(tmp_path / "some" / "my.tar.gz", LAYOUTS[kind](batches), inside)
    dataset = load_cifar(path)
    assert_holds(dataset, batches)
    assert dataset.name == "my.tar.gz" and "not the published file" in dataset.source
    assert [p.name for p in path.parent.iterdir()] == ["my.tar.gz"]


@pytest.mark.parametrize("kind", ["py", "bin"])
def test_a_folder_of_batches_and_the_folder_around_it_are_the_same(tmp_path, batches, kind):
    folder = write_folder(tmp_path / f"cifar-10-batches-{kind}", LAYOUTS[kind](batches))
    inner, outer = load_cifar(folder), load_cifar(tmp_path)
    assert_holds(inner, batches)
    assert inner.digest == outer.digest and inner.source == outer.source
    assert inner.name == outer.name == f"cifar-10-batches-{kind}"
    assert ("unverified" if kind == "bin" else "checksums differ") in inner.source


def test_without_names_of_its_own_the_known_class_names_are_used(tmp_path, batches):
    files = binary_files(batches)
    del files["batches.meta.txt"]
    assert load_cifar(write_folder(tmp_path / "f", files)).classes == CLASSES


def test_the_files_own_class_names_are_used(tmp_path, batches):
    files = binary_files(batches) | {"batches.meta.txt": "\n".join("abcdefghij").encode()}
    assert load_cifar(write_folder(tmp_path / "f", files)).classes == tuple("abcdefghij")


def test_what_matches_the_published_checksums_is_called_cifar10(tmp_path, batches, monkeypatch):
    files = python_files(batches)
    archive = write_archive(tmp_path / "a.tar.gz", files, "cifar-10-batches-py")
    folder = write_folder(tmp_path / "unpacked", files)
    publish(monkeypatch, archive, files)
    for path in (archive, folder):
        dataset = load_cifar(path)
        assert dataset.name == "cifar10" and "verified against the published checksum" in dataset.source
    (folder / "data_batch_3").write_bytes(files["data_batch_2"])
    assert load_cifar(folder).name == "unpacked"


def test_links_devices_and_paths_elsewhere_are_not_followed(tmp_path, batches):
    secret = tmp_path / "secret"
    secret.write_bytes(binary_files(batches)["test_batch.bin"])
    extra = []
    for name, kind in (("test_batch.bin", tarfile.SYMTYPE), ("data_batch_1.bin", tarfile.LNKTYPE)):
        extra.append(tarfile.TarInfo(f"cifar-10-batches-bin/{name}"))
        extra[-1].type, extra[-1].linkname = kind, str(secret)
    for name, kind in (("data_batch_2.bin", tarfile.FIFOTYPE), ("data_batch_3.bin", tarfile.CHRTYPE)):
        extra.append(tarfile.TarInfo(name))
        extra[-1].type = kind
    extra += [tarfile.TarInfo("/data_batch_4.bin"), tarfile.TarInfo("../data_batch_5.bin")]
    files = binary_files(batches)
    assert_holds(load_cifar(write_archive(tmp_path / "a.tar.gz", files, "", extra)), batches)
    with pytest.raises(UsageError, match="no CIFAR-10 batches"):
        load_cifar(write_archive(tmp_path / "b.tar.gz", {}, "", extra))


def test_a_decompression_bomb_stops(tmp_path, batches, monkeypatch):
    monkeypatch.setattr(tar_members, "LARGEST", 2**20)
    for name in ("cifar-10-batches-bin/data_batch_1.bin", "unrelated"):
        path = write_archive(tmp_path / "bomb.tar.gz", {name: bytes(2**22)}, "")
        with pytest.raises(UsageError, match="unpacks to more than 1 MiB"):
            load_cifar(path)


def test_a_truncated_archive_is_refused_and_named(tmp_path, batches):
    path = write_archive(tmp_path / "cut.tar.gz", python_files(batches), "cifar-10-batches-py")
    whole = path.read_bytes()
    for length in (len(whole) - 1, len(whole) - 20, len(whole) // 2, 30):
        path.write_bytes(whole[:length])
        with pytest.raises(MissingError, match=r"cut\.tar\.gz is (damaged|incomplete)") as caught:
            load_cifar(path)
        assert caught.value.remedies and caught.value.exit_code == 3


def test_a_missing_batch_is_named(tmp_path, batches):
    files = python_files(batches)
    del files["data_batch_4"]
    for path in (write_archive(tmp_path / "a.tar.gz", files, ""), write_folder(tmp_path / "f", files)):
        with pytest.raises(MissingError, match="data_batch_4 is missing"):
            load_cifar(path)


def test_a_damaged_batch_is_named(tmp_path, batches):
    files = binary_files(batches)
    files["data_batch_2.bin"] = files["data_batch_2.bin"][:-1]
    with pytest.raises(MissingError, match=r"data_batch_2\.bin is damaged: 9,218 bytes"):
        load_cifar(write_folder(tmp_path / "f", files))


@pytest.mark.parametrize("kind", ["py", "bin"])
def test_a_label_without_a_class_is_refused(tmp_path, batches, kind):
    batches["data_batch_5"][1][1] = 10
    with pytest.raises(UsageError, match="label 10 at image 1; 10 classes allow 0 to 9"):
        load_cifar(write_folder(tmp_path / "f", LAYOUTS[kind](batches)))


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        ([1], "holds a list"),
        ({b"labels": [1]}, "no 'data'"),
        (
            {b"data": np.zeros((1, 3072), np.uint8), b"fine_labels": [1]},
            "not a CIFAR-10 batch: it has no 'labels'",
        ),
        ({b"data": np.zeros((1, 3072)), b"labels": [1]}, r"data is float64 \(1, 3072\)"),
        ({b"data": np.zeros((1, 3071), np.uint8), b"labels": [1]}, r"\(1, 3071\)"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}, "2 images and 1 labels"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": ["a"]}, "integers"),
        ({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10**30]}, "label 2147483647"),
        ({b"data": [1, 2], b"labels": [1]}, "data is list"),
    ],
)
def test_a_pickle_that_is_no_batch_is_refused_in_a_sentence(tmp_path, batches, batch, sentence):
    files = python_files(batches) | {"data_batch_1": pickle.dumps(batch, 2)}
    with pytest.raises(UsageError, match=sentence) as caught:
        load_cifar(write_folder(tmp_path / "f", files))
    assert "data_batch_1" in caught.value.sentence


@given(st.binary(max_size=64), st.integers(0, 3))
def test_any_bytes_in_a_binary_batch_give_images_or_a_sentence(data, records):
    data += bytes(3073 * records)
    try:
        images, labels = read_binary_batch(data, FILES, what="x", classes=CLASSES)
        assert len(images) == len(labels) == len(data) // 3073
    except TuilabError:
        assert len(data) % 3073 or not data or max(data[::3073]) > 9


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.dictionaries(st.integers(0, 40_000), st.integers(0, 255), max_size=5), st.booleans())
def test_any_changed_bytes_in_an_archive_never_raise_anything_but_a_sentence(tmp_path, changes, zipped):
    path = write_archive(
        tmp_path / "fuzz.tar.gz", {f"{n}.bin": bytes(3073) for n in NAMES} | {"unrelated": b"x"}, ""
    )
    data = bytearray(path.read_bytes() if zipped else gzip.decompress(path.read_bytes()))
    for at, value in changes.items():
        data[at % len(data)] = value
    path.write_bytes(data)
    with contextlib.suppress(TuilabError):
        load_cifar(path)


IN_KERAS = [
    "cifar-10-batches-py-target_archive",
    "cifar-10-batches-py-target/cifar-10-batches-py",
    "cifar-10-batches-py.tar.gz",
    "cifar-10-batches-py",
]


def put(path, files):
    if path.name.endswith(("archive", "gz")):
        return write_archive(path, files, "cifar-10-batches-py")
    return write_folder(path, files)


@pytest.mark.parametrize("place", IN_KERAS)
def test_kerass_own_copy_is_found_verified_and_said(tmp_path, batches, monkeypatch, place):
    files = python_files(batches)
    assert FILES.location() is None
    path = put(tmp_path / "keras" / "datasets" / place, files)
    publish(monkeypatch, path if path.is_file() else None, files)
    assert FILES.location() in (path, path.parent)
    dataset = load_cifar10()
    assert_holds(dataset, batches)
    assert dataset.name == "cifar10"
    assert dataset.source.startswith("Keras's cache, official python") and "verified" in dataset.source


@pytest.mark.parametrize("place", IN_KERAS)
def test_another_copy_in_kerass_cache_is_refused_and_named_never_skipped(tmp_path, batches, place):
    put(tmp_path / "keras" / "datasets" / place, python_files(batches))
    download = write_archive(tmp_path / "home" / "downloads" / "cifar-10-python.tar.gz", {}, "")
    assert download.is_file()
    with pytest.raises(MissingError, match=place.split("/")[0]) as caught:
        load_cifar10()
    assert any("--data digits" in line for line in caught.value.remedies)


def test_a_binary_folder_in_kerass_cache_is_not_believed(tmp_path, batches):
    write_folder(tmp_path / "keras" / "datasets" / "cifar-10-batches-py", binary_files(batches))
    with pytest.raises(MissingError, match="it is the binary version"):
        load_cifar10()


def test_where_there_is_no_copy_it_is_downloaded_verified_and_said(tmp_path, batches, monkeypatch):
    archive = write_archive(tmp_path / "server.tar.gz", python_files(batches), "cifar-10-batches-py")
    publish(monkeypatch, archive)
    asked = []

    def fetch(url, target, *, sha256, **_):
        asked.append((url, sha256))
        target.parent.mkdir(parents=True)
        target.write_bytes(archive.read_bytes())

    monkeypatch.setattr(downloads, "fetch", fetch)
    dataset = load_cifar10()
    assert_holds(dataset, batches)
    assert dataset.source.startswith("tuilab's download, ")
    assert asked == [(FILES.url, FILES.sha256)]
    assert FILES.fetch() == FILES.location() == tmp_path / "home" / "downloads" / "cifar-10-python.tar.gz"
    assert len(asked) == 1


def test_a_damaged_download_of_our_own_is_refused_and_named(tmp_path):
    path = tmp_path / "home" / "downloads" / "cifar-10-python.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x1f\x8bnot all of it")
    with pytest.raises(MissingError, match="it ends after 15 of 170,498,071 bytes") as caught:
        FILES.fetch()
    assert str(path) in caught.value.sentence and caught.value.remedies


SHADOWS = {
    "empty": ("cifar-10-batches-py-target_archive", b""),
    "truncated": ("cifar-10-batches-py.tar.gz", b"\x1f\x8bnot all of it"),
}


@pytest.mark.parametrize(
    "place", ["keras/datasets/cifar-10-batches-py", "home/downloads/cifar-10-python.tar.gz"]
)
@pytest.mark.parametrize("shadow", SHADOWS)
def test_a_copy_that_is_not_whole_hides_none_that_is(tmp_path, batches, monkeypatch, shadow, place):
    name, content = SHADOWS[shadow]
    files = python_files(batches)
    whole = put(tmp_path / place, files)
    publish(monkeypatch, whole if whole.is_file() else None, files)
    (tmp_path / "keras" / "datasets").mkdir(parents=True, exist_ok=True)
    (tmp_path / "keras" / "datasets" / name).write_bytes(content)
    assert FILES.fetch() == FILES.location() == whole
    assert load_cifar10().source.startswith("Keras's cache" if "keras" in place else "tuilab's download")


def test_our_own_verified_download_comes_first_as_with_the_weights(tmp_path, batches, monkeypatch):
    files = python_files(batches)
    own = put(tmp_path / "home" / "downloads" / "cifar-10-python.tar.gz", files)
    put(tmp_path / "keras" / "datasets" / "cifar-10-batches-py", files)
    publish(monkeypatch, own, files)
    assert FILES.location() == own


@pytest.mark.parametrize(
    ("removed", "changed", "sentence"),
    [
        (["data_batch_3"], "", "cannot be used: data_batch_3 is missing"),
        (["data_batch_1", "test_batch"], "", "data_batch_1, test_batch are missing"),
        ([], "data_batch_2", "data_batch_2: not what was published"),
    ],
)
def test_what_a_copy_lacks_is_said(tmp_path, batches, monkeypatch, removed, changed, sentence):
    files = python_files(batches)
    folder = put(tmp_path / "keras" / "datasets" / "cifar-10-batches-py", files)
    publish(monkeypatch, None, files)
    for name in removed:
        (folder / name).unlink()
    if changed:
        (folder / changed).write_bytes(b"x")
    with pytest.raises(MissingError) as caught:
        load_cifar10()
    assert sentence in caught.value.sentence and str(folder) in caught.value.sentence
    (tmp_path / "keras" / "datasets" / "cifar-10-batches-py.tar.gz").touch()
    with pytest.raises(MissingError, match="it is empty"):
        FILES.location()


def test_progress_tells_bytes_up_to_the_whole(tmp_path, batches):
    told: list[tuple[Any, ...]] = []

    def tell(*args: Any, **_: Any) -> None:
        told.append(args)

    path = write_archive(tmp_path / "a.tar.gz", python_files(batches), "")
    load_cifar(path, progress=tell)
    assert told and all(phase == "loading" and unit == "bytes" for phase, *_, unit in told)
    assert all(total is not None and done <= total for _, _, done, total, _ in told)
