"""``.npz`` files made to fill the memory or to run code: refused before memory is taken."""

import io
import resource
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from tuilab.errors import MissingError, UsageError
from tuilab.sources.arrays import check_arrays, load_arrays

KIB = 1024


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def claim(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    """Return the header of an array that is not there."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


def parts(**changes: bytes) -> dict[str, bytes]:
    x, y = npy(np.zeros((2, 32, 32, 3), np.uint8)), npy(np.arange(2))
    return {"x_train": x, "y_train": y, "x_test": x, "y_test": y, **changes}


def write(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return path


@pytest.mark.parametrize("use", [check_arrays, load_arrays])
def test_a_header_that_claims_gigabytes_for_itself_takes_none(tmp_path: Path, use: Any) -> None:
    long = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**26) + b" " * 2**26
    path = write(tmp_path / "long.npz", parts(y_train=long))
    del long
    assert path.stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MissingError, match=r"long\.npz is damaged"):
        use(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 24 * KIB


@pytest.mark.parametrize("use", [check_arrays, load_arrays])
def test_arrays_that_do_not_fit_into_the_free_memory_are_refused_unread(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2**30))
    for shape, need in (((400_000, 32, 32, 3), "2.3 GiB"), ((10**6, 1, 1), "2.9 GiB")):
        path = write(tmp_path / "bomb.npz", parts(x_train=claim(shape)))
        with pytest.raises(UsageError, match=f"its arrays need {need}, but only 1.0 GiB of memory is free"):
            use(path)


def test_a_picture_of_any_size_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "large.npz", parts(x_test=claim((1, 10_000, 9_000))))
    with pytest.raises(UsageError, match=r"images of 9000x10000; at most 89,478,485 pixels"):
        check_arrays(path)


SHAPES = {
    "more than any number": ((2**62, 32, 32, 3), "larger than 16 GiB"),
    "a negative length": ((-1, 32, 32, 3), "has shape"),
    "no length at all": ((), "has shape"),
}


@pytest.mark.parametrize(("shape", "said"), SHAPES.values(), ids=SHAPES)
def test_a_shape_that_cannot_be_is_refused(tmp_path: Path, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_arrays(write(tmp_path / "odd.npz", parts(x_train=claim(shape))))


@pytest.mark.parametrize(
    "descr", ["'|O'", "[('a', '|O')]", "__import__('os').system('touch TRACE')", "'|u1'.__class__", "(1,)*99"]
)
def test_a_type_that_is_code_or_objects_is_never_made(
    tmp_path: Path, descr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n".encode()
    evil = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(64)
    path = write(tmp_path / "code.npz", parts(y_test=evil))
    for use in (check_arrays, load_arrays):
        with pytest.raises((UsageError, MissingError), match=r"code\.npz.*(objects|damaged)"):
            use(path)
    assert list(tmp_path.iterdir()) == [path]


def test_members_that_lead_elsewhere_are_written_nowhere(tmp_path: Path) -> None:
    names = ("../x_train", "/tmp/x_train", "x_train\x00", "n" * 300, "a/../../x_train")
    path = write(tmp_path / "in.npz", {**{name: b"evil" for name in names}, **parts()})
    assert len(load_arrays(path).train_images) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_two_arrays_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "twice.npz", parts())
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning):
        file.writestr("y_test.npy", npy(np.arange(2)[::-1]))
    with pytest.raises(UsageError, match="it holds 2 arrays named 'y_test'; it must hold one"):
        load_arrays(path)


def test_very_many_arrays_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "many.npz", {f"a{n}": b"" for n in range(10_001)}, zipfile.ZIP_STORED)
    with pytest.raises(UsageError, match="it holds 10,001 arrays"):
        check_arrays(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_without_bound_are_refused(tmp_path: Path, method: int) -> None:
    with pytest.raises(UsageError, match=r"compressed in a way that numpy\.savez does not use"):
        check_arrays(write(tmp_path / "other.npz", parts(), method))


def test_less_than_a_header_declares_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "short.npz", parts(x_train=claim((2000, 32, 32, 3)) + bytes(100)))
    with pytest.raises(MissingError, match=r"short\.npz is damaged"):
        load_arrays(path)
