"""Arrays of people's own: what is accepted means one thing, the rest is refused in a sentence."""

import contextlib
import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources.arrays import check_arrays, load_arrays


def arrays(**changes):
    generator = np.random.default_rng(3)
    made = {
        "x_train": generator.integers(0, 256, (9, 32, 32, 3), np.uint8),
        "y_train": np.array([2, 0, 1] * 3),
        "x_test": generator.integers(0, 256, (3, 32, 32, 3), np.uint8),
        "y_test": np.array([1, 0, 1]),
    }
    return {key: value for key, value in {**made, **changes}.items() if value is not None}


@pytest.fixture
def load(tmp_path):
    def write_and_load(**changes):
        path = tmp_path / "mine.npz"
        np.savez(path, **arrays(**changes))
        return load_arrays(path)

    return write_and_load


def test_images_of_32x32_rgb_are_kept_byte_for_byte(load):
    dataset, given_arrays = load(), arrays()
    np.testing.assert_array_equal(dataset.train_images, given_arrays["x_train"])
    np.testing.assert_array_equal(dataset.test_images, given_arrays["x_test"])
    np.testing.assert_array_equal(dataset.train_labels, given_arrays["y_train"])
    assert (dataset.name, dataset.source, dataset.classes) == ("mine.npz", "NumPy arrays", ("0", "1", "2"))


@pytest.mark.parametrize("dtype", ["int16", ">i4", "uint64", "float32", "float64"])
def test_whole_numbers_of_any_type_are_the_same_images(load, dtype):
    plain = arrays()
    dataset = load(x_train=plain["x_train"].astype(dtype), y_train=plain["y_train"].astype("u1")[:, None])
    np.testing.assert_array_equal(dataset.train_images, plain["x_train"])
    np.testing.assert_array_equal(dataset.train_labels, plain["y_train"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_between_0_and_1_are_scaled_and_said_so(load, dtype):
    plain = arrays()
    dataset = load(**{key: (plain[key] / 255).astype(dtype) for key in ("x_train", "x_test")})
    np.testing.assert_array_equal(dataset.train_images, plain["x_train"])
    assert dataset.source == "NumPy arrays, values 0-1 scaled to 0-255"


def test_grey_is_the_same_in_three_channels_with_or_without_a_channel_axis(load):
    grey = np.random.default_rng(1).integers(0, 256, (9, 32, 32), np.uint8)
    for x in (grey, grey[..., None]):
        images = load(x_train=x).train_images
        for channel in range(3):
            np.testing.assert_array_equal(images[..., channel], grey)


def test_transparent_pixels_become_white(load):
    x = np.zeros((9, 32, 32, 4), np.uint8)
    x[:, :, 16:, 3] = 255
    images = load(x_train=x).train_images
    assert (images[:, :, :16] == 255).all() and (images[:, :, 16:] == 0).all()


def test_other_sizes_are_resized_and_said_so(load):
    # Each pixel of the small image is the mean of the 2x2 block it came from; bilinear keeps means.
    x = np.zeros((9, 28, 20, 3), np.uint8)
    x[:, 14:] = 200
    dataset = load(x_train=x, x_test=x[:3])
    assert dataset.source.endswith("resized from 20x28")
    images = dataset.train_images.astype(int)
    assert (images[:, :15] == 0).all() and (images[:, 17:] == 200).all()
    assert images.mean() == pytest.approx(100, abs=1)


def test_whole_numbers_of_0_and_1_are_read_as_they_are_and_that_is_said(load):
    x, x_test = (np.random.default_rng(1).integers(0, 2, (n, 32, 32, 3)) for n in (9, 3))
    for dtype in (np.uint8, np.int64):
        dataset = load(x_train=x.astype(dtype), x_test=x_test.astype(dtype))
        assert "whole numbers 0 and 1 read as 0-255" in dataset.source and dataset.train_images.max() == 1
    scaled = load(x_train=x.astype(np.float32), x_test=x_test.astype(np.float32))
    assert "nearly black" not in scaled.source and scaled.train_images.max() == 255


def test_labels_sorted_by_class_are_shuffled_together_with_their_images(load):
    y = np.repeat(np.arange(3), 20)
    x = np.broadcast_to((y * 50).astype(np.uint8)[:, None, None, None], (60, 32, 32, 3))
    dataset = load(x_train=x, y_train=y)
    assert "shuffled" in dataset.source
    assert len(set(dataset.train_labels[-12:])) == 3
    np.testing.assert_array_equal(dataset.train_images[:, 5, 5, 1], dataset.train_labels * 50)


nine = np.zeros((9, 32, 32, 3))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x_test": None, "X_test": nine}, "no array 'x_test'.*did you mean 'X_test'"),
        ({"x_train": nine + np.nan}, "x_train holds NaN"),
        ({"x_train": nine + np.inf}, "x_train holds inf"),
        ({"x_train": nine - 1}, "x_train holds -1.0"),
        ({"x_train": nine.astype(int) + 256}, "x_train holds 256"),
        ({"x_train": nine + 1.5}, "x_train holds fractions"),
        ({"x_train": nine.astype(bool)}, "x_train is bool"),
        ({"x_train": nine.astype("U1")}, "x_train is <U1"),
        ({"x_train": nine.astype(complex)}, "x_train is complex128"),
        ({"x_train": nine.reshape(9, -1)}, r"x_train has shape \(9, 3072\)"),
        ({"x_train": nine.transpose(0, 3, 1, 2)}, r"transpose\(0, 2, 3, 1\)"),
        ({"x_train": nine[:0]}, "x_train has shape"),
        ({"x_train": nine[:8]}, "8 images and y_train 9 labels"),
        ({"y_train": np.eye(9)[:, :3]}, "one-hot.*argmax"),
        ({"y_train": np.arange(9.0)}, "y_train is float64"),
        ({"y_train": np.array([1, 2, 3] * 3)}, "no image of y_train has label 0"),
        ({"y_train": np.array([0, 1, 3] * 3)}, "no image of y_train has label 2"),
        ({"y_train": np.array([0, 1, -1] * 3)}, "y_train holds label -1"),
        ({"y_train": np.array([0, 1, 2**40] * 3)}, "y_train holds label 1099511627776"),
        ({"y_train": np.zeros(9, int)}, "one class"),
        ({"y_test": np.array([0, 1, 3])}, "y_test holds label 3, y_train only 0 to 2"),
        ({"y_test": np.array([[[0]], [[1]], [[1]]])}, "y_test has shape"),
    ],
)
def test_what_has_no_one_meaning_is_refused_in_a_sentence(load, changes, sentence):
    with pytest.raises(UsageError, match=sentence) as caught:
        load(**changes)
    assert "mine.npz" in caught.value.sentence


def test_an_array_of_python_objects_is_never_unpickled(tmp_path, load):
    trace = tmp_path / "was-here"

    class Evil:
        def __reduce__(self):
            return trace.touch, ()

    with pytest.raises(UsageError, match="Python objects"):
        load(y_train=np.array([Evil()] * 9, dtype=object))
    assert not trace.exists()


def test_a_header_that_claims_terabytes_is_refused_before_memory_is_taken(tmp_path):
    path = tmp_path / "huge.npz"
    np.savez(path, **arrays(x_train=None))
    header = io.BytesIO()
    shape = (10**9, 32, 32, 3)
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("x_train.npy", header.getvalue())
    with pytest.raises(UsageError, match="larger than 16 GiB"):
        load_arrays(path)


def test_shapes_and_types_are_checked_without_reading_the_arrays(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays())
    check_arrays(path)
    np.savez(path, **arrays(y_test=np.eye(3)))
    with pytest.raises(UsageError, match="one-hot"):
        check_arrays(path)


def test_a_zip_without_arrays_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(UsageError, match="without arrays"):
        load_arrays(path)


def test_a_truncated_file_is_damaged_and_named(tmp_path):
    path = tmp_path / "cut.npz"
    np.savez(path, **arrays())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(MissingError, match=r"cut\.npz is damaged") as caught:
        load_arrays(path)
    assert caught.value.remedies


def test_a_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "changed.npz"
    np.savez(path, **arrays())
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(MissingError, match="CRC"):
        load_arrays(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.dictionaries(st.integers(0, 10**6), st.integers(0, 255), min_size=1, max_size=6))
def test_any_changed_bytes_never_raise_anything_but_a_sentence(tmp_path, changes):
    whole = io.BytesIO()
    np.savez(whole, **{key: value[:2] for key, value in arrays().items() if key})
    data = bytearray(whole.getvalue())
    for at, value in changes.items():
        # Half of the changes go to the end, where the directory of the zip file is.
        data[at % len(data) if at % 2 else -1 - at % 400] = value
    path = tmp_path / "fuzzed.npz"
    path.write_bytes(data)
    with contextlib.suppress(TuilabError):
        load_arrays(path)
