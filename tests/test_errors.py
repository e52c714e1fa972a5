"""Errors for a person: a sentence, what to do next, and the exit code that scripts rely on."""

import pytest

from tuilab.errors import MissingError, RunError, TuilabError, UsageError, listed, nearest


@pytest.mark.parametrize(
    ("kind", "code"), [(TuilabError, 1), (UsageError, 2), (MissingError, 3), (RunError, 4)]
)
def test_each_kind_has_its_exit_code(kind: type[TuilabError], code: int) -> None:
    error = kind("the sentence", ["try this", "or that"])
    assert isinstance(error, TuilabError)
    assert (error.exit_code, error.sentence, error.remedies) == (
        code,
        "the sentence",
        ("try this", "or that"),
    )
    assert str(error) == "the sentence"


def test_remedies_are_optional() -> None:
    assert UsageError("no").remedies == ()


def test_remedies_may_come_from_anything_that_yields_lines() -> None:
    assert UsageError("no", (line for line in ["a", "b"])).remedies == ("a", "b")


def test_the_nearest_name_is_offered() -> None:
    assert nearest("momentun", ["learning_rate", "momentum"]) == "; did you mean 'momentum'?"


@pytest.mark.parametrize("name", ["", "zzz", "\x1b[2J"])
def test_no_name_is_offered_for_what_resembles_none(name: str) -> None:
    assert nearest(name, ["learning_rate", "momentum"]) == ""
    assert nearest(name, []) == ""


def test_names_are_listed_as_a_sentence_lists_them() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed([]) == ""
