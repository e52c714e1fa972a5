"""A person's own settings of the app: ``config.toml`` in the configuration folder.

The file is theirs: it is read forgivingly, a wrong setting is said and left out, and what the app
remembers is written between their comments.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tuilab import paths
from tuilab.atomic import write_whole
from tuilab.errors import RunError, TuilabError, UsageError
from tuilab.spec.sentences import usage_error
from tuilab.spec.toml import read_table
from tuilab.terminal import clean

MOST_PROBLEMS = 10
"""Wrong settings that are told one by one; a file with more of them is left out whole."""


class Config(BaseModel):
    """The settings. Frozen, strict about unknown keys; attribute docstrings describe fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    theme: Annotated[str, Field(min_length=1, max_length=64)] = "tuilab-dark"
    """The name of the app's theme. The app says so where it has none of that name."""

    mouse: bool = True
    """Whether the app takes the mouse; ``false`` leaves it to the terminal."""

    low_bandwidth: bool = False
    """One redraw a second, plots in ASCII, no animation: for slow lines."""

    ascii: Literal["auto", "yes", "no"] = "auto"
    """Plots and marks in ASCII. ``auto``: where the locale or the terminal shows no Unicode."""

    keys: dict[str, str] = {}
    """Other keys for the app's commands: the id of a binding, and its keys separated by commas."""

    @field_validator("keys", mode="before")
    @classmethod
    def _keys_are_texts(cls, value: object) -> object:
        if isinstance(value, dict):
            for name, keys in value.items():
                if not isinstance(keys, str) or not keys.strip():
                    raise ValueError(
                        f"{name} = {keys!r} is not allowed: allowed are keys separated by commas, "
                        'such as "f5,ctrl+r"'
                    )
        return value


def file() -> Path:
    """Return the place of the file, which need not exist."""
    return paths.config() / "config.toml"


def load() -> tuple[Config, tuple[str, ...]]:
    """Return the settings and a sentence for everything in the file that was left out; never raises.

    A wrong setting is left out and the others hold; a file that is no TOML or cannot be read gives
    the defaults.
    """
    try:
        place = file()
        table = read_table(_read(place), clean(str(place)))
    except TuilabError as error:
        return Config(), (f"{error.sentence}; the default settings are used",)
    problems: list[str] = []
    while True:
        try:
            return Config.model_validate(table), tuple(problems)
        except ValidationError as error:
            said = usage_error(error, Config, f"in {clean(str(place))}: ").sentence
            if len(problems) == MOST_PROBLEMS:
                return Config(), (
                    *problems,
                    f"{said}; the file holds too many more such: the defaults are used",
                )
            problems.append(f"{said}; the setting is left out")
            del table[str(error.errors()[0]["loc"][0])]


def remember(**changes: Any) -> Config:
    """Write settings into the file, keeping its comments, its order and all other settings.

    Args:
        changes: fields of ``Config``; ``keys`` replaces the whole table.

    Returns:
        The settings as they are now.

    Raises:
        UsageError: a value that is not allowed, or a file that is no TOML and so is left as it is.
        RunError: the file cannot be written; the sentence says why.
    """
    import tomlkit

    try:
        wanted = Config.model_validate(changes).model_dump(include=set(changes))
    except ValidationError as error:
        raise usage_error(error, Config) from error
    place = file()
    text = _read(place)
    read_table(text, clean(str(place)))
    document: Any = tomlkit.parse(text)
    for name, value in wanted.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _replace(document[name], value)
        elif name not in document or document[name] != value:
            document[name] = value
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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


def _read(place: Path) -> str:
    """Return the file's text, line ends as they are; an empty one where there is none."""
    try:
        return place.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{clean(str(place))} cannot be read: {clean(str(error))}") from error
