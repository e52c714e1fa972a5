"""Saving an experiment as a preset of one's own: the file it began from, with what differs changed.

The comments of the file it began from are kept, and every setting that was not touched stands as it
stood. What is written is read again first: it is the experiment exactly, or nothing is written.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit

from tuilab.errors import RunError, UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.files.small import read_small
from tuilab.presets import NAME, Preset, folder, load_all, own_folder, parse
from tuilab.terminal import clean

OWN_ORDER = 900
"""Place in lists of what is saved: behind all others."""

LONGEST_TITLE = 200
"""Characters of a title."""


def save_own(
    name: str,
    title: str,
    base: Preset,
    experiment: Experiment,
    *,
    overwrite: bool = False,
    comment: str = "",
) -> Path:
    """Write ``presets/NAME.toml`` in the person's configuration folder, whole and of mode 0600.

    Args:
        name: 1 to 64 lowercase letters, digits and hyphens; none of tuilab's own.
        title: one line for lists, 1 to 200 characters.
        base: the preset that the experiment began from; its file lends comments, lesson and words. What
            the course says of it is left out: its numbers are of another experiment.
        experiment: what the preset trains.
        overwrite: replace a preset of one's own of that name.
        comment: a first line that says where it came from; empty: none.

    Returns:
        The file.

    Raises:
        UsageError: a name or title that is not allowed, or a preset of that name is there.
        RunError: the file cannot be written; what was there stays.
    """
    path = _place(name, overwrite)
    title = _one_line(title)
    text = _text(name, title, base, experiment)
    if comment:
        text = f"# {clean(comment)}\n{text}"
    try:
        make_private(path.parent)
        write_whole(path, text)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the preset cannot be written to {clean(str(path))}: {why}") from error
    return path


def _place(name: str, overwrite: bool) -> Path:
    shown = clean(name, limit=80)
    if not NAME.fullmatch(name):
        raise UsageError(
            f"'{shown}' cannot name a preset: a preset's name is 1 to 64 lowercase letters, digits and "
            "hyphens"
        )
    if any(preset.name == name and not preset.own for preset in load_all()):
        raise UsageError(f"'{shown}' is one of tuilab's own presets; choose another name")
    path = own_folder() / f"{name}.toml"
    if os.path.lexists(path) and not overwrite:
        raise UsageError(f"there is already a preset '{shown}'; choose another name, or replace it")
    return path


def _one_line(title: str) -> str:
    title = title.encode(errors="backslashreplace").decode().strip()
    if not title or len(title) > LONGEST_TITLE or len(title.splitlines()) > 1:
        raise UsageError(
            f"'{clean(title, limit=40)}' is not allowed as a title: it must be one line of 1 to "
            f"{LONGEST_TITLE} characters"
        )
    return title


def _text(name: str, title: str, base: Preset, experiment: Experiment) -> str:
    """Return the file's text, from the base's own where that can be edited, else written from scratch."""
    family = base.family if base.family == "concept" else experiment.model.kind
    wanted = Preset(
        name=name,
        title=title,
        family=family,
        order=OWN_ORDER,
        lesson=base.lesson,
        teaches=base.teaches,
        experiment=experiment,
        own=True,
    )
    ways: tuple[Callable[[], str], ...] = (
        lambda: _edited(base, wanted, _change),
        lambda: _edited(base, wanted, _write_whole_experiment),
        lambda: tomlkit.dumps(_head(wanted) | {"experiment": _settings(experiment)}),
    )
    for way in ways:
        try:
            text = way()
            if parse(text, name, own=True) == wanted:
                return text
        except (OSError, ValueError, KeyError, UsageError):
            # the base's file is gone, broken, or laid out in a way that cannot be edited in place
            continue
    raise RunError(f"the preset '{name}' cannot be saved: read back, it would be a different one")


def _edited(base: Preset, wanted: Preset, change: Callable[[Any, Preset, Preset], None]) -> str:
    text = read_small((own_folder() if base.own else folder()) / f"{base.name}.toml")
    # edits are against what the file says, which may be newer than the preset at hand
    there = parse(text, base.name, own=base.own)
    document: Any = tomlkit.parse(text)
    document.pop("course", None)
    for key, value in _head(wanted).items():
        if document.get(key) != value:
            document[key] = value
    change(document, there, wanted)
    return tomlkit.dumps(document)


def _head(preset: Preset) -> dict[str, Any]:
    return preset.model_dump(mode="json", include={"title", "family", "order", "lesson", "teaches"})


def _settings(experiment: Experiment) -> dict[str, Any]:
    return experiment.model_dump(mode="json", exclude_none=True)


def _write_whole_experiment(document: Any, _: Preset, wanted: Preset) -> None:
    del document["experiment"]
    document["experiment"] = _settings(wanted.experiment)


def _change(document: Any, there: Preset, wanted: Preset) -> None:
    """Change what differs, in place."""
    _change_table(document["experiment"], _settings(there.experiment), _settings(wanted.experiment))


def _change_table(table: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Make a table that means ``before`` mean ``after``; a table of another kind is written whole."""
    for name in [name for name in table if name not in after]:
        del table[name]
    for name, value in after.items():
        old = before.get(name)
        if value == old:
            continue
        if not isinstance(value, dict):
            table[name] = value
        elif not isinstance(old, dict) or old.get("kind") != value.get("kind"):
            table[name] = _table(value)
        elif name in table:
            _change_table(table[name], old, value)
        else:
            table[name] = _table({key: part for key, part in value.items() if part != old.get(key)})


def _table(values: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for name, value in values.items():
        table[name] = _table(value) if isinstance(value, dict) else value
    return table
