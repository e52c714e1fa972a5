"""ASCII for terminals without Unicode: one cell stays one cell, and the app's own signs keep a meaning."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import tuilab
from tuilab.tui.terminal.transliteration import to_ascii

PACKAGE = Path(tuilab.__file__).parent
OUR_TEXTS = sorted(
    [
        *PACKAGE.glob("lessons/text/*.md"),
        *PACKAGE.glob("tui/**/*.py"),
        *PACKAGE.glob("tui/*.toml"),
        *PACKAGE.glob("lessons/*.py"),
        *PACKAGE.glob("runs/*.py"),
    ]
)
NAMES_CHARACTERS = {"transliteration.py"}
"""Files that hold characters in order to replace them."""


@given(st.text())
def test_any_text_becomes_ascii_of_the_same_cells(text: str) -> None:
    plain = to_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == sum(cell_len(character) for character in text)


@given(st.characters(exclude_categories=["Cs"]))
def test_every_character_keeps_its_cells(character: str) -> None:
    assert cell_len(to_ascii(character)) == cell_len(character)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_is_left_as_it_is_escape_sequences_with_it(text: str) -> None:
    assert to_ascii(text) == text


@pytest.mark.parametrize("path", OUR_TEXTS, ids=lambda path: path.name)
def test_every_character_that_the_app_writes_has_a_sign_in_ascii(path: Path) -> None:
    if path.name in NAMES_CHARACTERS:
        return
    lost = {
        f"{character} U+{ord(character):04X} {unicodedata.name(character, '')}"
        for character in path.read_text(encoding="utf-8")
        if not character.isascii() and "?" in to_ascii(character)
    }
    assert not lost


def test_letters_lose_their_accents_and_frames_become_frames() -> None:
    assert to_ascii("déjà ─┼│ ×·√ λ≤½") == "deja -+| x.v l<1"


def test_a_wide_character_becomes_two_question_marks() -> None:
    assert to_ascii("字") == "??"


def test_braille_is_told_by_how_full_it_is() -> None:
    assert [to_ascii(chr(0x2800 + dots)) for dots in (0, 1, 0b1111, 0xFF)] == [" ", ".", ":", "#"]
