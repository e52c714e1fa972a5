"""Class folders: what is there is read, what cannot be read is named, nothing is dropped in silence."""

import contextlib
import io
import json
import os
import tarfile
import zlib
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources.folders import FORMATS, check_folders, load_folders
from tuilab.terminal import readable

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "cifar10_jpeg.tar.xz"


def save(path: Path, value: Any = 0, size=(32, 32), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = value if isinstance(value, Image.Image) else Image.new(mode, size, value)
    image.save(path, **options)


@pytest.fixture
def two_classes(tmp_path):
    """train and test with classes a and b; every image one colour that says where it was."""
    for split, count in (("train", 10), ("test", 4)):
        for label, name in enumerate("ab"):
            for i in range(count):
                save(tmp_path / "mine" / split / name / f"{i}.png", (label * 100, i, len(split)))
    return tmp_path / "mine"


def test_train_and_test_folders_are_read_with_their_labels(two_classes):
    dataset = load_folders(two_classes, seed=0)
    assert (dataset.name, dataset.source) == ("mine", "class folders, train and test")
    assert dataset.classes == ("a", "b")
    for images, labels, count, split in (
        (dataset.train_images, dataset.train_labels, 10, 5),
        (dataset.test_images, dataset.test_labels, 4, 4),
    ):
        assert sorted(map(tuple, images[:, 0, 0])) == [(c, i, split) for c in (0, 100) for i in range(count)]
        np.testing.assert_array_equal(images[:, 9, 9, 0], labels * 100)


def test_images_are_not_in_the_order_of_their_classes_and_always_in_the_same(two_classes):
    first, second = load_folders(two_classes, seed=0), load_folders(two_classes, seed=5)
    assert first.digest == second.digest
    assert (np.diff(first.train_labels) < 0).any() and len(set(first.train_labels[-4:])) == 2


def test_a_dataset_tells_whether_its_test_images_are_those_of_another_seed(tmp_path, two_classes):
    for name in ("x", "y"):
        for i in range(10):
            save(tmp_path / "d" / name / f"{i}.png", i)
    one, same, other = (load_folders(tmp_path / "d", seed=seed) for seed in (1, 1, 2))
    assert one.test_digest == same.test_digest != other.test_digest
    assert (one.split_seed, other.split_seed) == (1, 2)
    fixed, also_fixed = (load_folders(two_classes, seed=seed) for seed in (1, 2))
    assert fixed.test_digest == also_fixed.test_digest and fixed.split_seed is None


def test_names_that_are_not_utf_8_are_text_in_what_a_run_records(tmp_path):
    try:
        for name in ("caf\udce9", "tea"):
            for i in range(5):
                save(tmp_path / "d\udcff" / name / f"{i}.png", i)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    dataset = load_folders(tmp_path / "d\udcff", seed=1)
    assert (dataset.name, dataset.classes) == ("d\\xff", ("caf\\xe9", "tea"))
    json.dumps([dataset.name, dataset.source, dataset.classes], ensure_ascii=False).encode()
    assert len(dataset.digest) == 64


def test_one_level_is_split_a_fifth_of_each_class_with_the_seed(tmp_path):
    for name, count in (("x", 20), ("y", 11), ("z", 2)):
        for i in range(count):
            save(tmp_path / "d" / name / f"{i:02}.png", (i, 0, 0))
    one, same, other = (load_folders(tmp_path / "d", seed=seed) for seed in (1, 1, 2))
    assert np.bincount(one.test_labels).tolist() == [4, 2, 1]
    assert np.bincount(one.train_labels).tolist() == [16, 9, 1]
    assert one.digest == same.digest != other.digest
    assert one.source == "class folders, test fifth split off with seed 1"

    def seen(images, labels):
        return set(zip(labels.tolist(), images[:, 0, 0, 0].tolist(), strict=True))

    train, test = seen(one.train_images, one.train_labels), seen(one.test_images, one.test_labels)
    assert not train & test and len(train | test) == 33


def test_images_of_32x32_keep_every_pixel(tmp_path, two_classes):
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    save(two_classes / "train" / "a" / "noise.png", Image.fromarray(noise))
    assert any((image == noise).all() for image in load_folders(two_classes, seed=0).train_images)


def only(tmp_path, name, image, **options):
    """What load_folders makes of one picture."""
    save(tmp_path / "one" / "a" / name, image, **options)
    save(tmp_path / "one" / "a" / "twin.png")
    for i in range(2):
        save(tmp_path / "one" / "b" / f"{i}.png")
    dataset = load_folders(tmp_path / "one", seed=0)
    both = np.concatenate([dataset.train_images, dataset.test_images])
    return next((image for image in both if image.any()), both[0])


def test_transparency_lies_on_white(tmp_path):
    picture = Image.new("RGBA", (32, 32), (10, 20, 30, 0))
    picture.paste((10, 20, 30, 255), (0, 0, 16, 32))
    image = only(tmp_path, "p.png", picture)
    assert (image[:, :16] == (10, 20, 30)).all() and (image[:, 16:] == 255).all()


def test_a_palette_with_a_transparent_colour_lies_on_white(tmp_path):
    picture = Image.new("P", (32, 32), 1)
    picture.putpalette([0, 0, 0, 9, 8, 7])
    picture.paste(0, (0, 0, 32, 16))
    image = only(tmp_path, "p.gif", picture, transparency=0)
    assert (image[:16] == 255).all() and (image[16:] == (9, 8, 7)).all()


def test_16_bit_grey_is_scaled_not_cut(tmp_path):
    values = np.full((32, 32), 0x8080, np.uint16)
    values[0] = 0xFFFF
    image = only(tmp_path, "p.png", Image.fromarray(values))
    assert (image[0] == 255).all() and (image[1:] == 0x80).all()


def test_grey_bilevel_and_cmyk_become_rgb(tmp_path):
    for i, (mode, value, expected) in enumerate(
        [("L", 77, (77, 77, 77)), ("1", 1, (255, 255, 255)), ("CMYK", (0, 255, 255, 0), (255, 0, 0))]
    ):
        image = only(tmp_path / str(i), "p.tiff", Image.new(mode, (32, 32), value))
        assert (image == expected).all()


def test_exif_orientation_is_applied(tmp_path):
    picture = Image.new("RGB", (32, 32))
    picture.paste((255, 0, 0), (0, 0, 32, 8))  # a red bar on top
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned clockwise: the bar is on the right
    image = only(tmp_path, "p.png", picture, exif=exif)
    assert (image[:, 24:] == (255, 0, 0)).all() and not image[:, :24].any()


def test_other_sizes_are_averaged_not_sampled(tmp_path):
    # A fine chequerboard: sampling would give 0 or 255, the average is 127.5.
    board = np.indices((256, 256)).sum(axis=0) % 2 * 255
    image = only(tmp_path, "p.png", Image.fromarray(board.astype(np.uint8)))
    assert abs(image.astype(int) - 128).max() <= 2


def test_other_files_and_folders_are_counted_not_hidden(two_classes):
    (two_classes / "train" / "a" / "readme.txt").write_text("x")
    (two_classes / "train" / "a" / "Thumbs.db").write_text("x")
    (two_classes / "train" / "a" / ".DS_Store").write_text("x")
    (two_classes / "test" / "b" / "deeper").mkdir()
    (two_classes / "val").mkdir()
    source = load_folders(two_classes, seed=0).source
    assert source == "class folders, train and test, 3 other files or folders not read, not read: val"


def test_an_unreadable_image_is_named(two_classes):
    bad = two_classes / "train" / "b" / "bad\x1b[2J.jpg"
    for contents in (b"", b"<html>", b"\xff\xd8\xff\xe0\x00\x10JFIF"):
        bad.write_bytes(contents)
        with pytest.raises(MissingError, match=r"bad\\e\[2J\.jpg cannot be read as an image") as caught:
            load_folders(two_classes, seed=0)
        assert "\x1b" not in caught.value.sentence and caught.value.remedies


def test_a_truncated_image_is_named(two_classes):
    path = two_classes / "test" / "a" / "cut.jpg"
    save(path, Image.effect_noise((64, 64), 80))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(MissingError, match=r"cut\.jpg"):
        load_folders(two_classes, seed=0)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_picture_too_large_is_named_and_not_decoded(two_classes, side):
    path = two_classes / "train" / "a" / "bomb.png"
    save(path, size=(1, 1))
    data = bytearray(path.read_bytes())
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"bomb\.png is too large an image"):
        load_folders(two_classes, seed=0)


def test_formats_that_start_other_programs_are_not_opened(two_classes):
    (two_classes / "train" / "a" / "p.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(MissingError, match="not an image in a known format"):
        load_folders(two_classes, seed=0)
    assert "EPS" not in FORMATS


def test_floating_point_pixels_are_refused(two_classes):
    save(two_classes / "train" / "a" / "p.tiff", Image.new("F", (32, 32), 0.5))
    with pytest.raises(TuilabError, match=r"p\.tiff.*floating-point"):
        load_folders(two_classes, seed=0)


@pytest.mark.parametrize("check", [check_folders, lambda path: load_folders(path, seed=0)])
def test_folders_that_are_no_classes_are_refused_and_named(tmp_path, check):
    (tmp_path / "alone" / "cat").mkdir(parents=True)
    with pytest.raises(UsageError, match="one class folder, 'cat'"):
        check(tmp_path / "alone")
    for name in ("half/train/a", "half/train/b"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(UsageError, match="no test/"):
        check(tmp_path / "half")
    for name in ("odd/train/a", "odd/train/b", "odd/test/a", "odd/test/b", "odd/test/c\x07"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(UsageError, match=r"class 'c\\x07' is in .*test but not in train/"):
        check(tmp_path / "odd")
    with pytest.raises(MissingError, match="cannot be listed"):
        check(tmp_path / "nowhere")


def test_a_class_without_images_is_named(two_classes):
    for split in ("train", "test"):
        (two_classes / split / "empty").mkdir()
    with pytest.raises(UsageError, match=r"train/empty holds no images"):
        load_folders(two_classes, seed=0)


def test_a_class_too_small_to_split_is_named(tmp_path):
    for name in ("a/1", "a/2", "b/1"):
        save(tmp_path / "d" / f"{name}.png")
    with pytest.raises(UsageError, match=r"class 'b'.*one image"):
        load_folders(tmp_path / "d", seed=0)


def test_links_to_images_are_followed_and_links_to_folders_above_end(two_classes):
    (two_classes / "train" / "b" / "linked.png").symlink_to(two_classes / "train" / "a" / "0.png")
    (two_classes / "train" / "b" / "loop").symlink_to(two_classes)
    assert len(load_folders(two_classes, seed=0).train_images) == 21
    (two_classes / "train" / "b" / "dangling.png").symlink_to(two_classes / "nothing")
    with pytest.raises(UsageError, match=r"dangling\.png"):
        load_folders(two_classes, seed=0)


def test_a_pipe_is_not_waited_for(two_classes):
    os.mkfifo(two_classes / "train" / "a" / "pipe.png")
    with pytest.raises(UsageError, match=r"pipe\.png is not a file"):
        load_folders(two_classes, seed=0)


def test_names_from_outside_are_kept_as_they_are(tmp_path):
    names = sorted([os.fsdecode(b"\xff\xfe"), "[red]x\x1b", "猫"])
    for name in names:
        for i in range(2):
            save(tmp_path / "d" / name / f"{i}.png")
    dataset = load_folders(tmp_path / "d", seed=0)
    assert list(dataset.classes) == [readable(name) for name in names]


def test_progress_counts_every_image(two_classes):
    told: list[tuple[Any, ...]] = []

    def tell(*args: Any, **_: Any) -> None:
        told.append(args)

    load_folders(two_classes, seed=0, progress=tell)
    assert ("loading", "training images", 20, 20, "images") in told
    assert ("loading", "test images", 8, 8, "images") in told


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "TGA", "PPM", "JPEG2000"]),
    st.dictionaries(st.integers(0, 2000), st.integers(0, 255), max_size=6),
    st.integers(0, 3),
)
def test_any_changed_bytes_of_an_image_never_raise_anything_but_a_sentence(tmp_path, kind, changes, cut):
    whole = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    options = {"exif": exif} if kind in {"PNG", "JPEG", "WEBP", "TIFF"} else {}
    Image.effect_noise((16, 16), 50).save(whole, kind, **options)
    data = bytearray(whole.getvalue())
    for at, value in changes.items():
        data[at % len(data)] = value
    folder = tmp_path / "fuzz"
    for name in ("a/2.png", "b/1.png", "b/2.png"):
        if not (folder / name).exists():
            save(folder / name)
    (folder / "a" / "1.png").write_bytes(data[: len(data) - cut * 30])
    with contextlib.suppress(TuilabError):
        load_folders(folder, seed=0)


@pytest.mark.skipif(not REAL.exists(), reason="needs the images in ../shared/data, which are not committed")
def test_real_images_in_class_folders_are_the_pixels_of_their_files(tmp_path):
    with tarfile.open(REAL, "r:xz") as tar:
        # The first classes of the archive, a few hundred images each way of counting.
        members = [m for m in islice(tar, 5_600) if m.isfile()]
        wanted = members[:150] + members[5_200:5_350]
        for member in wanted:
            file = tar.extractfile(member)
            assert file is not None
            path = tmp_path / "real" / Path(member.name).parent.name / Path(member.name).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.read())
    dataset = load_folders(tmp_path / "real", seed=0)
    assert len(dataset.train_images) == 240 and len(dataset.test_images) == 60
    theirs = {np.asarray(Image.open(path)).tobytes() for path in (tmp_path / "real").glob("*/*.jpg")}
    both = np.concatenate([dataset.train_images, dataset.test_images])
    assert {image.tobytes() for image in both} == theirs
