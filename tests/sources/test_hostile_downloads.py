"""A neighbour who plants links, or a server that never ends: nothing is written where it should not be."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from download_server import BODY, SHA256, Handler, Server, part_of

from tuilab.bases.named.vgg16 import BASE
from tuilab.errors import MissingError
from tuilab.sources import base_weights, downloads
from tuilab.sources.checksums import verified
from tuilab.sources.downloads import fetch
from tuilab.sources.named.cifar10 import FILES

ROOT = Path(__file__).resolve().parents[2]
FETCH = (
    "import sys; from pathlib import Path; from tuilab.sources.downloads import fetch;"
    "fetch(sys.argv[1], Path(sys.argv[2]), sha256=sys.argv[3], what='a file')"
)


def fetching(server: Server, target: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", FETCH, server.url, str(target), SHA256], cwd=ROOT)


@pytest.mark.parametrize("name", ["file.bin", "file.bin.part", "file.bin.lock"])
@pytest.mark.parametrize("leads", ["to a file", "nowhere", "to a folder"])
def test_a_link_where_something_would_be_written_is_refused_and_not_followed(
    server: Server, target: Path, tmp_path: Path, name: str, leads: str
) -> None:
    victim = tmp_path / "victim"
    if leads == "to a file":
        victim.write_text("precious")
    elif leads == "to a folder":
        victim.mkdir()
    target.parent.mkdir(parents=True)
    (target.parent / name).symlink_to(victim)
    with pytest.raises(MissingError, match=rf"{name} is a link, so nothing is written there") as caught:
        fetch(server.url, target, sha256=SHA256, what="a file", remedies=("use a copy",))
    assert caught.value.remedies == (f"remove it: {target.parent / name}", "use a copy")
    assert server.asked == [] and [path.name for path in target.parent.iterdir()] == [name]
    assert (
        victim.read_text() == "precious" if leads == "to a file" else victim.exists() == (leads != "nowhere")
    )


def test_a_link_to_the_verified_file_is_a_copy_like_any(server: Server, target: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(BODY)
    target.parent.mkdir(parents=True)
    target.symlink_to(tmp_path / "elsewhere")
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert server.asked == [] and target.is_symlink()


@pytest.mark.parametrize("name", ["file.bin", "file.bin.part", "file.bin.lock"])
def test_a_pipe_where_something_would_be_written_is_refused_and_not_waited_for(
    server: Server, target: Path, name: str
) -> None:
    target.parent.mkdir(parents=True)
    os.mkfifo(target.parent / name)
    with pytest.raises(MissingError, match=f"{name} is not a regular file"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert not verified(target, sha256=SHA256)
    assert server.asked == []


def test_a_link_planted_after_the_look_is_not_followed_either(
    server: Server, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    look = downloads._Download._check_place

    def plant(download: downloads._Download) -> None:
        look(download)
        download.part.symlink_to(victim)

    monkeypatch.setattr(downloads._Download, "_check_place", plant)
    with pytest.raises(MissingError, match=r"cannot be written to .Too many levels of symbolic links"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert victim.read_text() == "precious"


def test_a_part_that_is_also_another_file_is_not_written(
    server: Server, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("precious")
    target.parent.mkdir(parents=True)
    os.link(tmp_path / "victim", target.with_name("file.bin.part"))
    with pytest.raises(MissingError, match=r"file\.bin\.part is a file with several hard links"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert (tmp_path / "victim").read_text() == "precious"


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


def to_nobody(folder: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    os.chown(folder, 65534, 65534)


@pytest.mark.parametrize("share", [open_to_all, to_nobody])
def test_a_folder_where_others_may_write_is_refused_until_it_is_ones_own(
    server: Server, target: Path, share: Callable[[Path], None]
) -> None:
    target.parent.mkdir(parents=True)
    share(target.parent)
    with pytest.raises(
        MissingError, match=r"is not a safe place to write to: (others may|it belongs to)"
    ) as caught:
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert "TUILAB_HOME" in caught.value.remedies[0]
    assert server.asked == [] and list(target.parent.iterdir()) == []
    target.write_bytes(BODY)
    fetch(server.url, target, sha256=SHA256, what="a file")  # what is there and verified is only read


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_what_is_downloaded_is_private_whatever_the_umask(server: Server, target: Path, umask: int) -> None:
    server.cuts = [1000]
    before = os.umask(umask)
    try:
        fetch(server.url, target, sha256=SHA256, what="a file")
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    for path in target.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_part_that_others_could_read_becomes_private(server: Server, target: Path) -> None:
    part_of(target, BODY[:5000]).chmod(0o666)
    fetch(server.url, target, sha256=SHA256, what="a file")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_more_than_any_file_has_is_refused_before_it_comes(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "LARGEST", 2**19)
    with pytest.raises(MissingError, match="the server would send 1,048,576 bytes"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert target.with_name("file.bin.part").stat().st_size == 0


@pytest.mark.parametrize("length", [None, "9" * 5000, "-1", "a"])
def test_a_server_that_sends_without_end_is_stopped(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch, length: str | None
) -> None:
    class Endless(Handler):
        def do_GET(self) -> None:
            self.send_response(200)
            if length is not None:
                self.send_header("Content-Length", length)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(BODY)
            except OSError:
                self.close_connection = True

    server.RequestHandlerClass = Endless
    monkeypatch.setattr(downloads, "LARGEST", 2**22)
    with pytest.raises(MissingError, match="the server sent more than 4,194,304 bytes"):
        fetch(server.url, target, sha256=SHA256, what="a file")
    assert not target.exists() and target.with_name("file.bin.part").stat().st_size == 0


def test_five_processes_at_once_download_once_and_read_only_what_is_whole(
    server: Server, target: Path
) -> None:
    all_of_them = [fetching(server, target) for _ in range(5)]
    while any(process.poll() is None for process in all_of_them):
        if target.exists():
            assert target.stat().st_size == len(BODY)
        time.sleep(0.005)
    assert [process.wait() for process in all_of_them] == [0] * 5
    assert server.asked == [None] and target.read_bytes() == BODY
    assert {path.name for path in target.parent.iterdir()} <= {"file.bin", "file.bin.lock"}


def test_where_the_one_that_downloads_is_killed_another_goes_on_from_there(
    server: Server, target: Path
) -> None:
    class Halting(Handler):
        def do_GET(self) -> None:
            if server.asked:
                return super().do_GET()
            server.asked.append(self.headers.get("Range"))
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[:300_000])
            self.rfile.read(1)  # until the other end is gone

    server.RequestHandlerClass = Halting
    part = target.with_name("file.bin.part")
    first = fetching(server, target)
    until = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size == 300_000) and time.monotonic() < until:
        time.sleep(0.01)
    second = fetching(server, target)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert second.wait(60) == 0
    assert server.asked == [None, "bytes=300000-"] and target.read_bytes() == BODY


def test_kerass_cache_is_read_and_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "keras"
    monkeypatch.setenv("KERAS_HOME", str(cache))
    monkeypatch.setattr(base_weights, "offline_model", lambda offline: None)
    for place in (cache / "datasets" / "cifar-10-batches-py.tar.gz", cache / "models" / BASE.published.file):
        place.parent.mkdir(parents=True)
        place.write_bytes(b"of a neighbour")
        place.parent.chmod(0o777)

    def unreachable(url: str, offset: int = 0) -> None:
        raise AssertionError("it is refused, not downloaded beside")

    monkeypatch.setattr(downloads, "open_url", unreachable)
    before = {path: path.lstat().st_mtime_ns for path in cache.rglob("*")}
    for get in (FILES.fetch, partial(base_weights.fetch_weights, BASE)):
        with pytest.raises(MissingError, match=r"ends after 14 of|is not that file"):
            get()
    assert {path: path.lstat().st_mtime_ns for path in cache.rglob("*")} == before


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_thing_of_the_weights_name_that_is_no_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object]
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    place = tmp_path / "keras" / "models" / BASE.published.file
    place.parent.mkdir(parents=True)
    make(place)
    with pytest.raises(MissingError, match="is not a regular file"):
        base_weights.load_weights(BASE, "imagenet")
