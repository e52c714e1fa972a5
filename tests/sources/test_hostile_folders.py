"""Class folders of a hostile neighbour: nothing is waited for, only pixels are read, names are harmless."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources.datasets import check_source, load_dataset
from tuilab.sources.folders import load_folders
from tuilab.terminal import readable


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (32, 32)).save(tmp_path / "data" / name / f"{number}.png")
    return tmp_path / "data"


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a terminal": lambda path: path.symlink_to("/dev/tty"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_a_picture_that_is_no_file_is_refused_and_not_waited_for(
    classes: Path, make: Callable[[Path], object]
) -> None:
    make(classes / "a" / "x.png")
    with pytest.raises(UsageError, match=r"x\.png is not a file, nor a link to one; remove it"):
        load_dataset(str(classes), seed=0)


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_beside_the_class_folders_such_a_thing_is_left_alone(
    classes: Path, make: Callable[[Path], object]
) -> None:
    make(classes / "c")
    check_source(str(classes))
    assert load_dataset(str(classes), seed=0).classes == ("a", "b")


def test_links_out_of_the_folder_give_pixels_and_nothing_else(classes: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Image.new("RGB", (32, 32), (9, 9, 9)).save(elsewhere / "p.png")
    (classes / "a" / "linked.png").symlink_to(elsewhere / "p.png")
    (classes / "c").symlink_to(elsewhere)
    Image.new("RGB", (32, 32), (9, 9, 9)).save(elsewhere / "q.png")
    dataset = load_folders(classes, seed=0)
    assert dataset.classes == ("a", "b", "c") and len(dataset.train_images) + len(dataset.test_images) == 7
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0:the secret\n")
    (classes / "a" / "secret.png").symlink_to(secret)
    with pytest.raises(MissingError, match=r"secret\.png cannot be read as an image") as caught:
        load_folders(classes, seed=0)
    assert "root:x" not in caught.value.sentence


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, side: int = 32) -> bytes:
    start = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    rows = zlib.compress(bytes((1 + 3 * side) * side))
    return b"\x89PNG\r\n\x1a\n" + start + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


MUCH, SOME = zlib.compress(bytes(2**27)), zlib.compress(bytes(2**19))
BOMBS = {
    "a text of 128 MiB": png(chunk(b"zTXt", b"t\0\0" + MUCH)),
    "an international text of 128 MiB": png(chunk(b"iTXt", b"t\0\1\0\0\0" + MUCH)),
    "a profile of 128 MiB": png(chunk(b"iCCP", b"p\0\0" + MUCH)),
    "very many texts": png(*[chunk(b"zTXt", b"t%d\0\0" % n + SOME) for n in range(200)]),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_what_a_picture_carries_beside_its_pixels_is_not_unpacked_without_bound(
    classes: Path, data: bytes
) -> None:
    assert PngImagePlugin.MAX_TEXT_MEMORY <= 2**26
    (classes / "a" / "bomb.png").write_bytes(data)
    try:
        dataset = load_folders(classes, seed=0)
    except TuilabError as error:
        assert "bomb.png" in error.sentence and error.exit_code in (2, 3)
    else:
        assert len(dataset.train_images) + len(dataset.test_images) == 5


def test_no_limit_of_pillow_is_lifted_anywhere() -> None:
    assert Image.MAX_IMAGE_PIXELS == 89_478_485
    package = Path(__file__).parents[2] / "tuilab"
    assert not [p for p in package.rglob("*.py") if "MAX_IMAGE_PIXELS" in p.read_text(encoding="utf-8")]


NAMES = {
    "escapes": "\x1b]0;title\x07\x1b[2J",
    "brackets": "[bold red]x[@click=quit]",
    "right to left": "cat\u202egnp.exe",
    "line ends": "two\nlines\r",
    "of 85 wide characters": "猫" * 85,
    "of 255 letters": "n" * 255,
    "a dash first": "-rf",
    "no UTF-8": os.fsdecode(b"\xff\xfe"),
    "a placeholder": "{epoch}",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_whatever_a_class_is_called_sentences_about_it_are_clean(classes: Path, name: str) -> None:
    (classes / name).mkdir()
    picture = classes / name / "0.png"
    for make in (lambda: None, lambda: picture.touch(), lambda: Image.new("RGB", (1, 1)).save(picture)):
        make()
        with pytest.raises(TuilabError) as caught:
            load_folders(classes, seed=0)
        assert caught.value.sentence.isprintable()
    Image.new("RGB", (1, 1)).save(classes / name / "1.png")
    assert readable(name) in load_folders(classes, seed=0).classes


def test_names_of_batches_meta_are_few_and_short(tmp_path: Path) -> None:
    for name in (*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"):
        (tmp_path / name).write_bytes(bytes(3073))
    meta = tmp_path / "batches.meta.txt"
    for text, said in (
        ("a\n" * 1001, "names 1,001 classes"),
        ("a\n" + "b" * 301, "a class name of 301 characters"),
    ):
        meta.write_text(text)
        with pytest.raises(UsageError, match=said):
            load_dataset(str(tmp_path), seed=0)
