"""Markdown becomes lines that fit, and nothing of it can harm a terminal."""

import unicodedata

import pytest
from rich.cells import cell_len

from tuilab.lessons import index
from tuilab.tui.panes.lesson.markdown import code_block, typeset
from tuilab.tui.panes.lesson.wrapping import Line, wrap


def plain(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_a_paragraph_is_wrapped_at_spaces() -> None:
    assert plain(typeset("The quick brown fox\njumps over.", 12)) == ["The quick", "brown fox", "jumps over."]


def test_looks_are_kept_across_lines() -> None:
    lines = typeset("a **bold and *both*** `code`", 8)
    looks = {text.strip(): look for line in lines for text, look in line if text.strip()}
    assert looks == {"a": "", "bold": "strong", "and": "strong", "both": "strong emphasis", "code": "code"}


def test_short_code_in_the_text_is_not_divided() -> None:
    assert plain(typeset("with `a = b + c` now", 12)) == ["with", "a = b + c", "now"]


def test_a_word_longer_than_a_line_is_divided() -> None:
    assert plain(wrap([("x" * 25, "")], 10)) == ["x" * 10, "x" * 10, "x" * 5]


def test_wide_characters_count_twice() -> None:
    assert plain(wrap([("\u4e2d" * 6, "")], 5)) == ["\u4e2d" * 2] * 3


def test_lists_hang() -> None:
    text = "- one two three\n- four\n  - five\n\n1. six\n2. seven eight"
    assert plain(typeset(text, 10)) == [
        "▪ one two",
        "  three",
        "▪ four",
        "  – five",
        "",
        "1. six",
        "2. seven",
        "   eight",
    ]


def test_a_table_that_is_too_wide_wraps_its_cells() -> None:
    text = "| name | what it does |\n|---|---|\n| gamma | scales every channel |\n| b | shifts |"
    assert plain(typeset(text, 20)) == [
        "name  │ what it does",
        "──────┼─────────────",
        "gamma │ scales every",
        "      │ channel",
        "b     │ shifts",
    ]


def test_a_long_line_of_code_goes_on_below() -> None:
    assert plain(code_block("z = (x - mean) / deviation      eps = 0.001", 32)) == [
        "│ z = (x - mean) / deviation",
        "│     eps = 0.001",
    ]
    assert plain(code_block("x = keras.layers.BatchNormalization(momentum=0.99)(x)", 40)) == [
        "│ x = keras.layers.BatchNormalization(",
        "│     momentum=0.99)(x)",
    ]


def test_python_shows_values_and_comments() -> None:
    line = code_block('x = f("a", 0.99) # why', 40, python=True)[0]
    assert [(text, look) for text, look in line if "value" in look or "comment" in look] == [
        ('"a"', "block value"),
        ("0.99", "block value"),
        ("# why", "block comment"),
    ]


@pytest.mark.parametrize("width", [1, 8, 41, 80])
def test_every_lesson_fits(width: int) -> None:
    for lesson in index.ours():
        for line in typeset(lesson.body, max(width, 30)):
            assert sum(cell_len(text) for text, _ in line) <= max(width, 30)
        assert typeset(lesson.body, width)


def test_what_hides_behind_entities_is_made_visible() -> None:
    shown = "".join(plain(typeset("a&#x202e;b &#x1b;[31m `&#x9b;` [red]x[/red] <b>y</b>", 80)))
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf"}]
    assert "\\u202e" in shown and "[red]x[/red]" in shown and "<b>y</b>" in shown


def test_text_that_is_hardly_markdown_is_still_shown() -> None:
    for text in ("> " * 40 + "deep", "- " * 40 + "deep", "|a|\n|-|", "```\nnever closed", "x" * 20_000, "# "):
        assert typeset(text, 20) or text == "# "
