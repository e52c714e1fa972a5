"""The experiment in the network pane: a preset or a fork of a run, what a person changed, and undo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tuilab import presets
from tuilab.experiment import Experiment
from tuilab.experiment.dotted import dotted
from tuilab.experiment.overrides import with_overrides
from tuilab.lab.data_choice import DataChoice
from tuilab.lab.fork import changeable, check_changes
from tuilab.presets import Preset
from tuilab.runs.run import Run

_DEEPEST = 200
"""Changes that can be undone."""


@dataclass(frozen=True)
class ForkPoint:
    """Where a fork in the network pane continues.

    Attributes:
        run: its parent.
        label: what the parent is called where there is little room; clean.
        epoch: the parent's epoch after which it continues.
        experiment: what the parent trains.
    """

    run: Run
    label: str
    epoch: int
    experiment: Experiment

    @property
    def words(self) -> str:
        """What it is, in a few words; clean."""
        return f"fork of {self.label} at epoch {self.epoch}"


@dataclass(frozen=True)
class _State:
    preset: Preset
    experiment: Experiment
    fork: ForkPoint | None = None


class Draft:
    """A preset's experiment, or a run's of which a fork is to be made, changed step by step."""

    def __init__(self, preset: str, data_choice: DataChoice | None = None) -> None:
        """Begin with a preset on the person's own images and weights.

        Raises:
            UsageError: there is no preset of this name.
        """
        self.data_choice = data_choice or DataChoice()
        """The images and weights that presets stand on; another holds for presets chosen from then on."""
        chosen = presets.find(preset)
        self._now = _State(chosen, self._standing(chosen))
        self._before: list[_State] = []
        self._after: list[_State] = []
        self.forgotten = 0
        """Changes that are too old to be undone."""

    @property
    def preset(self) -> Preset:
        """The preset that it began from; of a fork the parent's."""
        return self._now.preset

    @property
    def fork(self) -> ForkPoint | None:
        """Where it continues, if it is a fork."""
        return self._now.fork

    @property
    def name(self) -> str:
        """What it began from, in a few words."""
        return self.fork.words if self.fork else self.preset.name

    @property
    def start(self) -> Experiment:
        """Where changes are counted from: the preset on the person's images and weights, or the parent."""
        return self.fork.experiment if self.fork else self._standing(self.preset)

    @property
    def experiment(self) -> Experiment:
        """What would be trained."""
        return self._now.experiment

    @property
    def left(self) -> Experiment:
        """The same with the epochs alone that are left to train: of a fork not those before it."""
        if self.fork is None:
            return self.experiment
        return with_overrides(
            self.experiment, {"training.epochs": self.experiment.training.epochs - self.fork.epoch}
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What differs from the preset: dotted keys and new values, as ``tuilab.lab.plan.plan`` takes them.

        A setting that the preset has and the draft does not (an unset limit) is ``"none"``.
        """
        return differences(self.preset.experiment, self.experiment)

    @property
    def changes(self) -> dict[str, Any]:
        """What a person changed: as ``settings``, less the images and weights that they chose for all."""
        return differences(self.start, self.experiment)

    @property
    def depth(self) -> int:
        """How many changes can be undone."""
        return len(self._before)

    def can_change(self, key: str) -> bool:
        """Return whether a dotted setting may be another: a fork keeps its parent's network and images."""
        return self.fork is None or changeable(key)

    def choose(self, preset: str) -> None:
        """Take another preset, unchanged; raises UsageError if there is none of this name."""
        chosen = presets.find(preset)
        self._go(_State(chosen, self._standing(chosen)))

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change dotted settings, all or none.

        Raises:
            UsageError: an unknown key, a value that is not allowed, or a setting that a fork cannot change;
                nothing is changed then.
        """
        experiment = with_overrides(self.experiment, settings)
        if self.fork is not None:
            check_changes(self.fork.experiment, experiment, self.fork.epoch)
        self._go(replace(self._now, experiment=experiment))

    def take(self, preset: str, experiment: Experiment) -> None:
        """Load a run's own preset and experiment; raises UsageError for a preset that is gone."""
        self._go(_State(presets.find(preset), experiment))

    def load_fork(self, preset: str, experiment: Experiment, fork: ForkPoint) -> None:
        """Load a fork; raises UsageError for a preset that is gone."""
        self._go(_State(presets.find(preset), experiment, fork))

    def reset(self) -> None:
        """Go back to the preset, unchanged, and leave a fork; can be undone like any change."""
        self._go(_State(self.preset, self._standing(self.preset)))

    def undo(self) -> bool:
        """Undo the last change; False if there is none."""
        if not self._before:
            return False
        self._after.append(self._now)
        self._now = self._before.pop()
        return True

    def redo(self) -> bool:
        """Make the change again that was undone; False if there is none."""
        if not self._after:
            return False
        self._before.append(self._now)
        self._now = self._after.pop()
        return True

    def forget(self) -> None:
        """Begin here: what led to this cannot be undone."""
        self._before.clear()
        self._after.clear()

    def _standing(self, preset: Preset) -> Experiment:
        return with_overrides(preset.experiment, self.data_choice.settings(preset.experiment))

    def _go(self, state: _State) -> None:
        if state == self._now:
            return
        self.forgotten += len(self._before) == _DEEPEST
        self._before = [*self._before[-_DEEPEST + 1 :], self._now]
        self._after.clear()
        self._now = state


def differences(before: Experiment, after: Experiment) -> dict[str, Any]:
    """Return the dotted settings that lead from one experiment to another, in the order of the settings.

    ``with_overrides(before, differences(before, after)) == after``. A setting that is gone is ``"none"``.
    If the model or the optimizer is of another kind, its settings are compared with those that the
    change of kind alone leads to.
    """
    kinds = {"model.kind": after.model.kind, "optimizer.kind": after.optimizer.kind}
    changed = {key: kind for key, kind in kinds.items() if kind != _kind_of(before, key)}
    # a network of another kind learns, unless more is said: it needs epochs, which class means do not have
    epochs = {"training.epochs": before.training.epochs or 1} if "model.kind" in changed else {}
    theirs = {
        **dotted(with_overrides(before, {**changed, **epochs})),
        "training.epochs": before.training.epochs,
    }
    ours = dotted(after)
    return {
        key: "none" if value is None else value
        for key, value in ours.items()
        if key in changed or theirs[key] != value
    }


def _kind_of(experiment: Experiment, key: str) -> str:
    return experiment.model.kind if key == "model.kind" else experiment.optimizer.kind
