"""Files from the network: resumable, verified, in place whole or not at all.

The bytes go to a ``.part`` file beside the target. Only when its checksum is right is it moved
onto the target's name, so whatever has that name is complete.
"""

import contextlib
import errno
import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from tuilab.errors import MissingError
from tuilab.sources.progress import Progress, silent
from tuilab.sources.web import open_url, why
from tuilab.terminal import clean

PATIENCE = 60.0
"""Seconds to wait for another process whose download does not grow."""
TRIES = 4
"""How often one call connects again after a cut connection, as long as each try brings bytes."""

_BLOCK = 1 << 18
_TICK = 0.1  # seconds between reports
_POLL = 0.5  # seconds between looks at another process's download


def verified(path: Path, *, sha256: str | None = None, md5: str | None = None) -> bool:
    """Return whether ``path`` is a readable file with the given checksums.

    Args:
        path: the file; a missing or unreadable one gives False.
        sha256: expected SHA-256, lower-case hex.
        md5: expected MD5, lower-case hex. At least one of the two must be given.
    """
    return _mismatch(path, _sums(sha256, md5)) is None


def fetch(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    what: str,
    progress: Progress = silent,
    remedies: Sequence[str] = (),
) -> None:
    """Make ``target`` the verified file from ``url``; without network where it already is.

    One process downloads (a lock beside the target); others wait and find the file. An
    interrupted download leaves ``<target>.part``, where the next one continues. A target with
    other checksums is replaced, but only by a verified file. New folders get mode 0700, files 0600.

    Args:
        url: http or https; a redirect from https to anything else is refused.
        target: where the file belongs.
        sha256: expected SHA-256, lower-case hex.
        md5: expected MD5, lower-case hex. At least one of the two must be given.
        what: a noun phrase for reports and errors, e.g. ``the VGG16 weights``.
        progress: told the bytes done and, where the server says it, their total.
        remedies: what the person can do instead, for the error.

    Raises:
        MissingError: no network, no such file, a wrong checksum, a full disk, a folder that cannot
            be written, or another process that holds the lock and does not get on.
        ValueError: no checksum, or a URL that is not http(s).
    """
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"not an http(s) URL: {url}")
    sums = _sums(sha256, md5)
    if _mismatch(target, sums) is not None:
        _Download(url, target, sums, what, progress, tuple(remedies)).run()


class _Cut(Exception):
    """The connection ended before the file did."""


@dataclass(frozen=True)
class _Download:
    url: str
    target: Path
    sums: dict[str, str]
    what: str
    progress: Progress
    remedies: tuple[str, ...]

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    def run(self) -> None:
        try:
            _private_folder(self.target.parent)
            with self._alone():
                # whoever held the lock before may have brought the file
                if _mismatch(self.target, self.sums) is not None:
                    self._bring()
        except OSError as error:
            raise self._disk(error) from error

    def _bring(self) -> None:
        resumed = _size(self.part) > 0
        self._receive()
        wrong = _mismatch(self.part, self.sums)
        if wrong is not None and resumed:
            # the old part may have been of another version, or garbage: once more from nothing
            self.part.unlink(missing_ok=True)
            self._receive()
            wrong = _mismatch(self.part, self.sums)
        if wrong is not None:
            self.part.unlink(missing_ok=True)
            raise self._failed(f"what arrived is not that file ({wrong})")
        self.part.replace(self.target)
        _sync_folder(self.target.parent)

    def _receive(self) -> None:
        """Complete the part file, connecting again as long as each connection brings bytes."""
        for remaining in reversed(range(TRIES)):
            before = _size(self.part)
            try:
                self._receive_once()
                return
            except _Cut as cut:
                done = _size(self.part)
                if not remaining or done <= before:
                    again = (f"run it again: it continues after {done:,} bytes",) if done else ()
                    raise self._failed(str(cut), again) from cut

    def _receive_once(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(self.part, flags, 0o600), "ab", buffering=0) as file:
            offset = os.fstat(file.fileno()).st_size
            response = self._ask(offset)
            if response is None:
                return
            with response:
                total = self._total(response, offset, file)
                self._copy(response, file, total)
            os.fsync(file.fileno())

    def _ask(self, offset: int) -> http.client.HTTPResponse | None:
        """Ask for the bytes from ``offset`` on; None where the server has none there."""
        try:
            return open_url(self.url, offset)
        except urllib.error.HTTPError as error:
            error.close()
            if offset and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                return None  # the part is complete or too long: the checksum tells
            raise self._failed(f"the server answered {error.code} {clean(str(error.reason))}") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._failed(why(error)) from error

    def _total(self, response: http.client.HTTPResponse, offset: int, file: IO[bytes]) -> int | None:
        """Return the whole file's size where known, having put ``file`` where the answer starts."""
        if response.status == http.client.PARTIAL_CONTENT:
            range_ = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
            if range_ is None or int(range_[1]) != offset:
                file.truncate(0)  # the next try asks for everything
                raise self._failed("the server sent another part of the file than asked for")
            return None if range_[2] == "*" else int(range_[2])
        if response.status != http.client.OK:
            raise self._failed(f"the server answered {response.status}, which holds no file")
        file.truncate(0)  # a server without ranges sends all of it
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else None

    def _copy(self, response: http.client.HTTPResponse, file: IO[bytes], total: int | None) -> None:
        done = os.fstat(file.fileno()).st_size
        self.progress("downloading", self.what, done, total, "bytes")
        reported = time.monotonic()
        while True:
            try:
                block = response.read1(_BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise _Cut(why(error)) from error
            if not block:
                break
            view = memoryview(block)
            while view:  # an unbuffered write may take less than it was given
                view = view[file.write(view) :]
            done += len(block)
            if time.monotonic() - reported >= _TICK:
                self.progress("downloading", self.what, done, total, "bytes")
                reported = time.monotonic()
        self.progress("downloading", self.what, done, total, "bytes")
        if total is not None and done < total:
            raise _Cut(f"the connection ended after {done:,} of {total:,} bytes")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock; while another process holds it, report how far its download is."""
        lock = FileLock(self.target.with_name(self.target.name + ".lock"), mode=0o600)
        seen, since = -1, time.monotonic()
        while True:
            try:
                lock.acquire(timeout=_POLL)
                break
            except Timeout as error:
                size = _size(self.part)
                if size != seen:
                    seen, since = size, time.monotonic()
                    self.progress("downloading", self.what, size, None, "bytes")
                elif time.monotonic() - since > PATIENCE:
                    raise self._failed(
                        f"another process holds {clean(str(lock.lock_file))} and has got no further"
                        f" for {PATIENCE:.0f} seconds",
                        ("end the other tuilab process, then run it again",),
                    ) from error
        try:
            yield
        finally:
            lock.release()

    def _failed(self, why: str, first: tuple[str, ...] = ()) -> MissingError:
        sentence = f"{clean(self.what)} could not be downloaded from {clean(self.url)}: {why}."
        return MissingError(sentence[:1].upper() + sentence[1:], first + self.remedies)

    def _disk(self, error: OSError) -> MissingError:
        folder = clean(str(self.target.parent))
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            first = f"make room in {folder}, or set TUILAB_HOME to a folder on a larger disk"
            return self._failed(f"no space is left in {folder}", (first,))
        first = f"make {folder} a folder that you can write, or set TUILAB_HOME to one"
        why = clean(error.strerror or str(error))
        return self._failed(f"{folder} cannot be written ({why})", (first,))


def _sums(sha256: str | None, md5: str | None) -> dict[str, str]:
    sums = {name: sum_ for name, sum_ in (("sha256", sha256), ("md5", md5)) if sum_ is not None}
    if not sums:
        raise ValueError("a checksum is needed: without one nothing can be verified or resumed")
    return sums


def _mismatch(path: Path, sums: dict[str, str]) -> str | None:
    """Return what is wrong with the file at ``path``, or None where every checksum is right."""
    for name, expected in sums.items():
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, lambda n=name: hashlib.new(n, usedforsecurity=False))
        except OSError as error:
            return clean(error.strerror or str(error))
        if found.hexdigest() != expected:
            return f"its {name.upper()} is {found.hexdigest()}, and must be {expected}"
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _private_folder(folder: Path) -> None:
    """Make ``folder`` and the missing ones above it, each with mode 0700."""
    if not folder.is_dir():
        _private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
