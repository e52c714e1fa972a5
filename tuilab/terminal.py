"""The one door for text that came from outside.

Folder and class names, preset texts, log lines and error messages can hold escape
sequences. Neither Rich nor Textual takes them all out, so everything foreign passes
here on its way to a screen.
"""

import unicodedata

# Bidirectional controls reorder what stands around them on the screen.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


def clean(text: str, *, limit: int | None = None, lines: bool = False) -> str:
    """Return ``text`` with every control character made visible.

    C0, DEL, C1, bidirectional controls, surrogates and other format characters become
    backslash escapes: nothing is dropped, so two different names never look alike.

    Args:
        text: any string.
        limit: the most characters returned; a longer text ends in an ellipsis. None: no limit.
        lines: keep newlines (for multi-line text such as log tails).

    Returns:
        Text that is safe to write to a terminal, without markup applied or removed.
    """
    if limit is not None:
        text = text[: limit + 1]  # no character becomes nothing, and a text can have millions
    cleaned = "".join(c if lines and c == "\n" else _visible(c) for c in text)
    if limit is not None and len(cleaned) > limit:
        cleaned = cleaned[: limit - 1] + "\u2026" if limit > 0 else ""
    return cleaned


def _visible(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Cf", "Zl", "Zp"}:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
