"""Folders of a person's own are made for them alone, whatever the umask, and told from shared ones."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tuilab import config, presets
from tuilab.private_folder import make_private, why_shared

UMASKS = [0o000, 0o022, 0o077, 0o277, 0o777]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", UMASKS)
def test_every_folder_that_is_made_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        make_private(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    assert {mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")} == {0o700}


def test_a_folder_that_is_there_keeps_its_mode_and_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o755)
    (tmp_path / "there").chmod(0o755)
    make_private(tmp_path / "there" / "inside")
    assert mode(tmp_path / "there") == 0o755 and mode(tmp_path / "there" / "inside") == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private(tmp_path / "file")


@pytest.mark.parametrize("umask", UMASKS)
def test_what_a_person_saves_is_theirs_alone_whatever_the_umask(umask: int) -> None:
    from tuilab.preset_saving import save_own

    before = os.umask(umask)
    try:
        config.remember(theme="mine")
        save_own("mine", "t", presets.find("bn"), presets.find("bn").experiment)
    finally:
        os.umask(before)
    places = [config.file(), presets.own_folder() / "mine.toml"]
    assert {mode(place) for place in places} == {0o600}
    assert {mode(place.parent) for place in places} == {0o700}


def test_a_folder_of_ones_own_is_not_shared(tmp_path: Path) -> None:
    make_private(tmp_path / "mine")
    assert why_shared(tmp_path / "mine") == ""
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    assert why_shared(tmp_path / "link") == ""
    with pytest.raises(FileNotFoundError):
        why_shared(tmp_path / "none")


@pytest.mark.parametrize("bits", [0o777, 0o1777, 0o702])
def test_a_folder_that_everybody_may_write_into_is_shared(tmp_path: Path, bits: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(bits)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    for name in ("open", "link"):
        assert why_shared(tmp_path / name) == f"every user may write into it (mode {bits:04o})"


def test_a_folder_of_another_user_is_shared(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 65534, 65534)
        assert why_shared(tmp_path / "theirs") == "it belongs to another user (number 65534)"
        (tmp_path / "link").symlink_to("/")
        os.chown(tmp_path / "link", 65534, 65534, follow_symlinks=False)
        assert "another user" in why_shared(tmp_path / "link")
    else:
        assert why_shared(Path("/")) == "it belongs to another user (number 0)"


def test_many_processes_make_one_folder_at_once(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c"
    code = "import sys; from pathlib import Path; from tuilab.private_folder import make_private\n"
    code += "sys.stdin.read(); make_private(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(target)]
    root = Path(__file__).resolve().parents[1]
    running = [subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE) for _ in range(6)]
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(60) for process in running] == [0] * 6
    assert mode(target) == 0o700
