"""Presets: named experiments, one TOML file each.

A preset is a file ``presets/NAME.toml``: what it is called and teaches, what the course
says of it, and the experiment. Adding one is adding a file; nothing else knows their names.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from tuilab.errors import UsageError, nearest
from tuilab.spec.experiment import Experiment, Part, TransferSpec
from tuilab.spec.sentences import usage_error
from tuilab.spec.toml import read_table
from tuilab.spec.unfreeze import describe, trained_layers
from tuilab.spec.vgg16 import up_to
from tuilab.terminal import clean

Share = Annotated[float, Field(ge=0, le=1)]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Course(Part):
    """What the course's document says of a preset."""

    iteration: str = "-"
    """What its results table calls it: I, II, III, IV; ``-`` where it does not."""

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


def folder() -> Path:
    """Return the folder of preset files: inside the installed package, or the checkout's own."""
    installed = Path(__file__).with_name("preset_files")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "presets"


@cache
def load_all() -> tuple[Preset, ...]:
    """Read every preset, in order.

    Raises:
        UsageError: a preset file that is not valid; the sentence names file and key.
    """
    presets = [read(path) for path in sorted(folder().glob("*.toml"))]
    return tuple(sorted(presets, key=lambda preset: (preset.order, preset.name)))


def find(name: str) -> Preset:
    """Return the preset of this name; a UsageError names the nearest."""
    presets = {preset.name: preset for preset in load_all()}
    if name not in presets:
        shown, names = clean(name, limit=80), ", ".join(presets)
        raise UsageError(f"there is no preset {shown!r}; there are {names}{nearest(name, presets)}")
    return presets[name]


def read(path: Path) -> Preset:
    """Read one preset file; raises UsageError with one sentence."""
    if not _NAME.fullmatch(path.stem):
        # run folders are named by their preset
        raise UsageError(
            f"preset {clean(path.name)} cannot be read: "
            "a preset's name is 1 to 64 small letters, digits and hyphens"
        )
    try:
        table = read_table(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"preset {clean(path.name)} cannot be read: {clean(str(error))}") from error
    if "name" in table:
        raise UsageError(f"in preset {path.name}: name is not allowed: the file's name is the preset's")
    try:
        return Preset.model_validate({"name": path.stem, **table})
    except ValidationError as error:
        raise usage_error(error, Preset, f"in preset {clean(path.name)}: ") from error


def course_columns(experiment: Experiment) -> dict[str, str]:
    """Return the course's own columns for an experiment, derived from what it trains.

    ``loaded_vgg16_blocks`` (All, First 3), ``fine_tuning_performed`` (Yes where a layer of the
    base trains) and ``unfreezed_layers``; all ``-`` for a network without a base.
    """
    model = experiment.model
    if not isinstance(model, TransferSpec):
        return {"loaded_vgg16_blocks": "-", "fine_tuning_performed": "-", "unfreezed_layers": "-"}
    kept = up_to(model.last_layer)
    whole_blocks = kept[-1].kind == "pool"
    if model.last_layer == "block5_pool":
        blocks = "All"
    elif whole_blocks:
        blocks = f"First {kept[-1].block}"
    else:
        blocks = f"Up to {model.last_layer}"
    trained = trained_layers(model.unfreeze, model.last_layer)
    return {
        "loaded_vgg16_blocks": blocks,
        "fine_tuning_performed": "Yes" if any(layer.tensors for layer in trained) else "No",
        "unfreezed_layers": describe(model.unfreeze, model.last_layer),
    }
