"""A person's own settings of the app: ``config.toml`` in the configuration folder.

The file is theirs: it is read forgivingly, a wrong setting is reported and ignored, and what the app
remembers is written between their comments. Checked by hand: it is read before the first paint, and
pydantic takes longer to load than all the rest of that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from tuilab.errors import RunError, TuilabError, UsageError, nearest
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.bounded_toml import parse_toml
from tuilab.files.private import make_private
from tuilab.files.small import read_small
from tuilab.terminal import clean

MOST_PROBLEMS = 10
"""Wrong settings that are told one by one; a file with more of them is left out whole."""


@dataclass(frozen=True)
class Queue:
    """How runs are started.

    Attributes:
        standby: whether a worker that has TensorFlow loaded (about 0.7 GB of memory) is kept ready for the
            next run.
    """

    standby: bool = True


@dataclass(frozen=True)
class Config:
    """The settings.

    Attributes:
        theme: the name of the app's theme. The app says so if it has none of that name.
        mouse: whether the app takes the mouse; ``false`` leaves it to the terminal.
        low_bandwidth: one redraw a second, plots in ASCII, no animation: for slow lines.
        ascii: plots and marks in ASCII. ``auto``: where the locale or the terminal shows no Unicode.
        keys: other keys for the app's commands: the id of a binding, and its keys separated by commas.
        queue: how runs are started.
    """

    theme: str = "tuilab-dark"
    mouse: bool = True
    low_bandwidth: bool = False
    ascii: Literal["auto", "yes", "no"] = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)


_ASCII = ("auto", "yes", "no")
_ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "theme": (lambda v: isinstance(v, str) and 1 <= len(v) <= 64, "text of 1 to 64 characters"),
    "mouse": (lambda v: isinstance(v, bool), "true or false"),
    "low_bandwidth": (lambda v: isinstance(v, bool), "true or false"),
    "ascii": (lambda v: v in _ASCII, "auto, yes or no"),
    "keys": (lambda v: isinstance(v, dict), "a table of settings"),
    "queue": (lambda v: isinstance(v, dict), "a table of settings"),
    "queue.standby": (lambda v: isinstance(v, bool), "true or false"),
}
"""What a setting may be, and the words for it."""


def _wrong(name: str, value: Any) -> str:
    """Return what is wrong with a setting, as a sentence; empty if nothing is."""
    if name not in _ALLOWED:
        table, _, last = name.partition(".") if name.startswith("queue.") else ("", "", name)
        names = [setting.name for setting in fields(Queue if table else Config)]
        shown, place = clean(name, limit=80), f"the table {table}" if table else "the top level"
        return f"there is no setting '{shown}'; {place} has {', '.join(names)}{nearest(last, names)}"
    fits, allowed = _ALLOWED[name]
    if not fits(value):
        hint = nearest(value, _ASCII) if name == "ascii" and isinstance(value, str) else ""
        return f"{name} = {_shown(value)} is not allowed: it must be {allowed}{hint}"
    if name == "queue":
        return next((wrong for key, one in value.items() if (wrong := _wrong(f"queue.{key}", one))), "")
    for key, keys in value.items() if name == "keys" else ():
        if not isinstance(keys, str) or not keys.strip():
            return (
                f"keys.{clean(key, limit=80)} = {_shown(keys)} is not allowed: "
                'it must be keys separated by commas, such as "f5,ctrl+r"'
            )
    return ""


def _shown(value: Any) -> str:
    return clean(repr(value), limit=80)


def file() -> Path:
    """Return the place of the file, which need not exist."""
    return paths.config() / "config.toml"


def load() -> tuple[Config, tuple[str, ...]]:
    """Return the settings and a sentence for everything in the file that was left out; never raises.

    A wrong setting is left out and the others hold; a file that is not TOML or cannot be read gives
    the defaults.
    """
    try:
        place = file()
        table = _table(_read(place), clean(str(place)))
    except TuilabError as error:
        return Config(), (f"{error.sentence}; the default settings are used",)
    where = f"in {clean(str(place))}: "
    if isinstance(table.get("keys"), dict):
        table["keys"] = _flat(table["keys"])
    wrong = {name: problem for name, value in table.items() if (problem := _wrong(name, value))}
    problems = [f"{where}{problem}; the setting is ignored" for problem in wrong.values()][:MOST_PROBLEMS]
    if len(wrong) > MOST_PROBLEMS:
        problem = list(wrong.values())[MOST_PROBLEMS]
        problems.append(
            f"{where}{problem}; the file has too many more problems like this: the defaults are used"
        )
        return Config(), tuple(problems)
    kept = {name: value for name, value in table.items() if name not in wrong}
    if "queue" in kept:
        kept["queue"] = Queue(**kept["queue"])
    return Config(**kept), tuple(problems)


def remember(**changes: Any) -> Config:
    """Write settings into the file, keeping its comments, its order and all other settings.

    Args:
        changes: fields of ``Config``; ``keys`` and ``queue`` are whole tables.

    Returns:
        The settings as they are now.

    Raises:
        UsageError: a value that is not allowed, or a file that is not TOML and so is left as it is.
        RunError: the file cannot be written; the sentence says why.
    """
    import tomlkit

    for name, value in changes.items():
        if problem := _wrong(name, value):
            raise UsageError(problem)
    place = file()
    text = _read(place)
    _table(text, clean(str(place)))
    document: Any = tomlkit.parse(text)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _replace(document[name], value)
        elif name not in document or document[name] != value:
            document[name] = value
    try:
        make_private(place.parent)
        write_whole(place, tomlkit.dumps(document))
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the settings cannot be written to {clean(str(place))}: {why}") from error
    return load()[0]


def _replace(table: Any, wanted: dict[str, str]) -> None:
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        if table.get(name) != value:
            table[name] = value


def _flat(keys: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return keys by the ids of bindings; TOML takes ``run.start = "f5"`` for a table in a table."""
    flat: dict[str, Any] = {}
    for name, value in keys.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _table(text: str, where: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:
        raise UsageError(f"{where} is not valid TOML: {clean(str(error), limit=200)}") from error


def _read(place: Path) -> str:
    """Return the file's text, line ends as they are; an empty one if there is none."""
    try:
        return read_small(place)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{clean(str(place))} cannot be read: {clean(str(error))}") from error
