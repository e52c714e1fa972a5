"""TOML from outside, parsed within bounds.

The parser recurses where brackets are nested, and keeps every beginning of a dotted key: a key of a few
thousand dots asks for gigabytes. What is read here has neither.
"""

import re
import tomllib
from typing import Any

DEEPEST = 16
"""Tables within tables, and parts of a dotted key; an experiment needs four."""

_TOKEN = re.compile(
    r"""
    (?P<text> \"{3} (?: [^"\\] | \\[\s\S] | "(?!"") )*+ \"{3,5}
            | '{3} (?: [^'] | '(?!'') )*+ '{3,5}
            | " (?: [^"\\\n] | \\. )*+ "
            | ' [^'\n]*+ ' )
  | (?P<comment> \#[^\n]*+ )
  | (?P<broken> ["'] )
    """,
    re.VERBOSE,
)
_LONG_KEY = re.compile(rf"(?:\.[ \t]*+[A-Za-z0-9_-]++[ \t]*+){{{DEEPEST}}}")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that a text in TOML describes.

    Raises:
        ValueError: no TOML, or nested more than ``DEEPEST`` deep; the message is half a sentence.
    """
    if _LONG_KEY.search(_skeleton(text)):
        raise ValueError(f"a key has more than {DEEPEST} parts")
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error
    layer: list[Any] = [table]
    for _ in range(DEEPEST + 1):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return table
    raise ValueError(f"tables or lists are nested more than {DEEPEST} levels deep")


def _skeleton(text: str) -> str:
    """Return a text without its comments and with a letter for every string.

    It ends at the first string that does not end: there the parser ends too.
    """
    parts, at = [], 0
    for token in _TOKEN.finditer(text):
        parts += [text[at : token.start()], "s" if token.lastgroup == "text" else ""]
        at = token.end()
        if token.lastgroup == "broken":
            return "".join(parts)
    return "".join((*parts, text[at:]))


def _inside(value: Any) -> list[Any]:
    inside = list(value.values()) if isinstance(value, dict) else value
    return [inner for inner in inside if isinstance(inner, dict | list)]
