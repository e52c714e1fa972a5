"""What a run changes in its preset, and what it starts from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment
from tuilab.presets import Preset
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary

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


@dataclass(frozen=True)
class Origin:
    """The run that a run starts from: what it was called, and what it trained."""

    manifest: Manifest
    experiment: Experiment


Origins = Mapping[str, Origin]
"""What is known of runs already, by their ids."""
Find = Callable[[str], Preset]
"""``presets.find``, or one that remembers: that of presets looks at their folders each time."""


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


def all_changes(
    experiment: Experiment, manifest: Manifest, origin: Origin | None, find: Find = presets.find
) -> list[str]:
    """Return what a run changes in its preset, then the run that it starts from if that is a different one.

    Args:
        origin: the run that it starts from; None if it starts from none, or that one is gone.
        find: returns the preset of a name, or raises UsageError.
    """
    differs = changes(experiment, manifest.preset, find)
    if manifest.forked_at is not None:
        differs.append(f"fork of {manifest.parent} at epoch {manifest.forked_at}")
    elif manifest.parent is not None and origin is not None:
        differs += _start(manifest.parent, experiment, origin, find)
    return differs


def origin_of(summary: Summary, origins: Origins) -> Origin | None:
    """Return the run that a run starts from; its folder is read where ``origins`` does not hold it."""
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
    """Return the run that a run starts from, if that is not what its preset starts from."""
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
