"""Every character of the app in ASCII, one cell for one cell, for terminals without Unicode."""

import unicodedata
from functools import cache

from rich.cells import cell_len

_TABLE = {
    **dict.fromkeys("─╌╍┄┅┈┉╴╶╸╺", "-"),
    **dict.fromkeys("│┃┆┇┊┋║╎╏▏▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬┠┨┯┷┿╟╢╤╧╪╞╡", "+"),
    **dict.fromkeys("╱⁄", "/"),
    **dict.fromkeys("╲", "\\"),
    **dict.fromkeys("╳×✕✗✘", "x"),
    **dict.fromkeys("█▉▊▋▌▐▓■◼▪▮", "#"),
    **dict.fromkeys("▒░▍▎", ":"),
    **dict.fromkeys("▁▂▃▄", "_"),
    **dict.fromkeys("▅▆▇▀▔━═", "="),
    **dict.fromkeys("□◻▫▯", "o"),
    **dict.fromkeys("●◉⬤•◆◈★∙", "*"),
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
