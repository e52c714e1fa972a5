"""The app's colours. A person adds a theme as ``themes/NAME.toml`` in the configuration folder."""

import re
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from tuilab.errors import UsageError, nearest
from tuilab.files.bounded_toml import parse_toml
from tuilab.files.small import read_small
from tuilab.terminal import clean

_BASE_COLOURS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
)
CURVES = ("curve-train", "curve-val", "mark-1", "mark-2", "mark-3", "mark-4", "trained", "frozen", "changed")
"""The lab's own colours, which every theme has."""


def _theme(name: str, *, dark: bool, ansi: bool = False, colors: dict[str, str]) -> Theme:
    base_colours = {key: value for key, value in colors.items() if key in _BASE_COLOURS}
    own = {key: value for key, value in colors.items() if key not in _BASE_COLOURS}
    # Textual's own widgets ask for colours that only its ansi themes have
    base = BUILTIN_THEMES["ansi-dark"].variables if ansi else {}
    variables = {**base, **_shared(base_colours), **own}
    return Theme(name=name, dark=dark, ansi=ansi, variables=variables, **base_colours)  # type: ignore[arg-type]


def _shared(base_colours: dict[str, str]) -> dict[str, str]:
    """Variables of Textual's own widgets that follow from the theme's ground."""
    return {
        "block-cursor-text-style": "none",
        "block-cursor-background": base_colours["primary"],
        "block-cursor-foreground": base_colours["background"],
        "input-cursor-text-style": "reverse",
        "input-selection-background": base_colours["panel"],
        "border": base_colours["primary"],
        "border-blurred": base_colours["panel"],
        "scrollbar": base_colours["panel"],
        "scrollbar-hover": base_colours["secondary"],
        "scrollbar-active": base_colours["primary"],
        "scrollbar-background": base_colours["background"],
        "scrollbar-background-hover": base_colours["background"],
        "scrollbar-background-active": base_colours["background"],
        "scrollbar-corner-color": base_colours["background"],
    }


DARK = _theme(
    "tuilab-dark",
    dark=True,
    colors={
        "background": "#11151b",
        "surface": "#161b22",
        "panel": "#2b3440",
        "foreground": "#d5dce4",
        "primary": "#6cb6ff",
        "secondary": "#8fa3b8",
        "accent": "#6fd3c3",
        "success": "#8ccf7e",
        "warning": "#e5c76b",
        "error": "#f47f7f",
        "curve-train": "#6cb6ff",
        "curve-val": "#f2a65a",
        "mark-1": "#b392f0",
        "mark-2": "#6fd3c3",
        "mark-3": "#e58fb8",
        "mark-4": "#c3cf6b",
        "trained": "#8ccf7e",
        "frozen": "#7d8c9c",
        "changed": "#e5c76b",
    },
)
LIGHT = _theme(
    "tuilab-light",
    dark=False,
    colors={
        "background": "#fbfaf7",
        "surface": "#f3f1ec",
        "panel": "#d9d5cb",
        "foreground": "#23282e",
        "primary": "#0b62b8",
        "secondary": "#5c6873",
        "accent": "#0a7a70",
        "success": "#2c7a2c",
        "warning": "#8a6100",
        "error": "#b3261e",
        "curve-train": "#0b62b8",
        "curve-val": "#b85400",
        "mark-1": "#6f42c1",
        "mark-2": "#0a7a70",
        "mark-3": "#a8336b",
        "mark-4": "#5f6b00",
        "trained": "#2c7a2c",
        "frozen": "#6b747d",
        "changed": "#8a6100",
    },
)
CONTRAST = _theme(
    "tuilab-contrast",
    dark=True,
    colors={
        "background": "#000000",
        "surface": "#000000",
        "panel": "#7f7f7f",
        "foreground": "#ffffff",
        "primary": "#ffff00",
        "secondary": "#ffffff",
        "accent": "#00ffff",
        "success": "#00ff66",
        "warning": "#ffd000",
        "error": "#ff6b6b",
        "curve-train": "#00ffff",
        "curve-val": "#ffb000",
        "mark-1": "#ff8cff",
        "mark-2": "#00ff66",
        "mark-3": "#ffffff",
        "mark-4": "#ffff00",
        "trained": "#00ff66",
        "frozen": "#c0c0c0",
        "changed": "#ffff00",
    },
)
ANSI = _theme(
    "tuilab-ansi",
    dark=True,
    ansi=True,
    colors={
        "background": "ansi_default",
        "surface": "ansi_default",
        "panel": "ansi_bright_black",
        "foreground": "ansi_default",
        "primary": "ansi_blue",
        "secondary": "ansi_cyan",
        "accent": "ansi_cyan",
        "success": "ansi_green",
        "warning": "ansi_yellow",
        "error": "ansi_red",
        "curve-train": "ansi_blue",
        "curve-val": "ansi_yellow",
        "mark-1": "ansi_magenta",
        "mark-2": "ansi_cyan",
        "mark-3": "ansi_red",
        "mark-4": "ansi_green",
        "trained": "ansi_green",
        "frozen": "ansi_default",
        "changed": "ansi_yellow",
    },
)
THEMES = (DARK, LIGHT, CONTRAST, ANSI)
"""In the order in which the app steps through them."""


def own_themes(folder: Path) -> tuple[tuple[Theme, ...], tuple[str, ...]]:
    """Read a person's themes.

    A file ``NAME.toml`` holds ``based_on`` (one of ``THEMES``, dark where it is left out) and any of that
    theme's colours under their names, as ``curve-train = "#ff8800"``.

    Returns:
        The themes, by name, and a sentence for each file that is broken.
    """
    themes: list[Theme] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            themes.append(_read(path))
        except UsageError as error:
            problems.append(error.sentence)
    return tuple(themes), tuple(problems)


def _read(path: Path) -> Theme:
    where = f"theme {clean(path.name, limit=80)}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", path.stem):
        raise UsageError(
            f"{where} is ignored: a theme's name is 1 to 41 lowercase letters, digits and hyphens"
        )
    if path.stem in {theme.name for theme in THEMES}:
        raise UsageError(f"{where} is ignored: tuilab has a theme of this name; rename yours")
    try:
        table = parse_toml(read_small(path))
    except (OSError, ValueError) as error:
        raise UsageError(f"{where} cannot be read: {clean(str(error), limit=200)}") from error
    bases = {theme.name: theme for theme in THEMES}
    base = bases.get(str(table.pop("based_on", DARK.name)))
    if base is None:
        raise UsageError(f"{where}: based_on is not allowed: it must be {' or '.join(bases)}")
    colors = _colors_of(base)
    for key, value in table.items():
        colors[_known(key, where)] = _color(key, value, where)
    return _theme(path.stem, dark=base.dark, ansi=base.ansi, colors=colors)


def _colors_of(theme: Theme) -> dict[str, str]:
    return {key: getattr(theme, key) for key in _BASE_COLOURS} | {key: theme.variables[key] for key in CURVES}


def _known(key: str, where: str) -> str:
    names = (*_BASE_COLOURS, *CURVES)
    if key not in names:
        shown = clean(key, limit=40)
        raise UsageError(
            f"{where}: there is no colour '{shown}'; the colours are {', '.join(names)}{nearest(key, names)}"
        )
    return key


def _color(key: str, value: Any, where: str) -> str:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError as error:
        shown = clean(repr(value), limit=40)
        raise UsageError(f'{where}: {key} = {shown} is not a colour; write it like "#6cb6ff"') from error
    return value
