"""The lessons in order, a person's own among them."""

import tomllib
from pathlib import Path

import pytest

from tuilab.errors import UsageError
from tuilab.lessons.index import find, folder, for_preset, load_all, ours

GOOD = '+++\ntitle = "Mine"\norder = 15\nsummary = "S"\n+++\nBody.\n'


def test_without_own_lessons_ours_are_all() -> None:
    lessons, sentences = load_all()
    assert lessons == ours()
    assert sentences == ()
    assert [(lesson.order, lesson.slug) for lesson in lessons] == sorted(
        (lesson.order, lesson.slug) for lesson in lessons
    )
    assert len({lesson.order for lesson in lessons}) == len(lessons)


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert load_all(tmp_path / "lessons") == (ours(), ())


def test_own_lessons_take_their_place_in_the_order(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("no lesson")
    lessons, sentences = load_all(tmp_path)
    assert [lesson.slug for lesson in lessons][:3] == ["gradient-descent", "mine", "normalization"]
    assert sentences == ()
    (tmp_path / "mine.md").write_text(GOOD.replace("Body", "Another body"))
    assert find(load_all(tmp_path)[0], "mine").body == "Another body."


def test_an_own_lesson_replaces_ours_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "vgg16.md").write_text(GOOD)
    lessons, _ = load_all(tmp_path)
    assert len(lessons) == len(ours())
    assert find(lessons, "vgg16").title == "Mine"


def test_a_broken_own_lesson_gives_a_sentence_and_leaves_ours(tmp_path: Path) -> None:
    (tmp_path / "vgg16.md").write_text(GOOD.replace("order", "oder"))
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "\x1b[2J.md").write_text(GOOD)
    (tmp_path / "mine.md").write_text(GOOD)
    lessons, sentences = load_all(tmp_path)
    assert find(lessons, "vgg16") == find(ours(), "vgg16")
    assert find(lessons, "mine").title == "Mine"
    assert len(sentences) == 3
    assert all(sentence.isprintable() for sentence in sentences)
    assert [s for s in sentences if "there is no 'oder'" in s and "did you mean 'order'?" in s]


def test_a_file_in_the_folders_place_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "lessons").write_text("x")
    lessons, [sentence] = load_all(tmp_path / "lessons")
    assert lessons == ours()
    assert "cannot be read" in sentence


def test_an_unknown_lesson_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        find(ours(), "vgg-16\x1b")
    assert caught.value.sentence.startswith(
        "there is no lesson 'vgg-16\\\\e'; the lessons are gradient-descent, "
    )
    assert caught.value.sentence.endswith("; did you mean 'vgg16'?")


def test_a_preset_finds_its_lesson_or_none() -> None:
    found = for_preset(ours(), "bn-momentum")
    assert found is not None
    assert found.slug == "bn-momentum"
    assert for_preset(ours(), "somebody's own") is None


def test_the_wheel_ships_them_where_they_are_looked_for() -> None:
    checkout = Path(__file__).parents[2]
    wheel = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert wheel["packages"] == ["tuilab"], "all files of the package are shipped"
    assert "exclude" not in wheel
    assert folder().parent.name == "lessons"
    assert len(list(folder().glob("*.md"))) == len(ours())
