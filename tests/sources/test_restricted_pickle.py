"""The pickle reader gives data back and does nothing else, whatever the bytes say."""

import contextlib
import io
import os
import pickle
import pickletools
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources.restricted_pickle import load_pickle

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(min_size=1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


def python_2_batch(pixels: np.ndarray, labels: list[int]) -> bytes:
    """What Python 2's cPickle wrote into the official batches, opcode by opcode."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    rows, columns = pixels.shape
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x02(cnumpy\nndarray\nq\x03K\x00\x85"
        + (text(b"b") + b"tRq\x04(K\x01")
        + (b"J" + struct.pack("<i", rows) + b"M" + struct.pack("<H", columns) + b"\x86")
        + (b"cnumpy\ndtype\nq\x05(" + text(b"u1") + b"K\x00K\x01tRq\x06(K\x03" + text(b"|") + b"NNN")
        + (b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
        + (b"T" + struct.pack("<i", pixels.size) + pixels.tobytes() + b"tb")
    )
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}q\x01(" + text(b"data") + array + text(b"labels") + listed + b"u."


@given(plain, st.integers(2, 5))
def test_plain_data_comes_back_as_it_was(value, protocol):
    assert load_pickle(pickle.dumps(value, protocol), what="x") == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", ["uint8", "<i8", ">i4", "bool", "float32"])
def test_arrays_come_back_as_they_were(protocol, dtype):
    whole = np.arange(12).reshape(3, 4).astype(dtype)
    for array in (whole, whole[:, ::2], np.asfortranarray(np.eye(3, 4, 1).astype(dtype))):
        back = load_pickle(pickle.dumps({"a": array, "again": array}, protocol), what="x")
        assert back["a"].dtype == array.dtype
        np.testing.assert_array_equal(back["a"], array)
        np.testing.assert_array_equal(back["again"], array)


def test_a_protocol_of_old_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match="the instruction") as caught:
        load_pickle(pickle.dumps({"a": [1]}, 0), what="x")
    assert "protocol=4" in caught.value.remedies[-1]


def test_numbers_of_numpy_come_back_as_numbers():
    assert load_pickle(pickle.dumps([np.int64(-7), np.float32(0.5)], 2), what="x") == [-7, 0.5]


def test_a_batch_written_by_python_2_is_read():
    pixels = np.random.default_rng(1).integers(0, 256, (4, 3072), np.uint8)
    data = python_2_batch(pixels, [3, 1, 4, 1])
    theirs = pickle.loads(data, encoding="bytes")  # noqa: S301 (made four lines above)
    ours = load_pickle(data, what="data_batch_1")
    assert ours.keys() == theirs.keys() == {b"data", b"labels"}
    assert ours[b"labels"] == [3, 1, 4, 1]
    np.testing.assert_array_equal(ours[b"data"], pixels)
    np.testing.assert_array_equal(theirs[b"data"], pixels)


class _Runs:
    def __init__(self, function, *arguments):
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
def test_a_pickle_that_runs_a_command_is_refused_and_runs_nothing(tmp_path, protocol):
    trace = tmp_path / "was-here"
    evil = pickle.dumps({"data": _Runs(os.system, f"touch {trace}")}, protocol)
    with pytest.raises(UsageError) as caught:
        load_pickle(evil, what="data_batch_1")
    assert "data_batch_1" in caught.value.sentence
    if protocol in (2, 4):
        assert "posix.system" in caught.value.sentence
    assert not trace.exists()
    pickle.loads(evil)  # noqa: S301 (the proof that it would have run)
    assert trace.exists()


@pytest.mark.parametrize("function", [eval, print, np.array, np.load, Path, io.BytesIO, bytearray])
def test_no_other_callable_is_called(function):
    with pytest.raises(UsageError, match=r"the global .*\w"):
        load_pickle(pickle.dumps([_Runs(function, "1")], 2), what="x")


@pytest.mark.parametrize("codec", ["zlib", "hex", "rot13", "utf-8", "unicode_escape"])
def test_bytes_in_another_codec_are_refused(codec):
    evil = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX" + struct.pack("<I", len(codec)) + codec.encode()
    with pytest.raises(UsageError, match="latin-1"):
        load_pickle(evil + b"\x86R.", what="x")


def test_arrays_of_python_objects_are_refused():
    evil = pickle.dumps(np.array([_Runs(os.getcwd), None], dtype=object), 2)
    with pytest.raises(UsageError, match=r"objects|global"):
        load_pickle(evil, what="x")
    with pytest.raises(UsageError, match="objects"):
        load_pickle(pickle.dumps(np.array([1, None], dtype=object), 2), what="x")


def test_structured_arrays_are_refused():
    with pytest.raises(UsageError, match="NumPy type"):
        load_pickle(pickle.dumps(np.zeros(2, [("a", "u1"), ("b", "i4")]), 2), what="x")


def test_an_array_with_fewer_bytes_than_its_shape_needs_is_refused():
    honest = pickle.dumps(np.zeros(7, np.uint8), 4)
    assert honest.count(b"K\x07\x85") == 1
    with pytest.raises(UsageError, match=r"shape \(200,\) with 7 bytes"):
        load_pickle(honest.replace(b"K\x07\x85", b"K\xc8\x85"), what="x")


def test_the_allowed_names_cannot_be_changed_nor_kept():
    for state in (b"}X\x01\x00\x00\x00aK\x01s", b"N}X\x0c\x00\x00\x00__defaults__K\x01\x85s\x86"):
        with pytest.raises(UsageError, match="state of an object"):
            load_pickle(b"\x80\x02cnumpy\ndtype\n" + state + b"b.", what="x")
    with pytest.raises(UsageError, match=r"the global numpy\.dtype"):
        load_pickle(b"\x80\x02cnumpy\ndtype\n.", what="x")


def test_data_that_holds_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(UsageError, match="deep"):
        load_pickle(pickle.dumps(loop, 2), what="x")


def test_lists_that_share_lists_do_not_multiply():
    level: list = [1]
    for _ in range(15):
        level = [level] * 50
    assert len(load_pickle(pickle.dumps(level, 2), what="x")) == 50


def test_escape_sequences_of_a_global_do_not_reach_the_sentence():
    with pytest.raises(UsageError) as caught:
        load_pickle(b"\x80\x02c\x1b[31mos\nsystem\n)R.", what="\x1b]0;x\x07")
    assert "\x1b" not in caught.value.sentence


@given(st.integers(0, 10_000))
def test_a_truncated_pickle_is_damaged_and_named(length):
    whole = pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, 2]}, 2)
    with pytest.raises(MissingError, match="test_batch is damaged"):
        load_pickle(whole[: length % len(whole)], what="test_batch")


@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_but_a_sentence(data):
    for head in (b"", b"\x80\x02", b"\x80\x04\x95" + struct.pack("<Q", len(data))):
        with contextlib.suppress(TuilabError):
            load_pickle(head + data, what="x")


_CODES = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]
_PARTS = st.sampled_from(
    [
        *_CODES,
        *(b"cnumpy\ndtype\n", b"cnumpy\nndarray\n", b"cnumpy.core.multiarray\n_reconstruct\n"),
        *(b"cnumpy.core.multiarray\nscalar\n", b"c_codecs\nencode\n"),
        *(b"K\x01", b"X\x02\x00\x00\x00u1", b"U\x01b"),
    ]
)


@given(st.lists(_PARTS, max_size=40))
def test_any_sequence_of_opcodes_never_raises_anything_but_a_sentence(parts):
    with contextlib.suppress(TuilabError):
        load_pickle(b"\x80\x02" + b"".join(parts) + b".", what="x")
