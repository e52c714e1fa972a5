"""Pickles made to run code, or to take a machine's memory or time: refused in a sentence, and at once."""

import copyreg
import os
import pickle
import pickletools
import struct
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tuilab.errors import MissingError, UsageError
from tuilab.sources import restricted_pickle
from tuilab.sources.restricted_pickle import load_pickle

MIB = 2**20


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def with_a_global(name: str, rest: bytes) -> bytes:
    module, _, attribute = name.rpartition(".")
    return b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + rest


@contextmanager
def within(mib: float) -> Iterator[None]:
    """Check that a block never holds more memory than this."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mib * MIB
    finally:
        tracemalloc.stop()


RUNS = {
    "os.system": with_a_global("posix.system", text("touch TRACE") + b"\x85R."),
    "os.system by stack": b"\x80\x04"
    + text("posix")
    + text("system")
    + b"\x93"
    + text("touch TRACE")
    + b"\x85R.",
    "eval": with_a_global("builtins.eval", text("open('TRACE', 'w')") + b"\x85R."),
    "eval of Python 2": with_a_global("__builtin__.eval", text("open('TRACE', 'w')") + b"\x85R."),
    "INST": b"(" + text("touch TRACE") + b"iposix\nsystem\n.",
    "OBJ": b"(cposix\nsystem\n" + text("touch TRACE") + b"o.",
    "NEWOBJ": with_a_global("subprocess.Popen", text("touch TRACE") + b"\x85\x81."),
    "NEWOBJ_EX": b"\x80\x04csubprocess\nPopen\n" + text("touch TRACE") + b"\x85}\x92.",
    "getattr": with_a_global("builtins.getattr", text("a") + text("b") + b"\x86R."),
    "importlib": with_a_global("importlib.import_module", text("antigravity") + b"\x85R."),
    "copyreg": with_a_global("copyreg._reconstructor", b"cbuiltins\nobject\ncbuiltins\nobject\nN\x87R."),
    "numpy.load": with_a_global("numpy.load", text("TRACE") + b"\x85R."),
    "numpy's own runner": with_a_global("numpy.testing._private.utils.runstring", text("1") + b"}\x86R."),
    "an array of an odd class": with_a_global(
        "numpy.core.multiarray._reconstruct", b"cposix\nsystem\nK\x00\x85C\x01b\x87R."
    ),
    "a subclass of arrays": with_a_global(
        "numpy._core.multiarray._reconstruct", b"cnumpy\nmemmap\nK\x00\x85C\x01b\x87R."
    ),
    "a call of what was called": with_a_global("numpy.dtype", text("u1") + b"\x85R)R."),
    "a dotted attribute": b"\x80\x04" + text("numpy") + text("dtype.__class__") + b"\x93.",
    "the state of a list": b"\x80\x02]}b.",
}


@pytest.mark.parametrize("data", RUNS.values(), ids=RUNS)
def test_what_names_something_to_run_is_refused_and_runs_nothing(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    with pytest.raises(UsageError, match="x is refused: its pickle holds") as caught:
        load_pickle(data, what="x")
    assert caught.value.exit_code == 2 and caught.value.remedies
    assert list(tmp_path.iterdir()) == []
    assert not {"antigravity", "numpy.testing"} & (set(sys.modules) - before)


OTHER_THINGS = {
    "a persistent id": (b"\x80\x02" + text("id") + b"Q.", "BINPERSID"),
    "a persistent id in text": (b"Pid\n.", "PERSID"),
    "an extension of 1 byte": (b"\x80\x02\x82\x01.", "EXT1"),
    "an extension of 2 bytes": (b"\x80\x02\x83\x01\x00.", "EXT2"),
    "an extension of 4 bytes": (b"\x80\x02\x84\x01\x00\x00\x00.", "EXT4"),
    "a buffer out of band": (b"\x80\x05\x97.", "NEXT_BUFFER"),
    "a read-only buffer": (b"\x80\x05C\x01a\x98.", "READONLY_BUFFER"),
    "a set": (b"\x80\x04\x8f.", "EMPTY_SET"),
    "a frozenset": (b"\x80\x04(\x91.", "FROZENSET"),
    "a copy of the stack": (b"\x80\x02N2.", "DUP"),
}


@pytest.mark.parametrize(("data", "named"), OTHER_THINGS.values(), ids=OTHER_THINGS)
def test_instructions_that_plain_data_does_not_need_are_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(UsageError, match=f"the instruction {named}"):
        load_pickle(data, what="x")


def test_a_code_of_the_extension_registry_is_never_looked_up() -> None:
    copyreg.add_extension("posix", "getcwd", 0x11)
    try:
        with pytest.raises(UsageError, match="EXT1"):
            load_pickle(pickle.dumps(os.getcwd, 2), what="x")
    finally:
        copyreg.remove_extension("posix", "getcwd", 0x11)


def test_an_array_whose_numbers_lie_elsewhere_is_refused_with_what_to_do() -> None:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(np.zeros(9), 5, buffer_callback=buffers.append)
    with pytest.raises(UsageError, match="its pickle holds the instruction NEXT_BUFFER") as caught:
        load_pickle(data, what="x")
    assert "protocol=4" in caught.value.remedies[-1]


FRAMED = b"\x80\x05cnumpy._core.numeric\n_frombuffer\n("
END = b"K\x02\x85\x8c\x01CtR."
DTYPE = b"cnumpy\ndtype\n\x8c\x02u1\x89\x88\x87R"
FROM_BUFFER = {
    "more than there is": (FRAMED + b"\x96" + struct.pack("<Q", 1) + b"a" + DTYPE + END, "shape"),
    "no numbers": (FRAMED + b"K\x01" + DTYPE + END, "an array of Python objects"),
    "another order": (FRAMED + b"C\x01a" + DTYPE + END.replace(b"C", b"A"), "of an unknown version"),
    "too few": (FRAMED + b"C\x01atR.", "an array of an unknown version"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "named"), FROM_BUFFER.values(), ids=FROM_BUFFER)
def test_an_array_of_protocol_5_is_checked_like_any_other(data: bytes, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        load_pickle(data, what="x")


def test_a_length_of_a_bytearray_that_is_not_there_takes_no_memory() -> None:
    with within(8), pytest.raises(MissingError, match="x is damaged"):
        load_pickle(b"\x80\x05\x96" + struct.pack("<Q", 2**62) + b"abc.", what="x")


HUGE = 2**63 - 1
TOO_LONG = {
    "BINBYTES8": b"\x80\x04\x8e" + struct.pack("<Q", HUGE),
    "BINBYTES8 above any size": b"\x80\x04\x8e" + struct.pack("<Q", 2**64 - 1),
    "BINUNICODE8": b"\x80\x04\x8d" + struct.pack("<Q", HUGE),
    "BINBYTES": b"\x80\x03B" + struct.pack("<I", 2**32 - 1),
    "BINUNICODE": b"\x80\x02X" + struct.pack("<I", 2**32 - 1),
    "BINSTRING": b"\x80\x02T" + struct.pack("<i", 2**31 - 1),
    "BINSTRING of negative length": b"\x80\x02T" + struct.pack("<i", -1),
    "LONG4": b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1),
    "LONG4 of negative length": b"\x80\x02\x8b" + struct.pack("<i", -1),
    "FRAME": b"\x80\x04\x95" + struct.pack("<Q", HUGE),
    "a number of many digits": b"\x80\x02I" + b"9" * 100_000 + b"\n",
}


@pytest.mark.parametrize("data", TOO_LONG.values(), ids=TOO_LONG)
def test_a_length_that_is_not_there_takes_no_memory(data: bytes) -> None:
    with within(8), pytest.raises(MissingError, match="x is damaged"):
        load_pickle(data + b"abc.", what="x")


def test_a_million_instructions_are_the_end() -> None:
    with pytest.raises(UsageError, match="more than 1,000,000 instructions"):
        load_pickle(b"\x80\x02" + b")" * 1_000_001 + b".", what="x")


def test_the_official_batches_stay_far_below_that_bound() -> None:
    names = [f"{number:08}_picture.png".encode() for number in range(10_000)]
    batch = {b"labels": [number % 10 for number in range(10_000)], b"filenames": names}
    for protocol in (2, 3, 4, 5):
        whole = pickle.dumps(batch, protocol)
        assert load_pickle(whole, what="x") == batch
        assert sum(1 for _ in pickletools.genops(whole)) * 10 < restricted_pickle._MOST_INSTRUCTIONS


def test_a_text_is_not_encoded_again_and_again() -> None:
    big = text("a" * MIB) + b"q\x00"
    again = b"c_codecs\nencode\nh\x00" + text("latin1") + b"\x86R"
    with within(24), pytest.raises(UsageError, match="more bytes than there are in the file"):
        load_pickle(b"\x80\x02](" + big + again * 200 + b"e.", what="x")
    assert load_pickle(pickle.dumps([b"a" * 999, b"b" * 999], 2), what="x") == [b"a" * 999, b"b" * 999]


def test_a_long_text_names_nothing_again_and_again() -> None:
    data = b"\x80\x04](" + text("a" * MIB) + b"q\x00" + b"h\x00h\x00\x93" * 200 + b"e."
    with within(16), pytest.raises(UsageError, match="a name of 1,048,576 characters"):
        load_pickle(data, what="x")


def test_keys_that_all_collide_are_refused_before_they_are_compared() -> None:
    modulus = sys.hash_info.modulus
    keys = b"".join(b"\x8a\x0c" + (modulus * n).to_bytes(12, "little") + b"N" for n in range(1, 30_000))
    with pytest.raises(UsageError, match="more than 1,000 keys"):
        load_pickle(b"\x80\x02}(" + keys + b"u.", what="x")


def test_a_number_of_any_length_is_refused() -> None:
    with pytest.raises(UsageError, match="a number of 8,388,607 bits"):
        load_pickle(b"\x80\x02\x8b" + struct.pack("<i", MIB) + b"\xff" * (MIB - 1) + b"\x7f.", what="x")


NESTED = {
    "tuples": b")" + b"\x85" * 100_000,
    "lists": b"]" * 100_000 + b"N" + b"a" * 100_000,
    "dicts": b"}K\x01" * 100_000 + b"N" + b"s" * 100_000,
}


@pytest.mark.parametrize("data", NESTED.values(), ids=NESTED)
def test_nesting_without_end_is_refused_and_does_not_overflow_the_stack(data: bytes) -> None:
    with pytest.raises(UsageError, match="nested more than 20 deep"):
        load_pickle(b"\x80\x02" + data + b".", what="x")


def test_lists_of_lists_that_would_be_billions_are_one_visit_each() -> None:
    data = b"](K\x01K\x01eq\x00" + b"".join(
        b"](" + b"h" + bytes([n]) + b"h" + bytes([n]) + b"eq" + bytes([n + 1]) for n in range(18)
    )
    with within(4):
        value = load_pickle(b"\x80\x02" + data + b".", what="x")
    assert value[0] is value[1]
