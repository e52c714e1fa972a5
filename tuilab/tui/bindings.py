"""The table of keys (``keys.toml``) as Textual's bindings, and for help and palette as it is."""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from textual.binding import Binding
from textual.keys import KEY_TO_UNICODE_NAME, Keys, _character_to_key

from tuilab.errors import nearest
from tuilab.terminal import clean


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


def remapping(wanted: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Check a person's own keys.

    Args:
        wanted: by a binding's id its keys, comma separated, as config.toml has them.

    Returns:
        What of it can be taken, and a sentence for each row that is left out: there is no such binding,
        a key is none, or another binding has it where both work.
    """
    ids = [key.id for key in keys()]
    taken: dict[str, str] = {}
    problems: list[str] = []

    def leave_out(id: str, why: str) -> None:
        problems.append(f'keys."{clean(id, limit=60)}" is left out: {why}')

    for id, names in wanted.items():
        wrong = [name for name in _split(names) if not _is_key(name)]
        if id not in ids:
            leave_out(id, f"there is no command of this name{nearest(id, ids)}")
        elif wrong:
            shown = clean(wrong[0], limit=40)
            leave_out(id, f"'{shown}' is no key; keys are such as f5, ctrl+r, N, space, question_mark")
        else:
            taken[id] = names
    while clash := next(_clashes(taken), None):
        id, name, owner = clash
        del taken[id]
        leave_out(id, f"the key {key_name(name)} is that of {owner}")
    return taken, tuple(problems)


def _clashes(taken: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield ids of ``taken`` with a key and the id of the binding that has it where both work."""
    for key in (key for key in keys() if key.id in taken):
        before = {_spelled(name) for name in _split(key.keys)}
        for other in keys():
            if other is key or not (other.where == key.where or {other.where, key.where} & {"app", "lab"}):
                continue
            theirs = {_spelled(name) for name in _split(taken.get(other.id, other.keys))}
            for name in _split(taken[key.id]):
                # what the table itself lets a screen take from the app may stay so
                if _spelled(name) in theirs - before:
                    yield key.id, name, other.id


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _spelled(name: str) -> str:
    return _character_to_key(name) if len(name) == 1 else name


def _is_key(name: str) -> bool:
    *held, last = name.split("+")
    if not set(held) <= {"ctrl", "shift", "alt", "super", "hyper", "meta"}:
        return False
    if len(last) == 1:
        return last.isprintable() and not last.isspace()
    if last in KEY_TO_UNICODE_NAME or last in {key.value for key in Keys}:
        return True
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True


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
