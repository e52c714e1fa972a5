"""Files from the network: resumable, verified, in place whole or not at all.

The bytes go to a ``.part`` file beside the target. Only when its checksum is right is it moved
onto the target's name, so whatever has that name is complete. Nothing is written through a link, nor in
a folder where another user could put one.
"""

import contextlib
import errno
import http.client
import os
import re
import stat
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import Timeout

from tuilab.errors import MissingError
from tuilab.files.locks import lock_on
from tuilab.files.private import make_private, why_shared
from tuilab.sources.checksums import checksums, mismatch
from tuilab.sources.progress import Progress, silent
from tuilab.sources.web import FAILURES, NoAnswer, failure, open_url
from tuilab.terminal import clean

PATIENCE = 60.0
"""Seconds to wait for another process whose download does not grow."""
TRIES = 4
"""How often one call asks, as long as each try brings bytes or the server may only be busy."""
PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the second, third, fourth time where the one before brought nothing."""
LONGEST_WAIT = 30.0
"""Seconds that a server may ask to be left alone."""

LARGEST = 2**30
"""Bytes that a download may have; the largest that is asked for has 170 MB."""

_BLOCK = 1 << 18
_TICK = 0.1  # seconds between reports
_POLL = 0.5  # seconds between looks at another process's download


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
    other checksums is replaced, but only by a verified file. New folders get mode 0700, files 0600,
    whatever the umask.

    Args:
        url: http or https; a redirect from https to anything else is refused.
        target: where the file belongs.
        sha256: expected SHA-256, lower-case hex.
        md5: expected MD5, lower-case hex. At least one of the two must be given.
        what: a noun phrase for reports and errors, e.g. ``the VGG16 weights``.
        progress: told the bytes done and, where the server says it, their total.
        remedies: what the person can do instead, for the error.

    Raises:
        MissingError: no network, no such file, a wrong checksum, more than ``LARGEST`` bytes, a full
            disk, a folder that cannot be written or that others may write into, a link or a pipe where
            a file is to be written, or another process that holds the lock and does not get on.
        ValueError: no checksum, or a URL that is not http(s).
    """
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"not an http(s) URL: {url}")
    sums = checksums(sha256, md5)
    if mismatch(target, sums) is not None:
        _Download(url, target, sums, what, progress, tuple(remedies)).run()


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

    @property
    def lock(self) -> Path:
        return self.target.with_name(self.target.name + ".lock")

    def run(self) -> None:
        try:
            make_private(self.target.parent)
            self._check_place()
            with self._alone():
                # whoever held the lock before may have brought the file
                if mismatch(self.target, self.sums) is not None:
                    self._download()
        except OSError as error:
            raise self._disk(error) from error

    def _check_place(self) -> None:
        folder = clean(str(self.target.parent))
        if why := why_shared(self.target.parent):
            raise self._failed(
                f"{folder} is not a safe place to write to: {why}",
                (
                    "set TUILAB_HOME to a folder of your own",
                    f"or make that one private: chmod 700 {folder}",
                ),
            )
        for path in (self.target, self.part, self.lock):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(mode):
                raise self._no_file(path, "a link" if stat.S_ISLNK(mode) else "not a regular file")

    def _no_file(self, path: Path, what: str) -> MissingError:
        shown = clean(str(path))
        return self._failed(f"{shown} is {what}, so nothing is written there", (f"remove it: {shown}",))

    def _download(self) -> None:
        resumed = _size(self.part) > 0
        self._receive()
        wrong = mismatch(self.part, self.sums)
        if wrong is not None and resumed:
            # the old part may have been of another version, or garbage: once more from nothing
            self.part.unlink(missing_ok=True)
            self._receive()
            wrong = mismatch(self.part, self.sums)
        if wrong is not None:
            self.part.unlink(missing_ok=True)
            raise self._failed(f"what was downloaded is not that file ({wrong})")
        self.part.replace(self.target)
        _sync_folder(self.target.parent)

    def _receive(self) -> None:
        """Complete the part file, asking again where a connection brought bytes or another may."""
        began = time.monotonic()
        for number in range(1, TRIES + 1):
            before = _size(self.part)
            try:
                self._receive_once()
                return
            except NoAnswer as answer:
                done = _size(self.part)
                late = time.monotonic() - began > PATIENCE
                if number == TRIES or (done <= before and (late or not answer.passing)):
                    first = (f"run this again: it continues after {done:,} bytes",) if done else ()
                    times = f" (tried {number} times)" if answer.passing and number > 1 else ""
                    raise self._failed(f"{answer.why}{times}", first) from answer
                if done <= before:
                    self._pause(max(PAUSES[number - 1], min(answer.wait, LONGEST_WAIT)))

    def _pause(self, seconds: float) -> None:
        """Leave the server alone for a while; whoever listens may end it."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.progress("downloading", self.what, _size(self.part), None, "bytes")
            time.sleep(min(left, _POLL))

    def _receive_once(self) -> None:
        # the place was looked at before; whoever is faster than that finds no link followed
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(self.part, flags, 0o600), "ab", buffering=0) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise self._no_file(
                    self.part,
                    "a file with several hard links" if found.st_nlink > 1 else "not a regular file",
                )
            os.fchmod(file.fileno(), 0o600)  # whatever the umask
            offset = found.st_size
            response = open_url(self.url, offset)
            if response is None:
                return  # the part is complete or too long: the checksum tells
            with response:
                total = self._total(response, offset, file)
                self._copy(response, file, total)
            os.fsync(file.fileno())

    def _total(self, response: http.client.HTTPResponse, offset: int, file: IO[bytes]) -> int | None:
        """Return the whole file's size where known, having put ``file`` where the answer starts."""
        if response.status == http.client.PARTIAL_CONTENT:
            header = response.headers.get("Content-Range", "")
            range_ = re.fullmatch(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|\*)", header)
            if range_ is None or int(range_[1]) != offset:
                file.truncate(0)  # the next try asks for everything
                raise self._failed("the server sent a different part of the file than requested")
            return self._bounded(None if range_[2] == "*" else int(range_[2]))
        if response.status != http.client.OK:
            raise self._failed(f"the server answered {response.status}, without a file")
        file.truncate(0)  # a server without ranges sends all of it
        length = response.headers.get("Content-Length", "")
        return self._bounded(int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None)

    def _bounded(self, size: int | None) -> int | None:
        if size is not None and size > LARGEST:
            raise self._failed(f"the server would send {size:,} bytes, but that file has far fewer")
        return size

    def _copy(self, response: http.client.HTTPResponse, file: IO[bytes], total: int | None) -> None:
        done = os.fstat(file.fileno()).st_size
        self.progress("downloading", self.what, done, total, "bytes")
        reported = time.monotonic()
        while True:
            try:
                block = response.read1(_BLOCK)
            except FAILURES as error:
                raise failure(error) from error
            if not block:
                break
            view = memoryview(block)
            while view:  # an unbuffered write may take less than it was given
                view = view[file.write(view) :]
            done += len(block)
            if done > LARGEST:  # it never said how much
                file.truncate(0)
                raise self._failed(
                    f"the server sent more than {LARGEST:,} bytes, but that file has far fewer"
                )
            if time.monotonic() - reported >= _TICK:
                self.progress("downloading", self.what, done, total, "bytes")
                reported = time.monotonic()
        self.progress("downloading", self.what, done, total, "bytes")
        if total is not None and done < total:
            raise NoAnswer(f"the connection ended after {done:,} of {total:,} bytes")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock; while another process holds it, report how far its download is."""
        lock = lock_on(self.lock)
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
                        f"another process holds {clean(str(lock.lock_file))} and has made no progress"
                        f" for {PATIENCE:.0f} seconds",
                        ("end the other tuilab process, then run this again",),
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
            return self._failed(f"there is no space left in {folder}", (first,))
        first = f"make {folder} writable, or set TUILAB_HOME to a folder that you can write to"
        why = clean(error.strerror or str(error))
        return self._failed(f"{folder} cannot be written to ({why})", (first,))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
