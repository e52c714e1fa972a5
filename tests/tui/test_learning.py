"""What a person has learned is remembered, counted honestly, and never lost to a broken file."""

import json
import stat
from pathlib import Path

import pytest
from obstacles import OBSTACLES, no_waiting, put

from tuilab.errors import RunError
from tuilab.lessons.lesson import Lesson, Question, Try
from tuilab.tui.learning import Learning

TRIES = (Try(label="one", preset="bn", watch="w"), Try(label="two", preset="bn", watch="w"))
CHOICE = Question.model_validate({"ask": "Which?", "choices": ["a", "b"], "correct": 1, "answer": "b, since"})
WORDS = Question(ask="Why?", answer="Because.")
LESSON = Lesson(
    slug="bn", title="BN", order=1, summary="s", tries=TRIES, questions=(CHOICE, WORDS), body="text"
)


def test_a_lesson_nobody_opened_is_new(tmp_path: Path) -> None:
    learning = Learning.load(tmp_path / "learning.json")
    assert (learning.progress(LESSON), learning.problem) == ("new", "")
    assert not (tmp_path / "learning.json").exists()


def test_progress_counts_what_was_done(tmp_path: Path) -> None:
    learning = Learning.load(tmp_path / "learning.json")
    assert learning.mark_tried(LESSON, TRIES[0])
    assert learning.progress(LESSON) == "unread · tried 1/2 · answered 0/2"
    assert learning.mark_read(LESSON)
    assert learning.answer(LESSON, CHOICE, "a")
    assert learning.progress(LESSON) == "read · tried 1/2 · answered 1/2"


def test_what_is_known_already_is_no_news(tmp_path: Path) -> None:
    learning = Learning.load(tmp_path / "learning.json")
    learning.mark_read(LESSON)
    learning.mark_tried(LESSON, TRIES[0])
    learning.answer(LESSON, WORDS, "so")
    assert not learning.mark_read(LESSON)
    assert not learning.mark_tried(LESSON, TRIES[0])
    assert not learning.answer(LESSON, WORDS, "so")
    assert learning.answer(LESSON, WORDS, "otherwise")


def test_everything_comes_back_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "learning.json"
    learning = Learning.load(path)
    learning.mark_read(LESSON)
    learning.mark_tried(LESSON, TRIES[1])
    hostile = "\x1b[31m[red] \u202e \ud800 " + "x" * 300
    learning.answer(LESSON, WORDS, hostile)
    learning.save()
    again = Learning.load(path)
    assert again.problem == ""
    assert again.progress(LESSON) == "read · tried 1/2 · answered 1/2"
    assert again.answer_to(LESSON, WORDS) == hostile
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[]", b'{"lessons": {"bn": {"read": "perhaps"}}}', b'{"other": 1}', b"[" * 5000],
)
def test_a_broken_file_is_kept_aside_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "learning.json"
    path.write_bytes(content)
    learning = Learning.load(path)
    assert learning.progress(LESSON) == "new"
    assert "cannot be read" in learning.problem and "learning.json.broken" in learning.problem
    assert "\n" not in learning.problem
    assert (tmp_path / "learning.json.broken").read_bytes() == content
    learning.mark_read(LESSON)
    learning.save()
    assert Learning.load(path).problem == ""


def test_an_answer_that_is_no_choice_any_more_is_none(tmp_path: Path) -> None:
    learning = Learning.load(tmp_path / "learning.json")
    learning.answer(LESSON, CHOICE, "a")
    changed = CHOICE.model_copy(update={"choices": ("c", "b")})
    assert learning.answer_to(LESSON, changed) is None
    assert learning.answer_to(LESSON, CHOICE) == "a"


def test_what_a_lesson_no_longer_has_is_kept_but_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "learning.json"
    kept = {"lessons": {"bn": {"read": True, "tried": ["gone"], "answers": {"Gone?": "yes"}}}}
    path.write_text(json.dumps(kept), encoding="utf-8")
    learning = Learning.load(path)
    assert learning.progress(LESSON) == "read · tried 0/2 · answered 0/2"
    learning.mark_tried(LESSON, TRIES[0])
    learning.save()
    table = json.loads(path.read_text(encoding="utf-8"))["lessons"]["bn"]
    assert table == {"read": True, "tried": ["gone", "one"], "answers": {"Gone?": "yes"}}


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    learning = Learning.load(tmp_path / "file" / "learning.json")
    learning.mark_read(LESSON)
    with pytest.raises(RunError, match="cannot be written"):
        learning.save()


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_is_no_file_is_put_aside_and_not_waited_for(obstacle: str, tmp_path: Path) -> None:
    put(obstacle, tmp_path / "learning.json")
    with no_waiting():
        assert "learning.json" in Learning.load(tmp_path / "learning.json").problem
