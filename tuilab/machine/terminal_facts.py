"""What the terminal can show, read from the environment without writing a byte to it."""

import locale
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Colours = Literal["none", "16", "256", "truecolor"]
_TRUECOLOR_TERMS = ("kitty", "alacritty", "ghostty", "wezterm", "foot", "iterm", "contour")


@dataclass(frozen=True)
class TerminalFacts:
    """The terminal that this process talks to.

    Attributes:
        term: TERM as it is set; empty if it is not. Not yet cleaned for a screen.
        colours: how many colours programs may use.
        colours_from: the variable that decides it, as ``NO_COLOR`` or ``TERM=xterm-256color``.
        columns: width in characters; None if no standard stream is a terminal.
        rows: height in lines; None likewise.
        encoding: the locale's encoding, lower case, as ``utf-8``.
        unicode: whether that encoding is UTF-8.
        multiplexer: the multiplexer this runs inside, or None.
        ssh: whether this is a remote login.
    """

    term: str
    colours: Colours
    colours_from: str
    columns: int | None
    rows: int | None
    encoding: str
    unicode: bool
    multiplexer: Literal["tmux", "screen", "zellij"] | None
    ssh: bool


def terminal_facts() -> TerminalFacts:
    """Return the facts about this process's terminal; raises nothing."""
    environment = os.environ
    columns, rows = _size()
    colours, colours_from = _colours(environment)
    # getencoding, unlike getpreferredencoding, tells the locale's own even in Python's UTF-8 mode.
    encoding = locale.getencoding().lower()
    return TerminalFacts(
        term=environment.get("TERM", ""),
        colours=colours,
        colours_from=colours_from,
        columns=columns,
        rows=rows,
        encoding=encoding,
        unicode=encoding.replace("-", "").replace("_", "") == "utf8",
        multiplexer=_multiplexer(environment),
        ssh=any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")),
    )


def _colours(environment: Mapping[str, str]) -> tuple[Colours, str]:
    if environment.get("NO_COLOR"):
        return "none", "NO_COLOR"
    term = environment.get("TERM", "").lower()
    because = f"TERM={environment['TERM']}" if term else "TERM is not set"
    if not term or term in {"dumb", "unknown"} or re.match(r"vt\d\d", term):
        return "none", because
    colorterm = environment.get("COLORTERM", "")
    if colorterm.lower() in {"truecolor", "24bit"}:
        return "truecolor", f"COLORTERM={colorterm}"
    if term.endswith("-direct") or any(name in term for name in _TRUECOLOR_TERMS):
        return "truecolor", because
    return ("256" if "256color" in term else "16"), because


def _size() -> tuple[int | None, int | None]:
    # Any of the three: a report that is piped still runs at a terminal.
    for descriptor in (1, 2, 0):
        try:
            size = os.get_terminal_size(descriptor)
        except OSError:
            continue
        if size.columns and size.lines:
            return size.columns, size.lines
    return None, None


def _multiplexer(environment: Mapping[str, str]) -> Literal["tmux", "screen", "zellij"] | None:
    if environment.get("TMUX"):
        return "tmux"
    if environment.get("ZELLIJ"):
        return "zellij"
    return "screen" if environment.get("STY") else None
