"""Regular files only, never waited for, and no more of them than is sensible."""

import os
import socket
from pathlib import Path

import pytest
from obstacles import OBSTACLES, no_waiting, put

from tuilab.files.atomic import write_whole
from tuilab.files.regular import open_regular, read_regular

SAID = {
    "a pipe": "It is a pipe or a device",
    "a link to a device": "It is a symbolic link",
    "a link to itself": "It is a symbolic link",
    "a folder": "Is a directory",
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_CREAT | os.O_APPEND])
def test_what_is_no_regular_file_is_refused_at_once(obstacle: str, flags: int, tmp_path: Path) -> None:
    put(obstacle, tmp_path / "file")
    with no_waiting(), pytest.raises(OSError, match=SAID[obstacle]):
        open_regular(tmp_path / "file", flags)


def test_neither_is_a_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "file"))
        with pytest.raises(OSError, match="It is a pipe or a device"):
            open_regular(tmp_path / "file")


def test_a_link_is_followed_where_that_is_meant_and_no_further_than_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert read_regular(tmp_path / "link", 7, links=True) == b"content"
    with pytest.raises(OSError, match="It is a symbolic link, but must be a regular file"):
        read_regular(tmp_path / "link", 7)
    with pytest.raises(OSError, match="It is a pipe or a device"):
        read_regular(tmp_path / "zero", 7, links=True)


def test_a_file_is_read_up_to_its_bound_and_refused_beyond(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(3 << 20))
    assert len(read_regular(tmp_path / "file", 3 << 20)) == 3 << 20
    with pytest.raises(OSError, match="It is larger than 2 MiB"):
        read_regular(tmp_path / "file", 2 << 20)


def test_what_is_written_whole_replaces_a_link_or_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    for name in ("followed", "replaced"):
        (tmp_path / name).symlink_to("file")
    write_whole(tmp_path / "followed", "new")
    write_whole(tmp_path / "replaced", "other", links=False)
    assert (tmp_path / "file").read_text() == (tmp_path / "followed").read_text() == "new"
    assert (tmp_path / "replaced").read_text() == "other" and not (tmp_path / "replaced").is_symlink()


def test_a_link_to_itself_is_an_error_of_the_system_or_is_replaced(tmp_path: Path) -> None:
    put("a link to itself", tmp_path / "file")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        write_whole(tmp_path / "file", "text")
    write_whole(tmp_path / "file", "text", links=False)
    assert (tmp_path / "file").read_text() == "text"
