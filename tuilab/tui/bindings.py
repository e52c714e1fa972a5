"""The table of keys (``keys.toml``) as Textual's bindings, and for help and palette as it is."""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from textual.binding import Binding
from textual.keys import KEY_TO_UNICODE_NAME, Keys, _character_to_key, key_to_character

from tuilab.errors import nearest
from tuilab.terminal import clean
from tuilab.tui.panels import panels


@dataclass(frozen=True)
class Key:
    """One row of the table.

    Attributes:
        id: the name by which config.toml remaps it, as ``run.start``.
        keys: Textual's key names, comma separated.
        action: the action it calls, as ``unfreeze(1)``, or ``app.start_run`` for one of the app.
        where: ``app``, ``lab``, the name of a pane, a screen or a part of a pane, or ``dialog.NAME``.
        label: one or two words for the bottom line.
        tip: one sentence.
        shown: whether the bottom line shows it.
        means: what it does, if that is not said by its action's name.
        everywhere: whether it works in dialogs and while text is typed.
    """

    id: str
    keys: str
    action: str
    where: str
    label: str
    tip: str
    shown: bool = True
    means: str = ""
    everywhere: bool = False

    @property
    def meaning(self) -> str:
        """What it does, in a word: keys of different panes that share a letter share this."""
        return self.means or self.does

    @property
    def does(self) -> str:
        """The name of its action, whoever has it."""
        return self.action.partition("(")[0].removeprefix("app.")

    def binding(self) -> Binding:
        """Return it as Textual takes it."""
        return Binding(
            self.keys,
            self.action,
            self.label,
            show=self.shown,
            tooltip=self.tip,
            id=self.id,
            priority=self.everywhere,
        )

    def names(self, own: Mapping[str, str]) -> tuple[str, ...]:
        """Return its keys as a person calls them, the first first.

        Args:
            own: the person's own keys, by a binding's id.
        """
        return tuple(key_name(name) for name in _split(own.get(self.id, self.keys)))


def textual_names(id: str, own: Mapping[str, str]) -> set[str]:
    """Return the keys of a row as Textual spells them.

    Args:
        id: the row.
        own: the person's own keys, by a binding's id.
    """
    return {_spelled(name) for name in _split(own.get(id, key_by_id(id).keys))}


@cache
def keys() -> tuple[Key, ...]:
    """Return the whole table, in its order, with the keys of the panels before those to the next one."""
    with Path(__file__).with_name("keys.toml").open("rb") as file:
        rows = [Key(**row) for row in tomllib.load(file)["binding"]]
    place = next(n for n, row in enumerate(rows) if row.id == "pane.next")
    numbered = [_panel_key(n, panel.name) for n, panel in enumerate(panels()[:9], start=1)]
    return (*rows[:place], *numbered, *rows[place:])


def _panel_key(number: int, name: str) -> Key:
    return Key(
        id=f"pane.{name}",
        keys=str(number),
        action=f"focus_pane('{name}')",
        where="lab",
        label=name,
        tip=f"Go to the {name}.",
        shown=False,
    )


def bindings_of(where: str) -> list[Binding]:
    """Return the bindings of the app, a screen or a pane."""
    return [key.binding() for key in keys() if key.where == where]


def key_by_id(id: str) -> Key:
    """Return a row by its id; KeyError if there is none."""
    for key in keys():
        if key.id == id:
            return key
    raise KeyError(id)


_INSIDE = {"editor": "network", "table": "results"}
"""Parts of panes that have keys of their own, and the pane whose keys work in them too."""
_TYPING = {"editor", "dialog.rename", "dialog.save", "dialog.presets", "dialog.sweep_start", "dialog.welcome"}
"""Where a line to write on has or may have the focus, and with it every key that writes something."""


_COVERS = {"compare", "sweep", "rate", "look"}
"""Screens that cover the lab: its keys do nothing there."""


def meet(one: Key, other: Key) -> bool:
    """Return whether there is a place where both work; in a dialog only its own keys do."""
    places = {one.where, other.where}
    if len(places) == 1 or one.everywhere or other.everywhere:
        return True
    if any(place.startswith("dialog.") for place in places):
        return False
    if "lab" in places and places & _COVERS:
        return False
    return bool(places & {"app", "lab"}) or any({part, pane} == places for part, pane in _INSIDE.items())


def remapping(wanted: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Check a person's own keys.

    Args:
        wanted: by a binding's id its keys, comma separated, as config.toml has them.

    Returns:
        What of it can be taken, and a sentence for each row that is left out: there is no such binding,
        a key is none, or writes where text is typed, or another binding has it where both work.
    """
    ids = {key.id: key for key in keys()}
    taken: dict[str, str] = {}
    problems: list[str] = []

    def leave_out(id: str, why: str) -> None:
        problems.append(f'keys."{clean(id, limit=60)}" is ignored: {why}')

    for id, names in wanted.items():
        wrong = [name for name in _split(names) if not _is_key(name)]
        if id not in ids:
            leave_out(id, f"there is no such command{nearest(id, ids)}")
        elif wrong:
            shown = clean(wrong[0], limit=40)
            leave_out(
                id, f"'{shown}' is not a key; keys are written like f5, ctrl+r, N, space, question_mark"
            )
        elif (ids[id].everywhere or ids[id].where in _TYPING) and (
            typed := [name for name in _split(names) if _writes(name)]
        ):
            leave_out(
                id,
                f"the key {key_name(typed[0])} types a character there; "
                "choose one that does not, such as f5, ctrl+r, up",
            )
        else:
            taken[id] = ",".join(_split(names))
    while clash := next(_clashes(taken), None):
        id, name, owner = clash
        del taken[id]
        leave_out(id, f"the key {key_name(name)} is taken by {owner}")
    return taken, tuple(problems)


def _clashes(taken: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield ids of ``taken`` with a key and the id of the binding that has it where both work."""
    for key in (key for key in keys() if key.id in taken):
        before = {_spelled(name) for name in _split(key.keys)}
        for other in keys():
            if other is key or not meet(key, other):
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


def _writes(name: str) -> bool:
    character = key_to_character(name)
    return character is not None and character.isprintable()


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
