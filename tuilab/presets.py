"""Presets: named experiments, one TOML file each.

A preset is a file ``presets/NAME.toml``: what it is called and teaches, what the course
says of it, and the experiment. Adding one is adding a file; nothing else knows their names.

A person's own presets are files of the same kind in ``presets/`` of the configuration folder. A broken
one is reported (``problems``) and ignored; it never stands in the way of the others.
"""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from tuilab.bases.named import COURSE_BASE
from tuilab.errors import UsageError, nearest
from tuilab.experiment.experiment import Experiment, Part, base_of
from tuilab.experiment.sentences import usage_error
from tuilab.experiment.toml import read_table
from tuilab.experiment.unfreeze import describe
from tuilab.files import paths
from tuilab.files.small import read_small
from tuilab.terminal import clean

Share = Annotated[float, Field(ge=0, le=1)]

MOST_NAMED = 12
"""Presets that a sentence names; ``tuilab presets`` lists all."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""What a preset may be called; run folders are named by it."""


class Course(Part):
    """What the course's document says of a preset."""

    iteration: str = "-"
    """What its results table calls it: I, II, III, IV; ``-`` if it does not."""

    expected: tuple[Share, Share] | None = None
    """The band of test accuracy that it expects, low and high, shares of 1."""

    recorded: Share | None = None
    """The test accuracy that its log records, a share of 1."""


class Preset(Part):
    """A named experiment with its place in the course."""

    name: str
    """The file's name without ``.toml``."""

    title: str
    """One line for lists."""

    family: Literal["cnn", "transfer", "concept"]
    """Which of the course's assignments it belongs to, or ``concept``: one idea, shown on digits."""

    order: int
    """Place in lists, small first."""

    lesson: str
    """The lesson it belongs to."""

    teaches: str
    """What to look for when it trains: a sentence or two."""

    course: Course = Course()
    """What the course says of it."""

    experiment: Experiment
    """What it trains."""

    own: bool = False
    """Whether it is a person's own; told by the folder, never by the file."""


def folder() -> Path:
    """Return the folder of preset files: inside the installed package, or the checkout's own."""
    installed = Path(__file__).with_name("preset_files")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "presets"


def own_folder() -> Path:
    """Return the folder of a person's own presets, which need not exist."""
    return paths.config() / "presets"


def folders() -> tuple[Path, Path]:
    """Return both folders of preset files: tuilab's, and the person's own."""
    return folder(), own_folder()


def load_all() -> tuple[Preset, ...]:
    """Read every preset, tuilab's first, in order. Files that did not change are not read again.

    Raises:
        UsageError: one of tuilab's own files is not valid; the sentence names file and key.
    """
    return (*_shipped(folder()), *_own().presets)


def problems() -> tuple[str, ...]:
    """Return a sentence for each of the person's own preset files that is left out."""
    return tuple(_own().broken.values())


def find(name: str) -> Preset:
    """Return the preset of this name; a UsageError names the nearest, or what is wrong with its file."""
    presets = {preset.name: preset for preset in load_all()}
    if name not in presets:
        if broken := _own().broken.get(name):
            raise UsageError(broken)
        shown, names = clean(name, limit=80), ", ".join(list(presets)[:MOST_NAMED])
        more = f" and {len(presets) - MOST_NAMED} more" if len(presets) > MOST_NAMED else ""
        raise UsageError(
            f"there is no preset {shown!r}; the presets are {names}{more}{nearest(name, presets)}"
        )
    return presets[name]


def read(path: Path, *, own: bool = False) -> Preset:
    """Read one preset file; raises UsageError with one sentence."""
    if not NAME.fullmatch(path.stem):
        # run folders are named by their preset
        raise UsageError(
            f"preset {clean(path.name)} cannot be read: "
            "a preset's name is 1 to 64 lowercase letters, digits and hyphens"
        )
    try:
        text = read_small(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"preset {clean(path.name)} cannot be read: {clean(str(error))}") from error
    return parse(text, path.stem, own=own)


def parse(text: str, name: str, *, own: bool = False) -> Preset:
    """Return the preset of this name that a text in TOML describes; raises UsageError with one sentence."""
    table = read_table(text, f"{name}.toml")
    if "name" in table:
        raise UsageError(f"in preset {name}.toml: name is not allowed: a preset is named after its file")
    if "own" in table:
        raise UsageError(f"in preset {name}.toml: own is not allowed: it depends on the file's folder")
    try:
        return Preset.model_validate({"name": name, **table, "own": own})
    except ValidationError as error:
        raise usage_error(error, Preset, f"in preset {name}.toml: ") from error


@dataclass(frozen=True)
class _Own:
    """A person's own presets, in order, and a sentence for each file name whose file is left out."""

    presets: tuple[Preset, ...]
    broken: dict[str, str]


@lru_cache(maxsize=4)
def _shipped(folder: Path) -> tuple[Preset, ...]:
    return _in_order([read(path) for path in folder.glob("*.toml")])


def _own() -> _Own:
    place = own_folder()
    try:
        with os.scandir(place) as entries:
            files = sorted(
                (entry.name, stat.st_mtime_ns, stat.st_size, stat.st_ino)
                for entry in entries
                # a hidden one is an editor's, and only a plain file has an end
                if entry.name.endswith(".toml") and not entry.name.startswith(".") and _is_file(entry)
                for stat in [entry.stat()]
            )
    except FileNotFoundError:
        return _Own((), {})
    except OSError as error:
        why = clean(error.strerror or str(error))
        return _Own((), {"": f"your own presets in {clean(str(place))} cannot be read: {why}"})
    return _read_own(place, tuple(files), frozenset(preset.name for preset in _shipped(folder())))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


@lru_cache(maxsize=4)
def _read_own(place: Path, files: tuple[tuple[str, int, int, int], ...], taken: frozenset[str]) -> _Own:
    """Read the person's own files; with other times or sizes they are read again."""
    presets: list[Preset] = []
    broken: dict[str, str] = {}
    for path in (place / name for name, *_ in files):
        try:
            if path.stem in taken:
                raise UsageError(
                    f"your own preset {path.name} is ignored: tuilab has a preset of that name; rename "
                    "the file"
                )
            presets.append(read(path, own=True))
        except UsageError as error:
            broken[path.stem] = error.sentence
    return _Own(_in_order(presets), broken)


def _in_order(presets: list[Preset]) -> tuple[Preset, ...]:
    return tuple(sorted(presets, key=lambda preset: (preset.order, preset.name)))


def course_columns(experiment: Experiment) -> dict[str, str]:
    """Return the course's own columns for an experiment, derived from what it trains.

    ``loaded_vgg16_blocks`` (All, First 3), ``fine_tuning_performed`` (Yes where a layer of the
    base trains) and ``unfreezed_layers``; all ``-`` for a network without a base, the first for another base.
    """
    model = base_of(experiment.model)
    if model is None:
        return {"loaded_vgg16_blocks": "-", "fine_tuning_performed": "-", "unfreezed_layers": "-"}
    last = model.kept[-1]
    if model.base != COURSE_BASE:
        blocks = "-"
    elif model.kept == model.base_network.layers:
        blocks = "All"
    elif last.kind == "pool":
        blocks = f"First {last.block}"
    else:
        blocks = f"Up to {last.name}"
    return {
        "loaded_vgg16_blocks": blocks,
        "fine_tuning_performed": "Yes" if any(layer.tensors for layer in model.trained) else "No",
        "unfreezed_layers": describe(model.unfreeze, model.kept),
    }
