"""Archives made to write elsewhere, to run on without end or to unpack to gigabytes: nothing comes of it."""

import gzip
import os
import resource
import tarfile
from pathlib import Path

import pytest

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.sources import cifar, tar_members
from tuilab.sources.datasets import check_source, load_dataset
from tuilab.sources.named.cifar10 import FILES
from tuilab.sources.tar_members import LARGEST, MOST_HEADERS

NAMES = [*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"]
END = bytes(1024)
IMAGE = bytes(3073)
KIB = 1024


def load_cifar(path, **more):
    return cifar.load_cifar(path, [FILES], **more)


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def member(name: str, data: bytes = IMAGE) -> bytes:
    return header(name, len(data)) + padded(data)


def changed(block: bytes, at: int, value: bytes) -> bytes:
    """Return a header with other bytes at a place, and with a checksum that fits."""
    raw = bytearray(block)
    raw[at : at + len(value)] = value
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def number(value: int, width: int = 12) -> bytes:
    """Return a number in base 256, which may be negative or larger than twelve octal digits."""
    return (0x80 if value >= 0 else 0xFF).to_bytes(1, "big") + value.to_bytes(width - 1, "big", signed=True)


def described(**fields: str) -> bytes:
    """Return an extended header of these fields."""
    text = b""
    for key, value in fields.items():
        record = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(record) + 2 if len(record) + 2 < 100 else len(record) + 3
        text += f"{length}".encode() + record
    return header("x", len(text), tarfile.XHDTYPE) + padded(text)


WHOLE = b"".join(member(name) for name in NAMES)
SPARSE = changed(header(NAMES[0], 512, tarfile.GNUTYPE_SPARSE), 386, number(0) + number(512))
DIGITS = b"9" * 2**20

REFUSED = {
    "holes of a terabyte": (changed(SPARSE, 483, number(2**40)) + bytes(512), "a sparse file"),
    "holes said beforehand": (
        described(GNU__sparse__map="0,1", GNU__sparse__size="1099511627776") + member(NAMES[0]),
        "a sparse file",
    ),
    "holes of version 1.0": (
        described(GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__realsize="1")
        + member(NAMES[0]),
        "a sparse file",
    ),
    "a member of an exabyte": (changed(header(NAMES[0]), 124, number(2**60)), "more than 512 MiB"),
    "a size said beforehand": (described(size=f"{2**40}") + header(NAMES[0]), "more than 512 MiB"),
    "a long extended header": (
        header("x", len(DIGITS), tarfile.XHDTYPE) + DIGITS,
        "a header of 1,048,576 bytes",
    ),
    "a long global header": (
        header("x", len(DIGITS), tarfile.XGLTYPE) + DIGITS,
        "a header of 1,048,576 bytes",
    ),
    "a long name": (
        header("x", 2**20, tarfile.GNUTYPE_LONGNAME) + b"n" * 2**20,
        "a header of 1,048,576 bytes",
    ),
    "very many members": (header("a") * (MOST_HEADERS + 1), "more than 1,000 headers"),
    "very many extended headers": ((described(comment="c") + header("a")) * MOST_HEADERS, "1,000 headers"),
}
DAMAGED = {
    "extended headers without end": described(comment="c") * 900,
    "a negative size": changed(header(NAMES[0]), 124, number(-512)) + WHOLE,
    "a negative size said beforehand": described(size="-512") + member(NAMES[0]) + WHOLE,
    "less than declared": header(NAMES[0], 3073) + bytes(512),
    "a batch that is cut": WHOLE[:-2048],
}


@pytest.fixture(params=["tar.gz", "tar"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / "in" / f"evil.{request.param}"


def write(path: Path, blocks: bytes, end: bytes = END) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(blocks + end) if path.name.endswith("gz") else blocks + end)


@pytest.mark.parametrize(("blocks", "said"), REFUSED.values(), ids=REFUSED)
def test_a_header_that_asks_for_too_much_is_refused_before_it_is_obeyed(
    archive: Path, blocks: bytes, said: str
) -> None:
    write(archive, blocks + WHOLE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UsageError, match=rf"evil\.tar.* is refused: it .*{said}") as caught:
        load_cifar(archive)
    assert caught.value.exit_code == 2 and caught.value.remedies
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * KIB
    assert list(archive.parent.iterdir()) == [archive]


@pytest.mark.parametrize("blocks", DAMAGED.values(), ids=DAMAGED)
def test_a_header_that_makes_no_sense_is_damage_and_never_a_traceback(archive: Path, blocks: bytes) -> None:
    write(archive, blocks, b"")
    with pytest.raises(MissingError, match=r"evil\.tar.* (is damaged or )?incomplete") as caught:
        load_cifar(archive)
    assert caught.value.exit_code == 3 and caught.value.remedies


ELSEWHERE = {
    "a path above": member("../data_batch_1.bin", b"evil"),
    "a path above inside": member("cifar-10-batches-bin/../../data_batch_1.bin", b"evil"),
    "an absolute path": member("/tmp/data_batch_1.bin", b"evil"),
    "a symbolic link": header(NAMES[0], 0, tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": header(NAMES[0], 0, tarfile.LNKTYPE, "../secret"),
    "a device": header(NAMES[0], 0, tarfile.CHRTYPE),
    "a disk": header(NAMES[0], 0, tarfile.BLKTYPE),
    "a pipe": header(NAMES[0], 0, tarfile.FIFOTYPE),
    "a folder of a batch's name": header(NAMES[0] + "/", 0, tarfile.DIRTYPE),
    "a kind that nobody knows": header(NAMES[0], 0, b"Z"),
    "a NUL in a name": described(path="data_batch_1.bin\0") + member("a", b"evil"),
    "a line end behind a name": described(path="data_batch_1.bin\n") + member("a", b"evil"),
    "a name of 300": described(path="d" * 300) + member("a", b"evil"),
    "a link on the way": header("cifar-10-batches-bin", 0, tarfile.SYMTYPE, "/tmp"),
}


@pytest.mark.parametrize("extra", ELSEWHERE.values(), ids=ELSEWHERE)
def test_names_and_kinds_that_lead_elsewhere_are_passed_over(archive: Path, extra: bytes) -> None:
    write(archive, extra)
    with pytest.raises(UsageError, match="holds no CIFAR-10 batches"):
        load_cifar(archive)
    for blocks in (extra + WHOLE, WHOLE + extra):
        write(archive, blocks)
        assert not load_cifar(archive).train_images.any()
    assert list(archive.parent.iterdir()) == [archive]


def test_of_two_members_of_one_name_the_last_one_counts_as_in_tar(archive: Path) -> None:
    write(archive, member(NAMES[0], b"\x03" * 3073) + WHOLE + member(NAMES[0], b"\x07" * 3073))
    assert load_cifar(archive).train_images[0].min() == 7


def test_a_bomb_of_bombs_stops_at_the_bound_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tar_members, "LARGEST", 2**22)
    path = tmp_path / "bomb.tar.gz"
    zeros = gzip.compress(bytes(2**20))
    path.write_bytes(gzip.compress(WHOLE + END) + zeros * 16)  # behind the end, member after member
    with pytest.raises(UsageError, match="unpacks to more than 4 MiB"):
        load_cifar(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_larger_than_any_archive_of_cifar_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.tar"
    with path.open("wb") as file:
        file.write(WHOLE)
        file.truncate(LARGEST * 2)
    told: list[int] = []

    def tell(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        told.append(done)

    with pytest.raises(UsageError, match="more than 512 MiB"):
        load_cifar(path, progress=tell)
    assert max(told, default=0) == 0


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_among_unpacked_batches_a_thing_that_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"):
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "data_batch_2"
    path.unlink()
    {"pipe": os.mkfifo, "device": lambda p: p.symlink_to("/dev/zero"), "folder": Path.mkdir}[kind](path)
    with pytest.raises(MissingError, match="data_batch_2 is missing"):
        load_cifar(tmp_path)


def test_batches_larger_than_cifar_are_not_even_hashed(tmp_path: Path) -> None:
    for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(2**36)  # holes
    with pytest.raises(UsageError, match="hold more than 512 MiB"):
        load_cifar(tmp_path)


def test_gzip_that_is_no_tar_and_a_name_without_end_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    for data in (gzip.compress(b"hello" * 200), b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 100_000):
        path.write_bytes(data)
        with pytest.raises(MissingError, match=r"x\.tar\.gz is damaged"):
            load_cifar(path)


@pytest.mark.parametrize("at", range(0, 512, 37))
def test_any_header_cut_short_is_a_sentence(tmp_path: Path, at: int) -> None:
    path = tmp_path / "cut.tar"
    path.write_bytes(WHOLE[: 512 * 8 + at])
    for use in (check_source, lambda source: load_dataset(source, seed=0)):
        try:
            use(str(path))
        except TuilabError as error:
            assert "cut.tar" in error.sentence
