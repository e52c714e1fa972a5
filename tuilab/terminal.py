"""The one door for text that came from outside.

Folder and class names, preset texts, log lines and error messages can hold escape
sequences. Neither Rich nor Textual takes them all out, so everything foreign passes
here on its way to a screen.
"""

import os
import unicodedata
from pathlib import Path

# Bidirectional controls reorder what stands around them on the screen.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What terminals draw in other numbers of cells: selectors of a picture's form, fillers, tones of a skin.
_UNSEEN = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0),
            *range(0xFE00, 0xFE10),
            *range(0x1F3FB, 0x1F400),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


def clean(text: str, *, limit: int | None = None, lines: bool = False) -> str:
    """Return ``text`` with every control character made visible.

    C0, DEL, C1, bidirectional controls, surrogates, other format characters, variation selectors, fillers
    and skin tones become backslash escapes: nothing is dropped, so two different names never look alike,
    and every terminal draws what is left in as many cells as ``rich.cells.cell_len`` counts.

    Args:
        text: any string.
        limit: the most characters returned; a longer text ends in an ellipsis. None: no limit.
        lines: keep newlines (for multi-line text such as log tails).

    Returns:
        Text that is safe to write to a terminal, without markup applied or removed.
    """
    if limit is not None:
        text = text[: limit + 1]  # no character becomes nothing, and a text can have millions
    if text.isascii() and text.isprintable():
        cleaned = text  # as nearly all are: looking at each character takes a hundred times as long
    else:
        cleaned = "".join(c if lines and c == "\n" else _visible(c) for c in text)
    if limit is not None and len(cleaned) > limit:
        cleaned = cleaned[: limit - 1] + "\u2026" if limit > 0 else ""
    return cleaned


def path_text(path: Path) -> str:
    """Return a path as a person reads it, and a shell takes it: ``~`` stands for their own folder; clean."""
    text, own = str(path), os.path.expanduser("~").rstrip("/")  # noqa: PTH111 - as text, to be compared
    inside = own.startswith("/") and (text == own or text.startswith(f"{own}/"))
    return clean(f"~{text[len(own) :]}" if inside else text)


def readable(name: str) -> str:
    """Return a file's name as text that every file of text can hold: bytes that are no UTF-8 as ``\\xNN``.

    Python has such bytes as lone surrogates, which neither JSON nor TOML can be written with.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _visible(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if (
        character in _BIDI
        or character in _UNSEEN
        or unicodedata.category(character) in {"Cc", "Cs", "Cf", "Zl", "Zp"}
    ):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
