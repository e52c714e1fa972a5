"""From a preset and changed settings to the runs that have to be trained, parents first."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment, base_of
from tuilab.experiment.overrides import parse_assignment, with_overrides
from tuilab.experiment.sentences import NOT_UTF8, PLAIN_NAME
from tuilab.presets import Preset
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources.named import DATASETS
from tuilab.terminal import clean, readable

OWN = ("optimizer.", "model.unfreeze", "training.epochs", "training.batch_size", "continue_from")
"""Settings that belong to one step of training: a parent that has to be trained keeps its own.

All others (images, weights, network, seed, limit, precision, device) are shared: the
parent is trained, or looked for, with the child's.
"""

SAME_TENSORS = (
    "model.unfreeze",
    "model.dropout",
    "model.bn_momentum",
    "model.l1",
    "model.l2",
    "model.decay_dense",
    "model.head.dropout",
    "model.head.bn_momentum",
)
"""Settings of a network that leave its tensors what they are: in them it may differ from the one that it
starts from."""


@dataclass
class PlannedRun:
    """One run to train. Make it with ``start`` once the steps before it are done.

    Attributes:
        experiment: what it trains.
        preset: the preset it comes from.
        name: the person's own words for it.
        parent: the run it starts from; None if it starts fresh or where ``after`` makes it.
        after: the step that trains its parent.
        shares_with: the run, or the step before this one, whose training it shares where
            ``sharing.same_training`` says that it is one; that one has to keep all its checkpoints and to
            record the batch statistics.
        notes: what a person should be told before it starts.
    """

    experiment: Experiment
    preset: str
    name: str = ""
    parent: Run | None = None
    after: "PlannedRun | None" = None
    shares_with: "PlannedRun | Run | None" = None
    notes: list[str] = field(default_factory=list)
    run: Run | None = None

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Make the run folder, and these files in it; raises RunError if that cannot be done."""
        origin = self.origin
        self.run = store.create(
            self.experiment,
            preset=self.preset,
            name=self.name,
            parent=origin.id if origin else None,
            shares=self.shares,
            beside=beside,
        )
        return self.run

    @property
    def origin(self) -> Run | None:
        """The run from whose trained model it starts; None for a fresh one."""
        return self.after.run if self.after is not None else self.parent

    @property
    def shares(self) -> str | None:
        """The id of the run whose training it shares; None for one that trains by itself."""
        leader = self.shares_with.run if isinstance(self.shares_with, PlannedRun) else self.shares_with
        if leader is None and self.shares_with is not None:
            raise ValueError("the run whose training is shared must be made before those that share it")
        return leader.id if leader is not None else None

    @property
    def waits_for(self) -> Run | None:
        """The run that has to be done before this one can start."""
        return self.origin


def plan(
    preset: str,
    assignments: Sequence[str],
    given: Mapping[str, Any],
    *,
    name: str = "",
    parent: str | None = None,
) -> list[PlannedRun]:
    """Return the runs to train, parents first; the last one is what was asked for.

    A preset that continues another's model takes the newest finished run of that preset with the
    same experiment digest, which covers images, weights and seed; if there is none, the parent
    is planned too.

    Args:
        preset: a preset's name.
        assignments: ``a.b=value`` texts.
        given: dotted settings from options of their own, e.g. ``{"training.seed": 2}``.
        name: the person's own words for the run.
        parent: a run to start from instead.

    Raises:
        UsageError: an unknown preset, setting or run, a value that is not allowed, a setting given twice.
    """
    chosen = presets.find(preset)
    settings = gather(assignments, given)
    if "model.weights" in settings and base_of(chosen.experiment.model) is None:
        kind = settings.get("model.kind", "cnn")
        if kind != "transfer":
            raise UsageError(
                f"model.weights cannot be used with preset {preset!r}: its network has no base to load "
                "weights into"
            )
    if len(name) > 200:
        raise UsageError(f"a name of {len(name)} characters is not allowed: it must be at most 200")
    experiment = _absolute(with_overrides(chosen.experiment, settings))
    step = PlannedRun(experiment, preset, name)
    if parent is not None:
        step.parent = _finished(store.find(parent))
        _must_fit(step.parent, experiment)
        return [step]
    return [*_parents(step, settings, seen=(preset,)), step]


def gather(assignments: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Merge ``--set`` texts and options; a setting given twice is refused rather than one of them dropped.

    A table, as in ``--set training={epochs=3}``, is taken as the settings in it: the others stay.
    """
    settings = dict(given)
    for text in assignments:
        for key, value in flat(*parse_assignment(text)):
            if key in settings:
                raise UsageError(
                    f"{clean(key, limit=80)} is given twice: {settings[key]!r} and {value!r}; give it once"
                )
            settings[key] = value
    return settings


def flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a setting, or those of a table, with dotted keys."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from flat(f"{key}.{name}", inside)
    else:
        yield key, value


def newest_finished(lineage: Sequence[Experiment]) -> Run | None:
    """Return the newest run that finished an experiment and still has its trained model.

    Args:
        lineage: the experiment, then the one that its run must have started from, and so on; a run
            that started from a different model belongs to a different experiment, whatever its own settings.
    """
    for run in reversed(store.list_runs()):
        try:
            if _descends(run, lineage) and _has_model(run):
                return run
        except UsageError:
            continue  # a damaged folder is nobody's parent; results names it
    return None


def _descends(run: Run, lineage: Sequence[Experiment]) -> bool:
    manifest = run.manifest()
    if manifest.experiment_digest != lineage[0].digest:
        return False
    if manifest.parent is None or len(lineage) == 1:
        return manifest.parent is None and len(lineage) == 1
    return _descends(store.find(manifest.parent), lineage[1:])


def _parents(step: PlannedRun, settings: Mapping[str, Any], seen: tuple[str, ...]) -> Iterator[PlannedRun]:
    name = step.experiment.continue_from
    if name is None:
        return
    lineage = list(_lineage(name, settings, seen))
    _must_start_from(step, name, lineage[0])
    found = newest_finished(lineage)
    if found is not None:
        step.parent = found
        step.notes.append(
            f"{step.preset} starts from {found.id}, the newest finished run of {name} that fits"
        )
        return
    before = PlannedRun(lineage[0], name)
    before.notes.append(
        f"{step.preset} starts from a trained {name}, and no finished run of it has the same experiment, "
        "data, weights and seed, so it is trained first"
    )
    step.after = before
    yield from _parents(before, settings, (*seen, name))
    yield before


def _lineage(name: str, settings: Mapping[str, Any], seen: tuple[str, ...]) -> Iterator[Experiment]:
    """Yield what a preset trains with the shared ``settings``, then what it starts from, and so on."""
    if name in seen:
        raise UsageError(f"the presets {' -> '.join((*seen, name))} continue each other in a circle")
    origin: Preset = presets.find(name)
    shared = {key: value for key, value in settings.items() if not key.startswith(OWN)}
    yield _absolute(with_overrides(origin.experiment, shared))
    if origin.experiment.continue_from is not None:
        yield from _lineage(origin.experiment.continue_from, settings, (*seen, name))


def _has_model(run: Run) -> bool:
    summary = summarize(run)
    return summary.state == "done" and any((run.checkpoints / name).is_dir() for name in summary.checkpoints)


def _finished(run: Run) -> Run:
    if not _has_model(run):
        raise UsageError(
            f"--from {run.id} is not allowed: that run did not finish, so it has no trained model"
        )
    return run


def _must_fit(parent: Run, experiment: Experiment) -> None:
    """Refuse a parent of another network; which layers train may differ, the layers may not."""
    there, here = dotted(parent.experiment()), dotted(experiment)
    for key in {**here, **there}:
        if key.startswith("model.") and key != "model.unfreeze" and there.get(key) != here.get(key):
            raise UsageError(
                f"--from {parent.id} is not allowed: its network is different: {key} is "
                f"{there.get(key)!r} there and {here.get(key)!r} here"
            )


def _must_start_from(step: PlannedRun, name: str, parent: Experiment) -> None:
    """Refuse a parent that would be trained to its end before its weights or images are found not to fit."""
    there, here = dotted(parent), dotted(step.experiment)
    may_differ = {"model.weights", *SAME_TENSORS}
    keys = [key for key in {**here, **there} if key.startswith("model.") and key not in may_differ]
    for key in [*keys, "data.source"]:
        if there.get(key) != here.get(key):
            what = "images are different" if key == "data.source" else "network is different"
            raise UsageError(
                f"{step.preset} cannot start from a trained {name}: its {what}: {key} is "
                f"{there.get(key)!r} there and {here.get(key)!r} here"
            )


def _absolute(experiment: Experiment) -> Experiment:
    """Return the experiment with paths that mean the same from every folder."""
    data, model, base = experiment.data, experiment.model, base_of(experiment.model)
    if data.source not in DATASETS:
        data = data.model_copy(update={"source": _place(data.source)})
    if base is not None and base.weights not in {"imagenet", "random"}:
        bare = not os.path.exists(base.weights) and os.sep not in base.weights and "." not in base.weights  # noqa: PTH110 - false for a text that can be no path
        # a word that names nothing stays a word: whoever reads it says which names there are
        model = base if bare else base.model_copy(update={"weights": _place(base.weights)})
    return experiment.model_copy(update={"data": data, "model": model})


def _place(path: str) -> str:
    try:
        place = str(Path(path).expanduser().absolute())
    except RuntimeError:
        return path  # the home of a user who is not there: whoever reads it says so
    if readable(place) != place:  # a folder above it; the rest was looked at before
        raise UsageError(f"{clean(place)} is not allowed: {NOT_UTF8}", PLAIN_NAME)
    return place
