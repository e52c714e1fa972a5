"""How readers and downloads say how far they are."""

from typing import Literal, Protocol

Unit = Literal["bytes", "images"]


class Progress(Protocol):
    """Called from time to time (at most about ten times a second) with what is done so far."""

    def __call__(
        self, phase: Literal["downloading", "loading"], what: str, done: int, total: int | None, unit: Unit
    ) -> None:
        """Report ``done`` of ``total`` units of ``what`` (a noun phrase); ``total`` None: not known."""
        ...


def silent(phase: str, what: str, done: int, total: int | None, unit: Unit) -> None:
    """Report to nobody."""
