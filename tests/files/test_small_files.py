"""What lies where a small file of a person's own belongs: read within bounds, and never waited for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tuilab import config, presets
from tuilab.config import Config
from tuilab.errors import UsageError
from tuilab.files import paths
from tuilab.files.small import LARGEST, read_small
from tuilab.lessons import index, lesson
from tuilab.presets import find, problems
from tuilab.tui.themes import own_themes


def of_holes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 2**20)


OBSTACLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "pipe or a device"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "pipe or a device"),
    "a link to itself": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "100 MB": (of_holes, "larger than 256 KiB"),
    "a folder": (Path.mkdir, "Is a directory"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe"), "can't decode"),
}
every_obstacle = pytest.mark.parametrize(("put", "said"), OBSTACLES.values(), ids=OBSTACLES)


@every_obstacle
def test_what_is_no_small_text_is_an_error(tmp_path: Path, put: Callable[[Path], object], said: str) -> None:
    put(tmp_path / "file")
    with pytest.raises((OSError, UnicodeDecodeError), match=said):
        read_small(tmp_path / "file")


def test_a_small_text_is_read_as_it_is_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes("\ufeffa\r\nü".encode() + b"x" * (LARGEST - 8))
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link"):
        assert read_small(tmp_path / name).startswith("\ufeffa\r\nü")


@every_obstacle
def test_settings_that_cannot_be_read_are_told_and_the_defaults_hold(
    put: Callable[[Path], object], said: str
) -> None:
    paths.config().mkdir(parents=True)
    put(config.file())
    found, told = config.load()
    assert found == Config() and len(told) == 1 and said in told[0] and told[0].isprintable()


@every_obstacle
def test_a_theme_that_cannot_be_read_is_told_and_the_others_hold(
    tmp_path: Path, put: Callable[[Path], object], said: str
) -> None:
    put(tmp_path / "bad.toml")
    (tmp_path / "good.toml").touch()
    themes, told = own_themes(tmp_path)
    assert [theme.name for theme in themes] == ["good"]
    assert len(told) == 1 and told[0].startswith("theme bad.toml cannot be read: ") and said in told[0]


@every_obstacle
def test_a_lesson_that_cannot_be_read_is_told(
    tmp_path: Path, put: Callable[[Path], object], said: str
) -> None:
    put(tmp_path / "bad.md")
    with pytest.raises(UsageError, match=rf"lesson bad\.md cannot be read: .*{said}"):
        lesson.read(tmp_path / "bad.md")
    lessons, _ = index.load_all(tmp_path)
    assert lessons == index.ours()


@every_obstacle
def test_a_preset_that_cannot_be_read_stands_in_nobodys_way(put: Callable[[Path], object], said: str) -> None:
    presets.own_folder().mkdir(parents=True)
    put(presets.own_folder() / "bad.toml")
    assert find("bn").name == "bn"
    assert all("bad.toml cannot be read" in told for told in problems())
    with pytest.raises(UsageError):
        find("bad")
    with pytest.raises(UsageError, match=rf"preset bad\.toml cannot be read: .*{said}"):
        presets.read(presets.own_folder() / "bad.toml")


@pytest.mark.parametrize(
    "bomb", [".".join("a" * 60_000) + " = 1", "x = " + "[" * 200_000, "[keys]\n" + "a." * 99 + "a=1"]
)
def test_bombs_in_toml_are_told_in_one_short_sentence(bomb: str, tmp_path: Path) -> None:
    presets.own_folder().mkdir(parents=True)
    for path in (config.file(), presets.own_folder() / "bad.toml", tmp_path / "bad.toml"):
        path.write_text(bomb)
    (tmp_path / "bad.md").write_text(f"+++\n{bomb}\n+++\ntext\n")
    told = (*config.load()[1], *problems(), *own_themes(tmp_path)[1], *index.load_all(tmp_path)[1])
    assert len(told) == 4
    assert all(sentence.isprintable() and len(sentence) < 500 for sentence in told)
