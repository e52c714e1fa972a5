"""How help writes what a command takes: ``RUN``, ``[RUN]``, ``--limit N``, whatever Typer's version."""

from collections.abc import Callable
from functools import partial
from typing import Any

import typer
from typer.core import TyperCommand

_Record = tuple[str, str] | None


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


def _without_type(record: Callable[[Any], _Record], context: Any) -> _Record:
    found = record(context)
    return found and (found[0].partition(" <")[0], found[1])
