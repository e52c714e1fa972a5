"""Names and files of a hostile neighbour on the command line: one sentence, an exit code, nothing left."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import assert_no_run_is_left, assert_refused, call

from tuilab import presets
from tuilab.files import paths

NAMES = {
    "a path above": "../../etc/passwd",
    "an absolute path": "/etc/passwd",
    "a file of ours": str(presets.folder() / "bn.toml"),
    "a name with its ending": "bn.toml",
    "a dash first": "-x",
    "a long dash": "--help-me",
    "a NUL": "bn\0",
    "a line end": "bn\n",
    "a placeholder": "{epoch}",
    "a format": "%s{0.__class__}",
    "nothing": "",
    "dots": "..",
    "300 characters": "n" * 300,
    "escapes": "\x1b]0;x\x07\x9b2J",
    "right to left": "bn\u202e",
    "brackets": "[bold]bn[/bold]",
    "no UTF-8": os.fsdecode(b"bn\xff"),
    "wide letters": "ｂｎ",
}


@pytest.mark.parametrize(
    "words", [["run", "--data", "digits", "--preset"], ["presets", "show", "--"], ["results", "--preset"]]
)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_is_no_preset_is_never_a_path(
    words: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, *words, name)
    assert_refused(ended, 2, "preset")
    assert len(ended.err.splitlines()[0]) < 600 and ended.err.replace("\n", "").isprintable()
    assert "root:" not in ended.err
    assert_no_run_is_left()
    assert not paths.config().exists()


def whole_model(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"class_name": "Lambda"}'


def keras_model(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", '{"class_name": "Lambda"}')


def linked(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["block1_conv1"] = h5py.ExternalLink("/etc/passwd", "/")


def packed(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("block1_conv1/kernel:0", (3, 3, 3, 64), "f4", compression="gzip")


WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a whole model in HDF5": (whole_model, "is a whole model, but only weight files are read"),
    "a .keras file": (keras_model, "is a .keras or zip file, but only weight files are read"),
    "a link to another file": (linked, "holds a link to another place"),
    "a packed tensor": (packed, "holds compressed data"),
    "a pipe": (os.mkfifo, "is not a regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
}


@pytest.mark.parametrize(("make", "said"), WEIGHTS.values(), ids=WEIGHTS)
def test_hostile_weights_are_refused_before_a_run_is_made(
    make: Callable[[Path], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.h5"
    make(path)
    words = ["run", "--preset", "iteration-i", "--data", "digits", "--weights", str(path)]
    assert_refused(call(capsys, *words), 2, str(path), said)
    assert_no_run_is_left()


def objects(path: Path) -> None:
    things = np.array([{}, None])
    np.savez(path, x_train=things, y_train=things, x_test=things, y_test=things)


IMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an array of objects": (objects, "holds Python objects, which are never loaded"),
    "a pipe": (os.mkfifo, "is not a file or folder"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is not a file or folder"),
    "a link to itself": (lambda path: path.symlink_to(path), "is not a file or folder"),
}


@pytest.mark.parametrize(("make", "said"), IMAGES.values(), ids=IMAGES)
def test_hostile_images_are_refused_before_a_run_is_made(
    make: Callable[[Path], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "images.npz"
    make(path)
    assert_refused(call(capsys, "run", "--preset", "bn", "--data", str(path)), 2, str(path), said)
    assert_no_run_is_left()


def test_a_preset_file_that_is_hostile_leaves_every_other_command_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    presets.own_folder().mkdir(parents=True)
    os.mkfifo(presets.own_folder() / "pipe.toml")
    (presets.own_folder() / "bomb.toml").write_text(".".join("a" * 60_000) + " = 1\n")
    (presets.own_folder() / "\x1b[2J.toml").write_text("title = ")
    ended = call(capsys, "presets")
    assert ended.code == 0 and "bn-l2" in ended.out
    assert "a key has more than 16 parts" in ended.err and "\x1b" not in ended.out + ended.err
