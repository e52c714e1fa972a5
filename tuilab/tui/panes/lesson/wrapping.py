"""Pieces of text as lines of at most a given width."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells

Piece = tuple[str, str]
"""Text and its looks, words out of ``LOOKS`` separated by spaces; empty for plain text."""
Line = tuple[Piece, ...]
_UNBROKEN = 20
"""Cells up to which inline code is not divided between two lines: a formula reads badly in two parts."""


def wrap(pieces: Iterable[Piece], width: int) -> list[Line]:
    """Return pieces as lines of at most ``width`` cells, divided at spaces, and within words only where
    a word is longer than a line. A newline ends a line.
    """
    width = max(width, 1)
    lines: list[list[Piece]] = [[]]
    used = 0
    space: Piece | None = None
    for word in _words(pieces):
        if word is None:
            lines.append([])
            used, space = 0, None
            continue
        if isinstance(word, tuple):
            space = word if used else None
            continue
        size = sum(cell_len(text) for text, _ in word)
        gap = cell_len(space[0]) if space else 0
        if used and used + gap + size > width:
            lines.append([])
            used, gap, space = 0, 0, None
        if space:
            lines[-1].append(space)
        for number, part in enumerate(_chopped(word, width) if size > width else [word]):
            if number:
                lines.append([])
                used = 0
            lines[-1] += part
            used += sum(cell_len(text) for text, _ in part)
        used += gap
        space = None
    return [joined(line) for line in lines]


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece] | Piece | None]:
    """Yield words as lists of pieces, the spaces between them as pieces, and None for a newline."""
    word: list[Piece] = []
    for text, looks in pieces:
        whole = "code" in looks and cell_len(text) <= _UNBROKEN
        for part in [text] if whole else re.split(r"(\n| +)", text):
            if whole or (part and part != "\n" and not part.isspace()):
                word.append((part, looks))
            elif part:
                if word:
                    yield word
                word = []
                yield None if part == "\n" else (part, looks)
    if word:
        yield word


def _chopped(word: Sequence[Piece], width: int) -> list[list[Piece]]:
    """Divide a word that is longer than a line."""
    parts: list[list[Piece]] = [[]]
    used = 0
    for text, looks in word:
        for character in text:
            size = cell_len(character)
            if used and used + size > width:
                parts.append([])
                used = 0
            parts[-1].append((character, looks))
            used += size
    return parts


def folded(text: str, width: int) -> list[str]:
    """Divide a line of code: at a gap, as before a remark, else after a space, a comma or a bracket."""
    parts: list[str] = []
    further = " " * min(len(text) - len(text.lstrip()) + 4, width // 2)
    while cell_len(text) > width:
        head = chop_cells(text, width)[0]
        code = len(text) - len(text.lstrip()) + 1  # beyond the indent: every part takes some of the code away
        gap = head.rfind("   ", max(width // 3, code))
        cut = max(head.rfind(sign, max(width // 2, code)) for sign in " ,(") + 1 or len(head)
        if gap >= 0:
            cut = gap
        elif text[len(head) : len(head) + 1] == " ":
            cut = len(head)
        if text[:cut].strip():
            parts.append(text[:cut].rstrip())
        text = further + text[cut:].lstrip()
    return [*parts, text]


def joined(pieces: Iterable[Piece]) -> Line:
    """Put neighbours of one look together, and drop what is empty."""
    line: list[Piece] = []
    for text, looks in pieces:
        if line and line[-1][1] == looks:
            line[-1] = (line[-1][0] + text, looks)
        elif text:
            line.append((text, looks))
    return tuple(line)
