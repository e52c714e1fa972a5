"""Runs as a results table (pandas): the course's columns, what it records, what was measured.

Rows that differ in images, weights or pixels are never put side by side as if they were alike:
``groups`` keeps them apart.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.presets import Preset, course_columns
from tuilab.runs.index import read_all
from tuilab.runs.outcome import course_of
from tuilab.runs.store import Manifest, Run
from tuilab.runs.summary import Summary
from tuilab.spec.dotted import dotted
from tuilab.spec.experiment import Experiment
from tuilab.terminal import clean

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "run",
    "name",
    "preset",
    "iteration",
    "loaded_vgg16_blocks",
    "fine_tuning_performed",
    "unfreezed_layers",
    "trained_tensors",
    "accuracy",
    "course_recorded",
    "course_expected",
    "test_cross_entropy",
    "val_accuracy",
    "epochs",
    "seconds",
    "dataset",
    "training_images",
    "weights",
    "pixels",
    "seed",
    "precision",
    "device",
    "changed",
    "parent",
    "dataset_digest",
    "weights_digest",
)
"""``accuracy`` is that on the test images, a share of 1, as the course's own table calls it."""

_ALIKE = ["dataset_digest", "dataset", "weights_digest", "weights", "pixels"]
_HAS_A_COLUMN = frozenset(
    {
        "data.source",
        "data.pixels",
        "model.weights",
        "training.seed",
        "training.limit",
        "training.device",
    }
)


def table(
    runs: Sequence[Run], preset: str | None = None, family: str | None = None
) -> tuple["pd.DataFrame", list[str]]:
    """Return the finished runs as a table, and a sentence for each folder that could not be read.

    Args:
        runs: in the order of the table before presets are sorted.
        preset: only runs of this preset.
        family: only runs of presets of this family.

    Returns:
        A DataFrame with ``COLUMNS``, presets in the course's order, older runs first.
    """
    import pandas as pd

    found, damaged = read_all(runs)
    origins = {summary.run.id: Origin(summary.manifest, experiment) for summary, experiment in found}
    find_once = cache(presets.find)
    order = {known.name: place for place, known in enumerate(presets.load_all())}
    members = {known.name for known in presets.load_all() if known.family == family}
    rows = [
        row(summary, experiment, origins, find_once)
        for summary, experiment in found
        if summary.state == "done"
        and preset in (None, summary.manifest.preset)
        and (family is None or summary.manifest.preset in members)
    ]
    rows.sort(key=lambda r: (order.get(r["preset"], len(order)), r["run"]))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"trained_tensors": "Int64", "training_images": "Int64"}), list(damaged.values())


@dataclass(frozen=True)
class Origin:
    """The run that a run starts from: what it was called, and what it trained."""

    manifest: Manifest
    experiment: Experiment


Origins = Mapping[str, Origin]
"""What is known of runs already, by their ids."""
Find = Callable[[str], Preset]
"""``presets.find``, or one that remembers: that of presets looks at their folders each time."""


def row(summary: Summary, experiment: Experiment, origins: Origins, find: Find) -> dict[str, Any]:
    """Return a run as a row; its parent's folder is read where ``origins`` does not hold it."""
    manifest = summary.manifest
    return {**settings(experiment, manifest, _origin(summary, origins), find), **measured(summary)}


def settings(
    experiment: Experiment, manifest: Manifest, origin: Origin | None, find: Find = presets.find
) -> dict[str, Any]:
    """Return the columns that stand fixed when a run is made; what it was made from, what differs.

    Args:
        origin: the run that it starts from; None where it starts from none, or that one is gone.
        find: returns the preset of a name, or raises UsageError.
    """
    course = course_of(manifest.preset, find)
    differs = changes(experiment, manifest.preset, find)
    if manifest.forked_at is not None:
        differs.append(f"fork of {manifest.parent} at epoch {manifest.forked_at}")
    elif manifest.parent is not None and origin is not None:
        differs += _start(manifest.parent, experiment, origin, find)
    return {
        "preset": manifest.preset or "-",
        "iteration": course.iteration,
        **course_columns(experiment),
        "course_recorded": course.recorded,
        "course_expected": "-".join(f"{share:.2f}" for share in course.expected) if course.expected else None,
        "pixels": experiment.data.pixels,
        "seed": experiment.training.seed,
        "precision": experiment.training.precision,
        "changed": "; ".join(differs),
        "parent": manifest.parent,
    }


def measured(summary: Summary) -> dict[str, Any]:
    """Return the columns that a run's journal fills; None for what it does not say (yet)."""
    dataset, weights, network, tested = summary.dataset, summary.weights, summary.network, summary.evaluated
    return {
        "run": summary.run.id,
        "name": summary.manifest.name,
        "trained_tensors": network.trained_tensors if network else None,
        "accuracy": tested.test_accuracy if tested else None,
        "test_cross_entropy": tested.test_cross_entropy if tested else None,
        "val_accuracy": summary.epochs[-1].val_accuracy if summary.epochs else None,
        "epochs": len(summary.epochs),
        "seconds": round(summary.seconds, 1),
        "dataset": dataset.name if dataset else None,
        "training_images": dataset.training_images if dataset else None,
        "weights": weights.name if weights else None,
        "device": summary.device.device if summary.device else None,
        "dataset_digest": dataset.digest if dataset else None,
        "weights_digest": weights.digest if weights else None,
    }


def changes(experiment: Experiment, preset: str | None, find: Find = presets.find) -> list[str]:
    """Return what an experiment changes in its preset, e.g. ``["model.bn_momentum=0.9"]``.

    What has a column of its own (images, weights, pixels, seed, limit, device, precision) is left out.
    """
    try:
        base = find(preset).experiment if preset else None
    except UsageError:
        return [f"preset {preset} is gone"]
    if base is None:
        return []
    ours, theirs = dotted(experiment), dotted(base)
    keys = [key for key in ours if ours[key] != theirs.get(key) and key not in _HAS_A_COLUMN]
    return [f"{key}={ours[key]}" for key in keys]


def _origin(summary: Summary, origins: Origins) -> Origin | None:
    if summary.manifest.parent is None:
        return None
    if summary.manifest.parent in origins:
        return origins[summary.manifest.parent]
    parent = Run(summary.run.folder.parent / summary.manifest.parent)
    try:
        return Origin(parent.manifest(), parent.experiment())
    except UsageError:
        return None  # it is gone; the column parent still names it


def _start(parent: str, experiment: Experiment, origin: Origin, find: Find) -> list[str]:
    """Return the run that a run starts from, where that is not what its preset starts from."""
    theirs, base = origin.manifest, origin.experiment
    differs = changes(base, theirs.preset, find)
    differs += [
        f"training.{name}={value}"
        for name in ("seed", "limit")
        if (value := getattr(base.training, name)) != getattr(experiment.training, name)
    ]
    if theirs.parent is not None and base.continue_from is None:
        differs.append(f"from={theirs.parent}")
    if theirs.preset == experiment.continue_from and not differs:
        return []
    return [f"from={parent}" + (f" ({'; '.join(differs)})" if differs else "")]


def alike(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what two rows must share before their accuracies may be compared."""
    return tuple(row[column] for column in _ALIKE)


def caption(row: Mapping[str, Any]) -> str:
    """Return what a group of rows that may be compared has in common, as one line."""
    weights = "" if row["weights"] == "-" else f"; weights: {_named(row['weights'])}"
    marked = " (RANDOM: no ImageNet knowledge)" if row["weights"] == "random" else ""
    return f"{_named(row['dataset'])}{weights}{marked}; pixels: {row['pixels']}"


def _named(name: object) -> str:
    return clean(name) if isinstance(name, str) else "unknown"


def groups(frame: "pd.DataFrame") -> Iterator["pd.DataFrame"]:
    """Yield the rows that may be compared with each other: same images, weights and pixels."""
    for _, group in frame.groupby(_ALIKE, sort=False, dropna=False):
        yield group
