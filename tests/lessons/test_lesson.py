"""Reading one lesson: what it holds, and what a broken one gets to hear."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.errors import UsageError
from tuilab.files.small import LARGEST
from tuilab.lessons.lesson import KEYS, Lesson, Question, Try, parse, read

FRONT = 'title = "T"\norder = 5\nsummary = "S"\n'
TRY = '[[try]]\nlabel = "L"\nwatch = "W"\n'
QUESTION = '[[question]]\nask = "Why?"\nanswer = "So."\n'


def text(front: str = FRONT, body: str = "A body.\n") -> str:
    return f"+++\n{front}+++\n{body}"


def sentence(front: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse(text(front), "mine", "lesson mine.md")
    return caught.value.sentence


def test_a_lesson_is_front_matter_and_markdown(tmp_path: Path) -> None:
    path = tmp_path / "my-lesson.md"
    settings = 'preset = "bn"\nset = { "model.batch_norm" = true, "model.filters" = [8, 16] }\n'
    choice = QUESTION + 'choices = ["a", "b"]\ncorrect = 1\n'
    path.write_text(
        text(FRONT + 'keras = ["fit"]\n' + TRY + settings + choice, "\n## Head\n\n```\nx\n+++\n```\n")
    )
    lesson = read(path)
    assert (lesson.slug, lesson.title, lesson.order, lesson.keras) == ("my-lesson", "T", 5, ("fit",))
    assert lesson.body == "## Head\n\n```\nx\n+++\n```"
    [trial], [question] = lesson.tries, lesson.questions
    assert trial.preset == "bn"
    assert trial.set == {"model.batch_norm": True, "model.filters": [8, 16]}
    assert (question.choices, question.correct) == (("a", "b"), 1)


def test_windows_lines_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(b"\xef\xbb\xbf" + text().replace("\n", "\r\n").encode())
    assert read(path).body == "A body."


def test_text_from_outside_is_made_harmless() -> None:
    front = FRONT.replace('"T"', r'"T\u001b[2J\u202e"')
    lesson = parse(text(front + QUESTION.replace("So.", r"So\u009b."), "a\x1b]0;b\x07\n\tc"), "mine", "m")
    assert lesson.title == "T\\e[2J\\u202e"
    assert lesson.questions[0].answer == "So\\x9b."
    assert lesson.body == "a\\e]0;b\\x07\n    c"


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (
            FRONT + "titel = 1\n",
            "in lesson mine.md: there is no 'titel'; a lesson has title, order, summary, keras, try, "
            "question; did you mean 'title'?",
        ),
        (
            FRONT.replace('title = "T"\n', ""),
            "in lesson mine.md: title is missing: it must be text of 1 to 300 characters",
        ),
        (
            FRONT.replace('"T"', '"  "'),
            "in lesson mine.md: title = '  ' is not allowed: it must not be empty",
        ),
        (
            FRONT.replace("5", "5.5"),
            "in lesson mine.md: order = 5.5 is not allowed: it must be a whole number from 0 to 1,000,000",
        ),
        (
            FRONT + 'keras = ["batchnorm"]\n',
            "in lesson mine.md: keras = ['batchnorm'] is not allowed: 'batchnorm' must be one of optimizer, "
            "scaling, convolution, batch_norm, regularizer, dropout, base, freezing, head, fit, clipping; "
            "did you mean 'batch_norm'?",
        ),
        (
            FRONT + "try = 3\n",
            "in lesson mine.md: try is not allowed in this form: each one must start with [[try]]",
        ),
        (
            FRONT + TRY + 'preset = "bn"\n' + TRY,
            "in lesson mine.md, try 2: there is nothing to try: it must have a preset, a table set, or both",
        ),
        (
            FRONT + TRY + 'presett = "bn"\n',
            "in lesson mine.md, try 1: there is no setting 'presett'; the top level has label, preset, "
            "set, watch; "
            "did you mean 'preset'?",
        ),
        (
            FRONT + TRY + 'preset = "B N"\n',
            "in lesson mine.md, try 1: preset = 'B N' is not allowed: "
            "it must be the name of a preset (lowercase letters, digits and hyphens), or none",
        ),
        (
            FRONT + TRY + "set = { model.batch_norm = true }\n",
            "in lesson mine.md, try 1: set.model = {'batch_norm': True} is not allowed: no setting has "
            'such a value; put a dotted name in quotes, as in { "model.batch_norm" = true }',
        ),
        (
            FRONT + QUESTION + "correct = 0\n",
            "in lesson mine.md, question 1: correct stands without choices: there must be both, or neither",
        ),
        (
            FRONT + QUESTION + 'choices = ["a", "b"]\ncorrect = 2\n',
            "in lesson mine.md, question 1: correct = 2 is not allowed: the 2 choices are numbered from "
            "0 to 1",
        ),
        (
            FRONT + QUESTION + 'choices = ["a"]\n',
            "in lesson mine.md, question 1: choices = ['a'] is not allowed: "
            "it must be a list of 2 to 9 answers",
        ),
    ],
)
def test_a_broken_lesson_is_named_with_its_key(front: str, said: str) -> None:
    assert sentence(front) == said


@pytest.mark.parametrize("broken", ["", "text\n", "+++\ntitle = 1\n", "\n+++\n+++\nx"])
def test_a_lesson_without_front_matter_is_told_what_it_looks_like(broken: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(broken, "mine", "lesson mine.md")
    assert caught.value.sentence == (
        "lesson mine.md has no front matter: it must begin with a line +++, then TOML, then +++ again"
    )


def test_a_lesson_without_a_body_and_one_that_is_no_toml_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^in lesson mine\.md: there is no text below"):
        parse(text(body=" \n"), "mine", "lesson mine.md")
    assert sentence("title\n").startswith("lesson mine.md is not valid TOML: ")


def test_files_that_are_no_lessons_are_named(tmp_path: Path) -> None:
    (tmp_path / "binary.md").write_bytes(b"+++\n\xff")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "My Lesson.md").write_text(text())
    (tmp_path / "large.md").write_text(text(body="x" * LARGEST))
    for name, why in [
        ("binary", "'utf-8' codec"),
        ("folder", "directory"),
        ("My Lesson", "a lesson's name is"),
        ("large", "larger than 256 KiB"),
        ("missing", "No such file"),
    ]:
        with pytest.raises(UsageError, match=rf"^lesson {name}\.md cannot be read: .*{why}"):
            read(tmp_path / f"{name}.md")


toml_values = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text(max_size=5).map(repr) | st.just("1979-05-27"),
    lambda inner: st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(map(str, values))}]"),
    max_leaves=5,
)
keys = st.sampled_from(
    [*KEYS, *Try.model_fields, *Question.model_fields, "x"],
)
pairs = st.tuples(keys, toml_values).map(lambda pair: f"{pair[0]} = {pair[1]}")
headers = st.sampled_from(["[[try]]", "[[question]]", "[try]", "[try.set]", "[x]"])


def read_or_refused(content: str) -> None:
    try:
        assert isinstance(parse(content, "mine", "lesson mine.md"), Lesson)
    except UsageError as error:
        assert error.sentence.isprintable()


@given(st.text())
def test_any_text_is_a_lesson_or_gets_a_sentence(content: str) -> None:
    read_or_refused(content)
    read_or_refused(text(content))
    read_or_refused(text(FRONT + content))


@given(st.lists(pairs | headers, max_size=8).map("\n".join))
def test_any_front_matter_is_a_lessons_or_gets_a_sentence(front: str) -> None:
    read_or_refused(text(front + "\n"))
    read_or_refused(text(FRONT + front + "\n"))
