"""The app in ASCII, for terminals without Unicode: every character cell for cell, and formulas in words."""

import re
import unicodedata
from functools import cache
from itertools import zip_longest

from rich.cells import cell_len

_TABLE = {
    **dict.fromkeys("─╌╍┄┅┈┉╴╶╸╺", "-"),
    **dict.fromkeys("│┃┆┇┊┋║╎╏▏▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬┠┨┯┷┿╟╢╤╧╪╞╡", "+"),
    **dict.fromkeys("╱⁄", "/"),
    **dict.fromkeys("╲", "\\"),
    **dict.fromkeys("╳×✕✗✘", "x"),
    **dict.fromkeys("█▉▊▋▌▐▓■◼▮", "#"),
    **dict.fromkeys("▒░▍▎", ":"),
    **dict.fromkeys("▁▂▃▄", "_"),
    **dict.fromkeys("▅▆▇▀▔━═", "="),
    **dict.fromkeys("□◻▫▯", "o"),
    **dict.fromkeys("●◉⬤•▪◆◈★∙", "*"),
    **dict.fromkeys("○◇◌☆∘", "o"),
    **dict.fromkeys("✓✔√", "v"),
    **dict.fromkeys("←◀◂‹«⟨", "<"),
    **dict.fromkeys("→▶▸›»⟩▹▷", ">"),
    **dict.fromkeys("↑▲▴△⌃", "^"),
    **dict.fromkeys("↓▼▾▽⌄", "v"),
    **dict.fromkeys("·⋅", "."),
    **dict.fromkeys("–—−‐‑‒⎯", "-"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″", '"'),
    "…": ".",
    "≈": "~",
    "≤": "<",
    "≥": ">",
    "≠": "!",
    "±": "~",
    "÷": "/",
    "∞": "8",
    "∑": "S",
    "∏": "P",
    "∂": "d",
    "∇": "V",
    "‖": "|",
    "∈": "e",
    "°": "o",
    "µ": "u",
    "⏎": "<",
    "␣": "_",
    "\N{NO-BREAK SPACE}": " ",
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", "abgdezhqiklmnxoprstufcyw", strict=True)),
    "ς": "s",
    **dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "ABGDEZHQIKLMNXOPRSTUFCYW", strict=True)),
    "ϵ": "e",
}


def to_ascii(text: str) -> str:
    """Return ``text`` with each character in ASCII and in as many cells as it had.

    Letters lose their accents, signs become the nearest of ASCII, all else a question mark a cell;
    control characters, escape sequences among them, stay.
    """
    return text if text.isascii() else "".join(c if c.isascii() else _plain(c) for c in text)


@cache
def _plain(character: str) -> str:
    if character in _TABLE:
        return _TABLE[character]
    width = cell_len(character)
    if not width:
        return ""
    base = unicodedata.normalize("NFKD", character)[0]
    if width == 1 and base.isascii() and base.isprintable():
        return base
    if width == 1 and 0x2800 <= ord(character) <= 0x28FF:  # braille: by how full it is
        return " .:*#"[(bin(ord(character) - 0x2800).count("1") + 1) // 2]
    return "?" * width


_SIGNS = {
    "Σ": "sum",
    "∑": "sum",
    "∏": "prod",
    "∂": "d",
    "√": "sqrt",
    "∞": "inf",
    "µ": "mu",
    "ϵ": "epsilon",
    "²": "^2",
    "³": "^3",
    "←": "<-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "±": "+/-",
    "≈": "~",
    "−": "-",
    "·": "*",
    "×": "x",
    "÷": "/",
}
_ROOT = re.compile(r"√(\w+)")
_GRADIENT = re.compile(r"∇ ?")
_DRAWN = re.compile(r"─→|←─")


def in_words(text: str) -> str:
    """Return a formula, or a text with formulas, so that nothing of its meaning hangs on a sign beyond ASCII.

    Greek letters become their names (``λ`` ``lambda``), operators what one types for them (``²`` ``^2``,
    ``←`` ``<-``). It gets longer, so this comes before lines are made. Lines and arrows of drawings, and all
    else that stands for no quantity, are left to ``to_ascii``.
    """
    if text.isascii():
        return text
    text = _GRADIENT.sub("grad ", _ROOT.sub(r"sqrt(\1)", text))
    drawn = _DRAWN.findall(text)
    written = ["".join(map(_word, part)) for part in _DRAWN.split(text)]
    return "".join(part + arrow for part, arrow in zip_longest(written, drawn, fillvalue=""))


@cache
def _word(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    name = unicodedata.name(character, "")
    if name.startswith(("GREEK SMALL LETTER ", "GREEK CAPITAL LETTER ")):
        letter = name.split(" LETTER ")[1].split(" WITH ")[0].replace("FINAL ", "").replace("LAMDA", "LAMBDA")
        return letter.lower() if "SMALL" in name else letter.capitalize()
    return character
