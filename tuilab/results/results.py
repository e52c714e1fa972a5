"""Runs as a results table: the course's columns, what it records, what was measured.

Rows that differ in images, weights or pixels are never put side by side as if they were alike:
``groups`` keeps them apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment
from tuilab.presets import Preset, course_columns
from tuilab.results.course import Standard, course_of, standard
from tuilab.runs.index import read_all
from tuilab.runs.metrics import FURTHER
from tuilab.runs.store import Manifest, Run
from tuilab.runs.summary import Summary
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
    "course_note",
    "split_seed",
    "training_accuracy",
    "created_at",
    *(name for metric in FURTHER for name in (metric.test, metric.val, f"training_{metric.name}")),
)
"""``accuracy`` is that on the test images, a share of 1, as the course's own table calls it; the others are
those after the last epoch. ``course_*`` are empty where a run trained on other images than the course's, and
``course_note`` says where on a part of them. ``created_at`` is ISO 8601, in UTC. The newer ones come last."""

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


Row = dict[str, Any]
"""A run: ``COLUMNS`` and their values, and ``settings``, all that it was asked to do by dotted keys."""


def rows(
    runs: Sequence[Run], preset: str | None = None, family: str | None = None
) -> tuple[list[Row], list[str]]:
    """Return the finished runs, and a sentence for each folder that could not be read.

    Args:
        runs: in any order.
        preset: only runs of this preset.
        family: only runs of presets of this family.

    Returns:
        Presets in the course's order, older runs first.
    """
    found, damaged = read_all(runs)
    origins = {summary.run.id: Origin(summary.manifest, experiment) for summary, experiment in found}
    find_once = cache(presets.find)
    order = {known.name: place for place, known in enumerate(presets.load_all())}
    members = {known.name for known in presets.load_all() if known.family == family}
    found.sort(key=lambda pair: pair[0].manifest.created)
    wanted = [
        row(summary, experiment, origins, find_once)
        for summary, experiment in found
        if summary.state == "done"
        and preset in (None, summary.manifest.preset)
        and (family is None or summary.manifest.preset in members)
    ]
    wanted.sort(key=lambda r: order.get(r["preset"], len(order)))
    return wanted, list(damaged.values())


def table(rows: Sequence[Row]) -> "pd.DataFrame":
    """Return rows as a pandas table: ``COLUMNS``, then a column for each setting that any of them has."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    # as objects: a setting that some runs leave unset stays a whole number in the others
    settings = pd.DataFrame([row["settings"] for row in rows], index=frame.index, dtype=object)
    return pd.concat(
        [frame.astype({"trained_tensors": "Int64", "training_images": "Int64"}), settings], axis=1
    )


@dataclass(frozen=True)
class Origin:
    """The run that a run starts from: what it was called, and what it trained."""

    manifest: Manifest
    experiment: Experiment


Origins = Mapping[str, Origin]
"""What is known of runs already, by their ids."""
Find = Callable[[str], Preset]
"""``presets.find``, or one that remembers: that of presets looks at their folders each time."""


def row(summary: Summary, experiment: Experiment, origins: Origins, find: Find) -> Row:
    """Return a run as a row; its parent's folder is read where ``origins`` does not hold it."""
    manifest = summary.manifest
    held_against = standard(course_of(manifest.preset, find), summary.dataset, experiment.training)
    return {
        **settings(experiment, manifest, _origin(summary, origins), find),
        **measured(summary),
        **course_cells(held_against),
        "settings": dotted(experiment),
    }


def settings(
    experiment: Experiment, manifest: Manifest, origin: Origin | None, find: Find = presets.find
) -> dict[str, Any]:
    """Return the columns that stand fixed when a run is made; what it was made from, what differs.

    Args:
        origin: the run that it starts from; None where it starts from none, or that one is gone.
        find: returns the preset of a name, or raises UsageError.
    """
    differs = changes(experiment, manifest.preset, find)
    if manifest.forked_at is not None:
        differs.append(f"fork of {manifest.parent} at epoch {manifest.forked_at}")
    elif manifest.parent is not None and origin is not None:
        differs += _start(manifest.parent, experiment, origin, find)
    return {
        "preset": manifest.preset or "-",
        "iteration": course_of(manifest.preset, find).iteration,
        **course_columns(experiment),
        "pixels": experiment.data.pixels,
        "seed": experiment.training.seed,
        "precision": experiment.training.precision,
        "changed": "; ".join(differs),
        "parent": manifest.parent,
        "created_at": datetime.fromtimestamp(manifest.created, UTC).isoformat(timespec="seconds"),
    }


def measured(summary: Summary) -> dict[str, Any]:
    """Return the columns that a run's journal fills; None for what it does not say (yet)."""
    dataset, weights, network, tested = summary.dataset, summary.weights, summary.network, summary.evaluated
    last = summary.epochs[-1] if summary.epochs else None
    further: dict[str, Any] = {}
    for metric in FURTHER:
        further[metric.test] = tested.value(metric.test) if tested else None
        further[metric.val] = last.value(metric.val) if last else None
        further[f"training_{metric.name}"] = last.value(metric.name) if last else None
    return {
        **further,
        "run": summary.run.id,
        "name": summary.manifest.name,
        "trained_tensors": network.trained_tensors if network else None,
        "accuracy": tested.test_accuracy if tested else None,
        "test_cross_entropy": tested.test_cross_entropy if tested else None,
        "training_accuracy": last.accuracy if last else None,
        "val_accuracy": last.val_accuracy if last else None,
        # a fork has its parent's from the first, whenever its worker comes to copy them
        "epochs": max(len(summary.epochs), summary.manifest.forked_at or 0),
        "seconds": round(summary.seconds, 1),
        "dataset": dataset.name if dataset else None,
        "training_images": dataset.training_images if dataset else None,
        "split_seed": dataset.split_seed if dataset else None,
        "weights": weights.name if weights else None,
        "device": summary.device.device if summary.device else None,
        "dataset_digest": dataset.digest if dataset else None,
        "weights_digest": weights.digest if weights else None,
    }


def course_cells(held_against: Standard) -> dict[str, Any]:
    """Return the columns that say what the course says of a run."""
    return {
        "course_recorded": held_against.course.recorded,
        "course_expected": held_against.band,
        "course_note": held_against.note or None,
    }


def changes(experiment: Experiment, preset: str | None, find: Find = presets.find) -> list[str]:
    """Return what an experiment changes in its preset, e.g. ``["model.bn_momentum=0.9"]``.

    What has a column of its own (images, weights, pixels, seed, limit, device, precision) is left out.
    """
    try:
        base = find(preset).experiment if preset else None
    except UsageError:
        return [f"preset {preset} no longer exists"]
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


def captions(firsts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a heading for each group of rows that may be compared, no two of them the same.

    Args:
        firsts: a row of each group.
    """
    plain = [_caption(row) for row in firsts]
    twins = [[row for row, other in zip(firsts, plain, strict=True) if other == text] for text in plain]
    return [f"{text}{_told_apart(row, among)}" for text, row, among in zip(plain, firsts, twins, strict=True)]


def _told_apart(row: Mapping[str, Any], among: Sequence[Mapping[str, Any]]) -> str:
    """Return what tells a row from others of the same caption: the beginnings of the digests that differ."""
    differs = [
        f"; {name} {clean(row[column][:8]) if row[column] else 'not recorded'}"
        for name, column in (("images", "dataset_digest"), ("weights", "weights_digest"))
        if len({other[column] for other in among}) > 1
    ]
    return "".join(differs)


def _caption(row: Mapping[str, Any]) -> str:
    seed = row["split_seed"]
    split = "" if seed is None else f" (test images split off with seed {seed})"
    weights = "" if row["weights"] == "-" else f"; weights: {_named(row['weights'])}"
    marked = " (RANDOM: nothing learned from ImageNet)" if row["weights"] == "random" else ""
    return f"{_named(row['dataset'])}{split}{weights}{marked}; pixels: {row['pixels']}"


def _named(name: object) -> str:
    return clean(name) if isinstance(name, str) else "unknown"


def groups(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return the rows that may be compared with each other, of the same images, weights and pixels, each
    group below a heading of its own."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(alike(row), []).append(row)
    headings = captions([group[0] for group in found.values()])
    return list(zip(headings, found.values(), strict=True))
