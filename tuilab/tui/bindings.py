"""The table of keys (``keys.toml``) as Textual's bindings, and for help and palette as it is."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from textual.binding import Binding


@dataclass(frozen=True)
class Key:
    """One row of the table.

    Attributes:
        id: the name by which config.toml remaps it, as ``run.start``.
        keys: Textual's key names, comma separated.
        action: the action it calls, as ``start_run`` or ``unfreeze(1)``.
        where: ``app``, ``lab``, a pane's or a screen's name.
        label: one or two words for the bottom line.
        tip: one sentence.
        shown: whether the bottom line shows it.
    """

    id: str
    keys: str
    action: str
    where: str
    label: str
    tip: str
    shown: bool = True

    def binding(self) -> Binding:
        """Return it as Textual takes it."""
        return Binding(self.keys, self.action, self.label, show=self.shown, tooltip=self.tip, id=self.id)


@cache
def keys() -> tuple[Key, ...]:
    """Return the whole table, in its order."""
    with Path(__file__).with_name("keys.toml").open("rb") as file:
        return tuple(Key(**row) for row in tomllib.load(file)["binding"])


def bindings_of(where: str) -> list[Binding]:
    """Return the bindings of the app, a screen or a pane."""
    return [key.binding() for key in keys() if key.where == where]


_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "full_stop": ".",
    "comma": ",",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "space": "Space",
    "enter": "Enter",
    "delete": "Del",
    "backspace": "Backspace",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def key_name(key: str) -> str:
    """Return a key as a person calls it: ``ctrl+z`` as ``Ctrl-Z``, ``question_mark`` as ``?``."""
    if key in _NAMES:
        return _NAMES[key]
    *held, last = key.split("+")
    name = _NAMES.get(last, last.upper() if held or (last.startswith("f") and last[1:].isdigit()) else last)
    return "-".join([*(word.capitalize() for word in held), name])
