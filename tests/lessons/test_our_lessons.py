"""The package's lessons: what every one of them has, and that what it points to exists."""

import re

import pytest

from tuilab import presets
from tuilab.experiment import Experiment, with_overrides
from tuilab.lessons.index import ours
from tuilab.lessons.keras_lines import WIDTH, keras_lines
from tuilab.lessons.lesson import Lesson

TOPICS = [
    *("gradient-descent", "normalization", "exploding-gradients", "batch-normalization", "bn-momentum"),
    *("weight-decay", "decoupled-decay", "transfer-learning", "vgg16", "fine-tuning", "unfreezing"),
    *("check-what-trains", "pixels-and-loss", "reading-curves", "what-it-gets-wrong"),
    "which-values-are-best",
]
DRAWN = set("←→↑↓─│┌┐└┘├┤┬┴┼")
PLAIN = DRAWN | set("αβγδεηθλμσΣ∇∂√·±−≤≥²³")
"""What a terminal without Unicode gets a readable stand-in for: lines, and signs that have a word."""
CODE = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


every_lesson = pytest.mark.parametrize("lesson", ours(), ids=lambda lesson: lesson.slug)


def texts(lesson: Lesson) -> list[str]:
    """All texts a reader sees."""
    asked = [text for q in lesson.questions for text in (q.ask, q.answer, *q.choices)]
    tried = [text for t in lesson.tries for text in (t.label, t.watch)]
    return [lesson.title, lesson.summary, lesson.body, *asked, *tried]


def tried(lesson: Lesson) -> list[Experiment]:
    """What each try of a lesson comes to."""
    started = [(presets.find(t.preset or "bn-l2").experiment, t.set) for t in lesson.tries]
    return [with_overrides(experiment, settings) for experiment, settings in started]


def test_every_topic_of_the_course_has_its_lesson_in_order() -> None:
    assert [lesson.slug for lesson in ours()] == TOPICS


def test_every_lesson_that_a_preset_names_exists() -> None:
    assert {preset.lesson for preset in presets.load_all()} <= {lesson.slug for lesson in ours()}


@every_lesson
def test_a_lesson_has_something_to_try_to_answer_and_to_see(lesson: Lesson) -> None:
    assert lesson.tries
    assert lesson.questions
    assert lesson.keras
    assert CODE.search(lesson.body)
    assert "## What to look at" in lesson.body


@every_lesson
def test_whatever_it_says_to_try_can_be_tried(lesson: Lesson) -> None:
    assert len(tried(lesson)) == len(lesson.tries)


@every_lesson
def test_whatever_it_says_to_change_is_a_change(lesson: Lesson) -> None:
    for trial, experiment in zip(lesson.tries, tried(lesson), strict=True):
        unchanged = presets.find(trial.preset or "bn-l2").experiment
        assert bool(trial.set) == (experiment != unchanged), trial.label
        for key in trial.set:
            others = {k: v for k, v in trial.set.items() if k != key}
            assert with_overrides(unchanged, others) != experiment, key


@every_lesson
def test_its_keras_lines_say_something_of_one_of_its_experiments(lesson: Lesson) -> None:
    for name in lesson.keras:
        shown = [keras_lines(name, experiment) for experiment in tried(lesson)]
        assert [lines for lines in shown if not lines.startswith("# no ")], name


@every_lesson
def test_it_is_short_and_fits_a_narrow_pane(lesson: Lesson) -> None:
    assert 120 <= len(CODE.sub("", lesson.body).split()) <= 450
    assert len(lesson.summary) <= 110
    assert len(lesson.title) <= 40
    for block in CODE.findall(lesson.body):
        assert max(map(len, block.splitlines())) <= WIDTH
    for trial in lesson.tries:
        assert len(trial.label) <= 44
        assert len(trial.watch) <= 140


@every_lesson
def test_it_keeps_to_characters_that_every_terminal_can_stand_in_for(lesson: Lesson) -> None:
    for text in texts(lesson):
        assert {c for c in text if ord(c) > 126} <= PLAIN
    for text in (lesson.title, lesson.summary, *(t.label + t.watch for t in lesson.tries)):
        assert text.isascii(), "lists, dialogs and messages show it as it is"


@every_lesson
def test_its_markdown_is_plain(lesson: Lesson) -> None:
    for text in texts(lesson):
        prose = CODE.sub("", text)
        assert prose.count("```") == 0, "every code block is closed"
        assert not re.search(r"\\$|^#(?!# )|<[a-z/]|!\[|\]\(", prose, re.MULTILINE)
        assert prose.replace("**", "").count("*") % 2 == 0


def test_the_courses_own_questions_are_asked() -> None:
    asked = {lesson.slug: " ".join(q.ask for q in lesson.questions) for lesson in ours()}
    assert "Plot accuracy and loss" in asked["reading-curves"]
    assert "Explain the gain" in asked["weight-decay"]
    assert "Try other values of the momentum" in asked["bn-momentum"]
    assert "Try several L2 factors" in asked["weight-decay"]
    assert "Is its result satisfactory?" in asked["transfer-learning"]
    assert "with and without fine-tuning differ" in asked["fine-tuning"]
    assert "fewer blocks are kept and more of them are trained" in asked["unfreezing"]
