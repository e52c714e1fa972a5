"""Weight files made to run code, to read other files or to fill the memory: weights only, or a sentence."""

import json
import re
import resource
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from weight_files import SMALL, TABLE, keras3, keras3_nested, random_layers, written

import tuilab
from tuilab.bases.base_network import BaseNetwork
from tuilab.bases.named.vgg16 import BASE
from tuilab.errors import UsageError
from tuilab.sources import hdf5_weights, onnx_weights
from tuilab.sources.base_weights import check_weights, load_weights
from tuilab.sources.hdf5_weights import check_hdf5, read_hdf5
from tuilab.sources.onnx_weights import read_onnx

LAMBDA = {
    "class_name": "Lambda",
    "config": {"name": "evil", "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAAA"}}},
}


def whole_model_h5(path: Path) -> None:
    written(path, random_layers(TABLE))
    with h5py.File(path, "a") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "s", "layers": [LAMBDA]}}
        )


def whole_model_keras(path: Path) -> None:
    written(path.with_name("inner.h5"), random_layers(TABLE), keras3)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        file.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [LAMBDA]}}))
        file.write(path.with_name("inner.h5"), "model.weights.h5")


@pytest.mark.parametrize("use", [check_weights, load_weights])
@pytest.mark.parametrize("make", [whole_model_h5, whole_model_keras])
@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.weights.h5"])
def test_a_whole_model_with_a_lambda_layer_is_refused_whatever_its_name(
    tmp_path: Path, make: Callable[[Path], None], use: Callable[[BaseNetwork, str], object], name: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(
        UsageError, match=r"(whole model|\.keras or zip file), but only weight files are read"
    ):
        use(BASE, str(tmp_path / name))


def test_nothing_here_can_load_a_model_and_only_our_own_checkpoints_are_loaded_by_keras() -> None:
    forbidden = {
        *("load_model", "model_from_json", "model_from_config", "deserialize_keras_object"),
        *("enable_unsafe_deserialization", "safe_mode", "load_weights_from_hdf5_group"),
    }
    package = Path(tuilab.__file__).parent
    words = re.compile(rf"\b({'|'.join(forbidden)})\b")
    texts = {path.relative_to(package).as_posix(): path.read_text("utf-8") for path in package.rglob("*.py")}
    assert not [name for name, text in texts.items() if words.search(text)]
    loading = [name for name, text in texts.items() if "network.load_weights(" in text]
    assert loading == ["engine/trained_model.py"], "after its checksum was compared"


def test_objects_and_references_are_refused_as_weights(tmp_path: Path) -> None:
    for kind in (
        h5py.string_dtype(),
        h5py.ref_dtype,
        h5py.vlen_dtype(np.float32),
        np.dtype("V4"),
        np.dtype("c8"),
    ):
        path = written(tmp_path / "w.h5", random_layers(TABLE))
        with h5py.File(path, "a") as file:
            del file["block1_conv1/block1_conv1_b_1:0"]
            file.create_dataset("block1_conv1/block1_conv1_b_1:0", (4,), kind)
        with pytest.raises(UsageError, match=r"has block1_conv1 as .*, but must have it as float32"):
            read_hdf5(path, SMALL)


KERNEL = (3, 3, 3, 4)


def packed(path: Path, chunk: bytes) -> Path:
    """Write weights whose first kernel is packed, with these raw bytes as its one chunk."""
    written(path, random_layers(TABLE))
    with h5py.File(path, "a") as file:
        del file["block1_conv1/block1_conv1_W_1:0"]
        tensor = file.create_dataset(
            "block1_conv1/block1_conv1_W_1:0", KERNEL, "<f4", chunks=KERNEL, compression="gzip"
        )
        tensor.id.write_direct_chunk((0, 0, 0, 0), chunk)
    return path


def test_a_chunk_that_unpacks_to_gigabytes_is_never_unpacked(tmp_path: Path) -> None:
    squeeze = zlib.compressobj(9)
    bomb = b"".join(squeeze.compress(bytes(2**20)) for _ in range(128)) + squeeze.flush()
    path = packed(tmp_path / "bomb.h5", bomb)
    assert path.stat().st_size < 2**20
    code = (
        "import resource, sys; from pathlib import Path; from tuilab.errors import UsageError\n"
        "from tuilab.bases.named.vgg16 import BASE\nfrom tuilab.sources.hdf5_weights import read_hdf5\n"
        "import h5py, numpy\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read_hdf5(Path(sys.argv[1]), BASE)\n"
        "except UsageError as error:\n    print(error.sentence)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    root = Path(hdf5_weights.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    sentence, grown = done.stdout.splitlines()
    assert "bomb.h5 holds compressed data (block1_conv1/block1_conv1_W_1:0)" in sentence
    assert int(grown) < 64 * 1024, "KiB, and the chunk has 128 MiB"


def test_a_filter_that_is_a_plug_in_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plugin.h5"
    written(path, random_layers(TABLE))
    with h5py.File(path, "a") as file:
        del file["block1_conv1/block1_conv1_b_1:0"]
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((4,))
        plan.set_filter(32_767, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file["block1_conv1"].id, b"block1_conv1_b_1:0", h5py.h5t.IEEE_F32LE, space, plan)
    for use in (check_hdf5, read_hdf5):
        with pytest.raises(UsageError, match="holds compressed data"):
            use(path, SMALL)


def test_a_label_is_one_short_text_or_none(tmp_path: Path) -> None:
    path = tmp_path / "w.weights.h5"
    with h5py.File(path, "w", libver="latest") as file:  # the older layout holds no large attributes
        keras3_nested(file, random_layers(TABLE))
    with h5py.File(path, "a") as file:
        group = file["layers/functional/layers/conv2d/vars"]
        for label in (np.full(500_000, b"block1_conv1"), np.zeros(3), h5py.Empty("S10")):
            del group.attrs["name"]
            group.attrs["name"] = label
            file.flush()
            with pytest.raises(UsageError, match="in layer block1_conv1 it has nothing"):
                check_hdf5(path, SMALL)


def test_a_file_of_very_many_or_very_deep_parts_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = written(tmp_path / "deep.h5", random_layers(TABLE))
    with h5py.File(deep, "a") as file:
        file.create_group("/".join("a" * 100))
    with pytest.raises(UsageError, match="nested more than 64 deep"):
        check_hdf5(deep, SMALL)
    many = written(tmp_path / "many.h5", random_layers(TABLE))
    monkeypatch.setattr(hdf5_weights, "_MOST_PARTS", 50)
    check_hdf5(many, SMALL)
    with h5py.File(many, "a") as file:
        for number in range(50):
            file.create_group(f"g{number}")
    with pytest.raises(UsageError, match="more than 50 parts"):
        check_hdf5(many, SMALL)


def test_an_onnx_model_of_another_digest_is_not_parsed_nor_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)  # importing it would raise
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(2**40)  # a terabyte of holes
    monkeypatch.setattr(onnx_weights, "_LARGEST", 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Exception, match="its SHA-256 is") as caught:
        read_onnx(path, TABLE, sha256="0" * 64)
    assert caught.type.__name__ == "MissingError"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
