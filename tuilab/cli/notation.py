"""How help is written: ``RUN``, ``[RUN]``, ``--limit N``, no wider than the terminal, by any Typer."""

import re
import shutil
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_Record = tuple[str, str] | None
_WIDEST, _NARROWEST = 80, 24
_CONTINUED = " \\"
"""Behind a line that ends within a command, so that a shell takes what is copied as one command."""


class Command(TyperCommand):
    """A command whose arguments are names alone: without braces, without Python's types."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parameter in self.params:
            if parameter.param_type_name == "argument":
                parameter.get_help_record = partial(_without_type, parameter.get_help_record)  # type: ignore[method-assign]

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return what stands behind the command's name in its first line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return its help."""
        return _fitted(super().get_help, ctx)


class Group(TyperGroup):
    """A command with commands of its own."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return its help."""
        return _fitted(super().get_help, ctx)


def _without_type(record: Callable[[Any], _Record], context: Any) -> _Record:
    found = record(context)
    return found and (found[0].partition(" <")[0], found[1])


def _fitted(written: Callable[[Any], str], context: Any) -> str:
    columns = max(shutil.get_terminal_size().columns, _NARROWEST)
    if columns < _WIDEST:
        context.terminal_width = columns - 2  # of itself Click writes no help under 50 columns
    return "\n".join(part for line in written(context).split("\n") for part in _folded(line, columns))


def _folded(line: str, width: int) -> Iterator[str]:
    """Yield a line in pieces that fit: of examples and exit codes Click breaks none."""
    indent, first, gap, second = re.fullmatch(r"( *)(.*?)(?:( {2,})(.*))?", line).groups("")  # type: ignore[union-attr]
    if len(line) <= width:
        yield line
    elif first.startswith("tuilab"):
        *parts, last = _wrap(first, width - len(_CONTINUED), indent, f"{indent}    ")
        yield from (f"{part}{_CONTINUED}" for part in parts)
        yield last
        yield from _wrap(second, width, f"{indent}  ", f"{indent}  ")
    else:
        head = f"{indent}{first}{gap}" if second else indent
        yield from _wrap(second or first, width, head, " " * len(head) if second else f"{indent}    ")


def _wrap(text: str, width: int, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
        break_long_words=False,
    )
