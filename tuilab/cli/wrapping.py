"""Sentences on a terminal, broken between words; in a file or a pipe a sentence is a line."""

import os
import re
import sys
from typing import TextIO

_NARROWEST, _USUAL = 20, 80
_RUN = re.compile(r"\d{8}-\d{6}-")
_WITH_COMMANDS = ("queue", "presets", "trash", "cache")
_CONTINUED = " \\"
"""Behind a line that ends within a command, so that a shell takes what is copied as one command."""


def width_of(stream: TextIO) -> int | None:
    """Return the columns of the terminal that a stream goes to; None for a file or a pipe.

    As everywhere, COLUMNS decides where it is set.
    """
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


def wrap(text: str, width: int | None) -> list[str]:
    """Return a text as lines of at most so many columns, where its words are no longer than that.

    Args:
        text: clean; words are what stands between blanks, and are never broken.
        width: None: one line.
    """
    from rich.cells import cell_len

    if width is None or cell_len(text) <= width:
        return [text]
    width = max(width, _NARROWEST)
    first, *words = text.split(" ")
    lines, line, before, command = [], first, first, first == "tuilab"
    for word in words:
        goes_on = command and _same_command(before, word)
        command = word == "tuilab" or (command and not word.endswith((",", ";", ":", ")", ".")))
        room = width - len(_CONTINUED) if command else width
        if cell_len(line) + 1 + cell_len(word) > room:
            lines.append(f"{line}{_CONTINUED}" if goes_on else line)
            line = word
        else:
            line = f"{line} {word}"
        before = word
    return [*lines, line]


def _same_command(before: str, word: str) -> bool:
    """Return whether a word of a sentence still belongs to the command that began before it."""
    known = before in ("tuilab", *_WITH_COMMANDS) or before.startswith("-")
    return known or word.startswith("-") or _RUN.match(word) is not None


def print_sentence(text: str, *, err: bool = False, indent: str = "") -> None:
    """Print a sentence for a person.

    Args:
        text: clean.
        err: on stderr.
        indent: before all lines but the first.
    """
    import typer

    width = width_of(sys.stderr if err else sys.stdout)
    room = None if width is None else max(width - len(indent), _NARROWEST)
    typer.echo(f"\n{indent}".join(wrap(text, room)), err=err)
