"""Folders that are one person's alone: made so whatever the umask, refused if they are not."""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tuilab import config, presets
from tuilab.errors import RunError
from tuilab.files.private import make_private, refuse_foreign, why_shared

NOBODY = pwd.getpwuid(65534).pw_name
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o777])
def test_every_folder_that_is_made_is_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        make_private(tmp_path / "a" / "b" / "c")
        make_private(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    for folder in ("a", "a/b", "a/b/c"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
        refuse_foreign(tmp_path / folder)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o750)
    make_private(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o750


def test_a_file_in_its_place_is_the_systems_own_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(OSError):
            make_private(folder)


@root_only
def test_a_group_that_is_not_ones_own_may_not_write_to_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    os.chown(tmp_path, os.geteuid(), 12345)
    assert why_shared(tmp_path) == "others may write into it (mode 0770)"
    with pytest.raises(RunError, match="others may write to it"):
        refuse_foreign(tmp_path)


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o775])
def test_ones_own_folder_is_trusted_though_others_may_read_it(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    refuse_foreign(tmp_path)


def test_a_folder_that_is_not_there_is_nobodys(tmp_path: Path) -> None:
    refuse_foreign(tmp_path / "nothing" / "here")


@pytest.mark.parametrize("mode", [0o702, 0o777, 0o1777])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(RunError) as caught:
        refuse_foreign(tmp_path)
    assert caught.value.sentence == (
        f"{tmp_path} is refused: others may write to it (its mode is {mode:04o})"
    )
    assert f"chmod go-w {tmp_path}" in caught.value.remedies[0]
    assert "TUILAB_HOME" in caught.value.remedies[1]


def test_ones_own_link_to_ones_own_folder_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o700)
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    refuse_foreign(tmp_path / "runs")
    (tmp_path / "disk").chmod(0o777)
    with pytest.raises(RunError, match="others may write to it"):
        refuse_foreign(tmp_path / "runs")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(tmp_path / "unplugged")
    with pytest.raises(RunError) as caught:
        refuse_foreign(tmp_path / "runs")
    assert (
        caught.value.sentence
        == f"{tmp_path / 'runs'} is refused: it is a symbolic link that points to nothing"
    )
    assert str(tmp_path / "unplugged") in caught.value.remedies[0]


def another_persons(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)


def another_persons_link(folder: Path) -> None:
    folder.with_name("target").mkdir(mode=0o700)
    folder.symlink_to(folder.with_name("target"))
    os.chown(folder, 12345, 12345, follow_symlinks=False)


def own_link_to_another_persons(folder: Path) -> None:
    another_persons(folder.with_name("target"))
    folder.symlink_to(folder.with_name("target"))


@root_only
@pytest.mark.parametrize(
    ("plant", "why"),
    [
        (another_persons, "it belongs to user 12345, not to root"),
        (another_persons_link, "it is a symbolic link made by user 12345, not by root"),
        (own_link_to_another_persons, "it belongs to user 12345, not to root"),
    ],
)
def test_what_another_person_made_is_refused_even_to_root(
    tmp_path: Path, plant: Callable[[Path], None], why: str
) -> None:
    folder = tmp_path / "runs"
    plant(folder)
    with pytest.raises(RunError) as caught:
        refuse_foreign(folder)
    assert caught.value.sentence == f"{folder} is refused: {why}"
    assert "TUILAB_HOME" in caught.value.remedies[0]
    assert caught.value.exit_code == 4


@root_only
def test_roots_folder_is_refused_to_others() -> None:
    code = (
        "import os; from pathlib import Path; from tuilab.files.private import refuse_foreign\n"
        "from tuilab.errors import RunError\n"
        "os.setuid(12345)\n"
        "try: refuse_foreign(Path('/usr'))\n"
        "except RunError as error: print(error.sentence)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "/usr is refused: it belongs to root, not to user 12345\n"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_what_a_person_saves_is_theirs_alone_whatever_the_umask(umask: int) -> None:
    from tuilab.lab.preset_saving import save_own

    before = os.umask(umask)
    try:
        config.remember(theme="mine")
        save_own("mine", "t", presets.find("bn"), presets.find("bn").experiment)
    finally:
        os.umask(before)
    places = [config.file(), presets.own_folder() / "mine.toml"]
    assert {stat.S_IMODE(place.stat().st_mode) for place in places} == {0o600}
    assert {stat.S_IMODE(place.parent.stat().st_mode) for place in places} == {0o700}


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
        assert why_shared(tmp_path / name) == f"others may write into it (mode {bits:04o})"


def test_a_folder_of_another_user_is_shared(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 65534, 65534)
        assert why_shared(tmp_path / "theirs") == f"it belongs to {NOBODY}"
        (tmp_path / "link").symlink_to("/")
        os.chown(tmp_path / "link", 65534, 65534, follow_symlinks=False)
        assert why_shared(tmp_path / "link") == f"it belongs to {NOBODY}"
    else:
        assert why_shared(Path("/")) == "it belongs to root"


def test_many_processes_make_one_folder_at_once(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c"
    code = "import sys; from pathlib import Path; from tuilab.files.private import make_private\n"
    code += "sys.stdin.read(); make_private(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(target)]
    root = Path(__file__).resolve().parents[2]
    running = [subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE) for _ in range(6)]
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(60) for process in running] == [0] * 6
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
