"""Foreign text on its way to a screen: nothing in it commands the terminal, nothing of it is lost."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuilab.terminal import clean, path_text, readable

ANY_TEXT = st.text(st.characters(exclude_categories=()))
COMMANDS = st.text(
    st.sampled_from("a0\x00\x07\x1b\n\r\t\x7f\x85\x9b\u200e\u202e\u2028\u2066\ud800\U000e0001é字")
)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain text, été, 字", "plain text, été, 字"),
        ("\x1b[31mred", "\\e[31mred"),
        ("\x1b]0;title\x07", "\\e]0;title\\x07"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("\x9b31m", "\\x9b31m"),  # C1: a whole CSI in one character
        ("cat\u202egpj.exe", "cat\\u202egpj.exe"),
        ("\u2066\u061c", "\\u2066\\u061c"),
        ("\udcff", "\\udcff"),  # a byte of a file name that is not UTF-8
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2764\ufe0f", "\u2764\\ufe0f"),  # two cells or one, as the terminal likes
        ("\U0001f44d\U0001f3fd", "\U0001f44d\\U0001f3fd"),
        ("a\u3164b\u034f", "a\\u3164b\\u034f"),
        ("e\u0301", "e\u0301"),  # how macOS writes accents in names
        ("[bold]", "[bold]"),  # markup is the widget's business
    ],
)
def test_control_characters_become_visible(foreign: str, shown: str) -> None:
    assert clean(foreign) == shown


@given(ANY_TEXT | COMMANDS, st.booleans())
def test_nothing_that_is_returned_commands_a_terminal(text: str, lines: bool) -> None:
    kept = {"\n"} if lines else set()
    bad = [c for c in clean(text, lines=lines) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert set(bad) <= kept


@given(st.lists(COMMANDS, min_size=2, max_size=2, unique=True))
def test_two_texts_without_backslashes_never_look_alike(texts: list[str]) -> None:
    assert clean(texts[0]) != clean(texts[1])


@given(ANY_TEXT)
def test_what_is_returned_can_be_written_as_utf_8(text: str) -> None:
    clean(text).encode()


@given(ANY_TEXT, st.integers(0, 20))
def test_no_more_characters_than_the_limit(text: str, limit: int) -> None:
    shown = clean(text, limit=limit)
    assert len(shown) <= limit
    whole = clean(text)
    assert shown == whole if len(whole) <= limit else shown == whole[: limit - 1] + "…" or limit == 0


@given(
    st.text(
        st.sampled_from("a\u0301\U0001f44d\U0001f3fd\u2764\ufe0f\ufe0e\u200d\U0001f680\u20e3字\ud55c"),
        max_size=9,
    )
)
def test_cells_of_a_text_are_those_of_its_characters(text: str) -> None:
    shown = clean(text)
    assert cell_len(shown) == sum(map(cell_len, shown))


def test_a_files_name_becomes_text_that_can_be_written() -> None:
    assert readable("caf\udce9") == "caf\\xe9" and readable("\u00e9t\u00e9 字") == "\u00e9t\u00e9 字"


def test_lines_stay_only_where_they_are_asked_for() -> None:
    assert clean("one\ntwo\x1b\r\n", lines=True) == "one\ntwo\\e\\r\n"
    assert clean("one\ntwo") == "one\\ntwo"


def test_a_path_in_a_persons_own_folder_begins_with_its_short_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    told = {
        "/home/me": "~",
        "/home/me/runs/a\x1b": "~/runs/a\\e",
        "/home/merlin/runs": "/home/merlin/runs",
        "/srv/runs": "/srv/runs",
    }
    assert {path: path_text(Path(path)) for path in told} == told
    monkeypatch.setenv("HOME", "/")
    assert path_text(Path("/srv/runs")) == "/srv/runs"
