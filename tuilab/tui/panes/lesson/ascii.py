"""Lessons for terminals without Unicode: their formulas in words.

A block of code that loses its columns that way is followed by one marked ``ascii``, which holds the same,
set by hand; of such a pair one is shown.
"""

from collections.abc import Sequence

from markdown_it.token import Token

from tuilab.tui.terminal.transliteration import in_words

MARK = "ascii"
"""What a block that stands for the one above it in ASCII is marked with."""


def tokens_shown(tokens: Sequence[Token], *, ascii_only: bool) -> list[Token]:
    """Return the parts of a lesson that a terminal shows; without Unicode its formulas are in words."""
    shown = []
    for token, before, after in zip(tokens, [None, *tokens], [*tokens[1:], None], strict=False):
        if _is_stand_in(token, before) and not ascii_only:
            continue
        if after is not None and _is_stand_in(after, token) and ascii_only:
            continue
        if ascii_only:
            for part in (token, *(token.children or ())):
                if part.type in {"text", "code_inline", "fence", "code_block"}:
                    part.content = in_words(part.content)
        shown.append(token)
    return shown


def _is_stand_in(token: Token, before: Token | None) -> bool:
    return (
        token.type == "fence" and token.info.strip() == MARK and before is not None and before.type == "fence"
    )
