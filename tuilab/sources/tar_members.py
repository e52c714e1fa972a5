"""The plain files inside a tar archive, as bytes: nothing is unpacked to disk, and nothing grows without end.

A header is read only after its own claims were looked at. What the format allows and no archive of
images needs is refused, because each of it lets a few bytes ask for memory or time without bound: holes
(a member of any length from nothing), long extended headers, and very many headers.
"""

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tuilab.errors import MissingError, UsageError
from tuilab.sources.progress import Progress
from tuilab.terminal import clean

LARGEST = 512 * 2**20
"""Bytes that an archive may have, packed and unpacked; CIFAR-10's official one unpacks to 186 MB."""

MOST_HEADERS = 1000
"""Headers that an archive may hold: one a member, and those that only describe the next one."""

LONGEST_EXTENSION = 4096
"""Bytes of a header that only describes the next one: long names, times, attributes."""

_BLOCK = 2**20
_HOLES = "holds a sparse file"
# What tarfile raises on headers that make no sense; which one depends on the field.
_DAMAGED = (
    *(tarfile.TarError, EOFError, zlib.error, OSError),
    *(ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError),
)
_DESCRIBING = frozenset(
    (
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    )
)
"""Types of headers that only describe the next one."""


class _Refused(Exception):
    """Something that no archive of images needs: a verb and what follows."""


class _Header(tarfile.TarInfo):
    """A header whose claims are looked at before anything that they ask for is read."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> "_Header":
        assert isinstance(tarfile, _Tar)
        tarfile.headers += 1
        if tarfile.headers > MOST_HEADERS:
            raise _Refused(f"holds more than {MOST_HEADERS:,} headers")
        return super().fromtarfile(tarfile)

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        header = super().frombuf(buf, encoding, errors)
        _check_size(header.size)
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise _Refused(_HOLES)
        if header.type in _DESCRIBING and header.size > LONGEST_EXTENSION:
            raise _Refused(f"holds a header of {header.size:,} bytes")
        return header

    # Where an extended header says that the next member has holes: called before that is read.
    def _proc_gnusparse_00(self, *_: object) -> None:
        raise _Refused(_HOLES)

    _proc_gnusparse_01 = _proc_gnusparse_10 = _proc_gnusparse_00


class _Tar(tarfile.TarFile):
    """An archive that counts its headers."""

    tarinfo = _Header
    headers = 0


class _Bounded(io.RawIOBase):
    """The unpacked stream, which ends with an error where a bomb would continue."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream, self._left = stream, LARGEST

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise _Refused(_too_large())
        return data


def _check_size(size: int) -> None:
    if size < 0:
        raise tarfile.ReadError("a member of negative length")
    if size > LARGEST:
        raise _Refused(_too_large())


def _too_large() -> str:
    return f"unpacks to more than {LARGEST // 2**20} MiB"


def plain_members(
    path: Path, wanted: re.Pattern[str], *, progress: Progress, remedies: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    """Yield the plain files of a tar (also gzipped) whose whole name ``wanted`` matches.

    Links, devices, and paths that point elsewhere are nothing but names that are not wanted. Of two
    members of one name both are yielded.

    Args:
        path: an archive; must be a regular file.
        wanted: its first group is the name that is yielded.
        progress: told the packed bytes.
        remedies: what helps where the archive is damaged.

    Raises:
        MissingError: damaged, or not complete.
        UsageError: larger than is read, or with headers that no archive of images needs.
    """
    try:
        with path.open("rb") as packed:
            size = path.stat().st_size
            _check_size(size)
            zipped = packed.read(2) == b"\x1f\x8b"
            packed.seek(0)
            stream = _Bounded(gzip.GzipFile(fileobj=packed) if zipped else packed)
            with _Tar.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    match = wanted.fullmatch(member.name)
                    if match is None or not member.isreg():
                        continue
                    if member.issparse():
                        raise _Refused(_HOLES)
                    _check_size(member.size)  # an extended header has the last word on it
                    file = tar.extractfile(member)
                    data = file.read() if file else b""
                    if len(data) != member.size:
                        raise tarfile.ReadError(f"{match[1]} ends early")
                    yield match[1], data
                    progress("loading", path.name, packed.tell(), size, "bytes")
            while stream.read(_BLOCK):  # to the end, where gzip's own checksum is
                pass
    except _Refused as e:
        raise UsageError(
            f"{clean(str(path))} is refused: it {e}, which an archive of images does not need",
            ("use the archive as it was published, or the folder it unpacks to: --data PATH",),
        ) from e
    except _DAMAGED as e:
        reason = clean(str(e) or type(e).__name__, limit=200)
        raise MissingError(f"{clean(str(path))} is damaged or incomplete ({reason})", remedies) from e
