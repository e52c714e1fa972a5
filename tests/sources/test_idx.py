"""MNIST's files: what they must hold is known, and nothing else is read or waited for."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuilab.errors import MissingError
from tuilab.sources import idx
from tuilab.sources.idx import read_idx

SHAPE = (3, 2, 4)
IMAGES = np.arange(24, dtype=np.uint8).reshape(SHAPE)


def packed(array, *, kind=8, sizes=None):
    sizes = sizes or array.shape
    header = bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
    return gzip.compress(header + array.tobytes(), mtime=0)


def test_images_and_labels_come_as_they_were_written(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(packed(IMAGES))
    np.testing.assert_array_equal(read_idx(path, SHAPE), IMAGES)
    path.write_bytes(packed(IMAGES[:, 0, 0]))
    assert read_idx(path, (3,)).tolist() == [0, 8, 16]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>please log in</html>", "cannot be read"),
        (packed(IMAGES)[:-9], "cannot be read"),
        (packed(IMAGES[:2], sizes=SHAPE), "does not hold 3 x 2 x 4 bytes"),
        (packed(IMAGES, sizes=(2, 3, 4)), "does not hold"),
        (packed(IMAGES, sizes=(2**32 - 1, 2**32 - 1, 2**32 - 1)), "does not hold"),
        (packed(IMAGES, kind=0x0D), "does not hold"),
        (packed(np.concatenate([IMAGES, IMAGES]), sizes=SHAPE), "does not hold"),
        (b"", "does not hold"),
        (None, "cannot be read"),
    ],
)
def test_what_holds_anything_else_is_refused_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "images\x1b[31m.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingError, match=sentence) as caught:
        read_idx(path, SHAPE, ["fetch it again"])
    assert "\x1b" not in caught.value.sentence and caught.value.remedies == ("fetch it again",)


def test_of_a_bomb_not_more_than_the_shape_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.gz"
    path.write_bytes(packed(np.zeros((3, 2**24), np.uint8), sizes=SHAPE))
    asked = []

    class Watched(gzip.GzipFile):
        def read(self, size=-1):
            asked.append(size)
            return super().read(size)

    monkeypatch.setattr(idx.gzip, "open", Watched)
    with pytest.raises(MissingError, match="does not hold"):
        read_idx(path, SHAPE)
    assert asked == [16, 25]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_an_array_or_a_sentence(tmp_path, data, zipped):
    path = tmp_path / "any.gz"
    path.write_bytes(gzip.compress(data) if zipped else data)
    try:
        assert read_idx(path, (2, 3)).shape == (2, 3)
    except MissingError as error:
        assert error.exit_code == 3
