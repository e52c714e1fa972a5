"""Downloads against a real server on this machine."""

import errno
import io
import os
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPMessage as Message
from pathlib import Path

import pytest
from download_server import BODY, MD5, SHA256, Server, part_of
from filelock import FileLock

from tuilab.errors import MissingError
from tuilab.sources import downloads, web
from tuilab.sources.checksums import verified
from tuilab.sources.downloads import fetch


def test_a_file_arrives_whole_and_private(server: Server, target: Path) -> None:
    reports: list[tuple[str, str, int, int | None, str]] = []

    def record(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        reports.append((phase, what, done, total, unit))

    fetch(server.url, target, sha256=SHA256, md5=MD5, what="a file", progress=record)
    assert target.read_bytes() == BODY
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(target.parent.parent.stat().st_mode) == 0o700
    assert {p.name for p in target.parent.iterdir()} <= {"file.bin", "file.bin.lock"}
    assert reports[0] == ("downloading", "a file", 0, len(BODY), "bytes")
    assert reports[-1] == ("downloading", "a file", len(BODY), len(BODY), "bytes")


def test_a_verified_target_needs_no_network(server: Server, target: Path) -> None:
    part_of(target, b"").with_name(target.name).write_bytes(BODY)
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == []


def test_a_target_of_other_content_is_replaced(server: Server, target: Path) -> None:
    part_of(target, b"").with_name(target.name).write_bytes(b"old")
    fetch(server.url, target, md5=MD5, what="a file")
    assert target.read_bytes() == BODY


def test_a_cut_connection_is_taken_up_where_it_ended(server: Server, target: Path) -> None:
    server.cuts = [100_000, 200_000]
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == [None, "bytes=100000-", "bytes=300000-"]
    assert target.read_bytes() == BODY


def test_a_connection_that_brings_nothing_ends_the_download_and_keeps_the_part(
    server: Server, target: Path
) -> None:
    server.cuts = [100_000, 0]
    with pytest.raises(MissingError, match="ended after 100,000 of 1,048,576 bytes") as raised:
        fetch(server.url, target, sha256=SHA256, what="a file", remedies=("do this",))
    assert raised.value.remedies == ("run this again: it continues after 100,000 bytes", "do this")
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked[-1] == "bytes=100000-" and target.read_bytes() == BODY


def test_ctrl_c_leaves_what_has_arrived_for_the_next_time(server: Server, target: Path) -> None:
    def interrupt(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.url, target, sha256=SHA256, what="a file", progress=interrupt)
    arrived = target.with_name("file.bin.part").stat().st_size
    assert arrived and not target.exists()
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert target.read_bytes() == BODY


def test_a_server_without_ranges_starts_again(server: Server, target: Path) -> None:
    server.ranges = False
    part_of(target, BODY[:5000])
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == ["bytes=5000-"] and target.read_bytes() == BODY


@pytest.mark.parametrize(
    "garbage", [b"x" * 5000, b"x" * (len(BODY) + 7), BODY + b"x"], ids=["garbage", "longer", "one more"]
)
def test_a_stale_part_costs_one_fresh_try(server: Server, target: Path, garbage: bytes) -> None:
    part_of(target, garbage)
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == [f"bytes={len(garbage)}-", None] and target.read_bytes() == BODY


def test_a_complete_part_is_moved_into_place(server: Server, target: Path) -> None:
    part_of(target, BODY)
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert target.read_bytes() == BODY


def test_an_answer_for_another_range_is_not_appended(server: Server, target: Path) -> None:
    server.shifted = True
    part = part_of(target, BODY[:5000])
    with pytest.raises(MissingError, match="a different part of the file"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert part.stat().st_size == 0


def test_a_wrong_checksum_puts_nothing_in_place(server: Server, target: Path) -> None:
    server.body = b"<html>please log in</html>"
    with pytest.raises(MissingError, match=f"is not that file .its SHA256 is .*must be {SHA256}"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert len(server.asked) == 1
    assert {p.name for p in target.parent.iterdir()} <= {"file.bin.lock"}


def test_a_status_is_named(server: Server, target: Path) -> None:
    url = server.url.replace("/file", "/missing")
    with pytest.raises(MissingError) as raised:
        fetch(url, target, sha256=SHA256, what="the \x1bfile", remedies=("use a copy",))
    assert (
        raised.value.sentence
        == f"The \\efile could not be downloaded from {url}: the server answered 404 Not Found."
    )
    assert raised.value.remedies == ("use a copy",) and raised.value.exit_code == 3


def test_no_server_is_said_so(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/file"
        with pytest.raises(MissingError, match="the connection was refused"):
            fetch(url, target, sha256=SHA256, what="a file")


def test_a_silent_server_is_a_timeout(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent_server:
        url = f"http://127.0.0.1:{silent_server.getsockname()[1]}/file"
        with pytest.raises(MissingError, match=r"no answer came within 0\.2 seconds .tried 4 times"):
            fetch(url, target, sha256=SHA256, what="a file")


def test_an_unknown_name_is_said_so() -> None:
    failure = web.failure(urllib.error.URLError(socket.gaierror(-2, "unknown")))
    assert "could not be looked up" in failure.why and not failure.passing


@pytest.mark.parametrize("new", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd"])
def test_https_is_never_left_by_a_redirect(new: str) -> None:
    request = urllib.request.Request("https://example.org/file")
    with pytest.raises(urllib.error.URLError, match="not https"):
        web._Redirects().redirect_request(request, io.BytesIO(), 302, "Found", Message(), new)


def test_a_file_where_a_folder_belongs_is_said_so(server: Server, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("a file")
    with pytest.raises(MissingError, match="cannot be written to") as raised:
        fetch(server.url, tmp_path / "new" / "file.bin", sha256=SHA256, what="a file")
    assert "TUILAB_HOME" in raised.value.remedies[0]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "there is no space left"), (errno.EROFS, "cannot be written to .Read-only")],
)
def test_a_full_or_read_only_disk_is_said_so(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)  # where a write that was delayed fails
        with pytest.raises(MissingError, match=words):
            fetch(server.url, target, sha256=SHA256, what="a file")
    assert not target.exists()


def test_two_processes_at_once_download_once(server: Server, target: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tuilab.sources.downloads import fetch;"
        "fetch(sys.argv[1], Path(sys.argv[2]), sha256=sys.argv[3], what='a file')"
    )
    command = [sys.executable, "-c", code, server.url, str(target), SHA256]
    root = Path(__file__).resolve().parents[2]
    both = [subprocess.Popen(command, cwd=root) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert server.asked == [None] and target.read_bytes() == BODY


def test_a_stuck_other_process_is_reported(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "PATIENCE", 0.2)
    monkeypatch.setattr(downloads, "_POLL", 0.1)
    part_of(target, b"12345")
    reports: list[int] = []

    def record(phase: str, what: str, done: int, total: int | None, unit: str) -> None:
        reports.append(done)

    with (
        FileLock(target.with_name("file.bin.lock")),
        pytest.raises(MissingError, match=r"another process holds .*file\.bin\.lock"),
    ):
        fetch(server.url, target, sha256=SHA256, what="a file", progress=record)
    assert reports == [5] and server.asked == []


def test_nothing_is_downloaded_unverified(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="checksum"):
        fetch("https://example.org/x", tmp_path / "x", what="a file")
    with pytest.raises(ValueError, match="http"):
        fetch("file:///etc/passwd", tmp_path / "x", what="a file", md5=MD5)


def test_verified_needs_every_checksum_right(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert not verified(path, md5=MD5)
    path.write_bytes(BODY)
    assert verified(path, md5=MD5) and verified(path, sha256=SHA256, md5=MD5)
    assert not verified(path, sha256="0" * 64, md5=MD5) and not verified(tmp_path, md5=MD5)
