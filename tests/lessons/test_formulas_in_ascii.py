"""Without Unicode every formula of a lesson still says the same: in words, no sign lost, none shared."""

import re
from collections import Counter

import pytest

from tuilab.lessons.index import ours
from tuilab.lessons.keras_lines import WIDTH
from tuilab.lessons.lesson import Lesson
from tuilab.tui.terminal.transliteration import in_words, to_ascii

BLOCK = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRAWN = "←→↑↓─│┌┐└┘├┤┬┴┼"
WORDS = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta", "θ": "theta"},
    **{"λ": "lambda", "μ": "mu", "σ": "sigma", "Σ": "sum", "∇": "grad", "∂": "d", "√": "sqrt"},
    **{"²": "^2", "³": "^3", "·": "*", "−": "-", "±": "+/-", "≤": "<=", "≥": ">=", "←": "<-"},
}
"""What stands for each sign, written here by hand."""
every_lesson = pytest.mark.parametrize("lesson", ours(), ids=lambda lesson: lesson.slug)


def texts(lesson: Lesson) -> list[str]:
    return [lesson.body, *(text for q in lesson.questions for text in (q.ask, q.answer, *q.choices))]


def blocks(lesson: Lesson) -> list[tuple[str, str]]:
    """Every block as it is with Unicode, and as it is without."""
    found = BLOCK.findall(lesson.body)
    pairs = []
    for (mark, text), (mark_after, after) in zip(found, [*found[1:], ("", "")], strict=True):
        if mark != "ascii":
            pairs.append((text, after if mark_after == "ascii" else in_words(text)))
    return pairs


def formulas(lesson: Lesson) -> list[tuple[str, str]]:
    """Every formula in the running text, as it is with Unicode and without."""
    prose = [BLOCK.sub("", text) for text in texts(lesson)]
    return [
        (one, in_words(one))
        for text in prose
        for found in re.findall(r"`([^`]+)`|(\S*[^\x00-\x7f]\S*)", text)
        for one in found
        if one
    ]


def signs(text: str) -> Counter[str]:
    """How often each sign of a formula occurs, arrows of drawings left out."""
    formula = re.sub("─→|←─+|─+", " ", text)
    return Counter(sign for sign in formula if not sign.isascii() and sign not in DRAWN.replace("←", ""))


def words(text: str) -> Counter[str]:
    """Names and numbers of a formula, primes and the ends of arrows left out."""
    return Counter(re.findall(r"[A-Za-z]\w*|\d[\d.,]*", text))


@every_lesson
def test_no_sign_of_a_formula_is_lost(lesson: Lesson) -> None:
    for text, plain in (*blocks(lesson), *formulas(lesson)):
        for sign, times in signs(text).items():
            assert plain.count(WORDS[sign]) >= times, f"{sign} in {text}"
        assert to_ascii(plain).count("?") == text.count("?")


@every_lesson
def test_a_block_set_for_ascii_says_what_the_one_above_it_says(lesson: Lesson) -> None:
    for text, plain in blocks(lesson):
        if plain == in_words(text):
            continue
        wanted, there = words(in_words(text)), words(plain)
        wanted["v"] += text.count("↓")  # the tip of an arrow
        assert there == +wanted, text
        for sign in ("*", "/", "(", ")", "=", "^2", "<-"):
            assert plain.count(sign) == to_ascii(in_words(text)).count(sign), f"{sign} in {text}"


@every_lesson
def test_no_two_symbols_of_a_lesson_share_a_word(lesson: Lesson) -> None:
    symbols = {c for text in texts(lesson) for c in text if not c.isascii() and c not in DRAWN}
    named = {in_words(symbol) for symbol in symbols}
    assert len(named) == len(symbols)
    variables = {name for text, _ in (*blocks(lesson), *formulas(lesson)) for name in words(text)}
    greek = {in_words(symbol) for symbol in symbols & set("αβγδεηθλμσ∂")}
    assert not {name.strip() for name in greek} & variables, "such as momentum and mean, both called m"


@every_lesson
def test_a_block_whose_columns_would_shift_has_one_set_for_ascii(lesson: Lesson) -> None:
    found = BLOCK.findall(lesson.body)
    for (mark, text), (mark_after, _) in zip(found, [*found[1:], ("", "")], strict=True):
        longer = [len(in_words(line)) != len(line) for line in text.splitlines()]
        if mark != "ascii":
            assert (mark_after == "ascii") == any(longer), text
        else:
            assert text.isascii()
            assert max(map(len, text.splitlines())) <= WIDTH


def test_signs_that_are_words_of_their_own() -> None:
    assert in_words("θ ← θ − η · ∇L(θ)") == "theta <- theta - eta * grad L(theta)"
    assert in_words("(x − μ) / √(σ² + ε)") == "(x - mu) / sqrt(sigma^2 + epsilon)"
    assert in_words("noise by √B; μ is not µm") == "noise by sqrt(B); mu is not mum"
    assert in_words("∂L/∂W1, w ≤ 1 ≠ ∞ ± 3") == "dL/dW1, w <= 1 != inf +/- 3"


def test_what_stands_for_no_quantity_is_left_to_its_cells() -> None:
    assert in_words("conv ─→ BN ←─ │ é 字") == "conv ─→ BN ←─ │ é 字"
