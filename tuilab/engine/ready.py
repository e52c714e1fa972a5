"""What learns and is measured: the whole network and the images, or what stands behind its frozen part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tuilab import presets
from tuilab.engine import freezing, pixels, splits
from tuilab.engine.fast import features, quick_layers
from tuilab.engine.fast.frozen_part import FeatureSource, FrozenPart, LaterUse
from tuilab.engine.leading_run import leader_of, uses_features
from tuilab.engine.telemetry import Reporter
from tuilab.experiment.experiment import Experiment, learns
from tuilab.experiment.network import layer_stack
from tuilab.experiment.workload import frozen_part
from tuilab.runs.checkpoints import Saved
from tuilab.runs.journal.records import DatasetRecord, Note
from tuilab.runs.run import Manifest, Run

PASSES = 2
"""Passes over the images where nothing is trained: one takes the means, one measures."""


@dataclass(frozen=True)
class Ready:
    """A network and the images, as they learn and are measured.

    Attributes:
        network: the whole one, or what stands behind its frozen part.
        scale: what its input goes through.
        training: what it learns from.
        validation, test: what it is measured on.
        features: whether the images are the output of the frozen part.
    """

    network: Any
    scale: pixels.Scale
    training: splits.Split
    validation: splits.Split
    test: splits.Split
    features: bool


@dataclass(frozen=True)
class Preparation:
    """What decides whether a run's frozen part is computed once.

    Attributes:
        run, manifest, experiment: the run.
        saved: the checkpoint that it continues from.
        epochs: whole ones that need not be trained again.
        report: takes phases and notes.
        should_stop: asked at every batch boundary.
        xla: whether XLA compiles the steps of training.
    """

    run: Run
    saved: Saved | None
    manifest: Manifest
    experiment: Experiment
    epochs: int
    report: Reporter
    should_stop: Callable[[], bool]
    xla: bool = False

    def prepare(
        self, network: Any, scale: pixels.Scale, parts: splits.Splits, dataset: DatasetRecord
    ) -> Ready:
        """Return the images as features where the network has a frozen part and that pays.

        Raises:
            StopRequested: asked to stop.
        """
        rest = quick_layers.rebuilt(network, xla=self.xla)
        divided, chosen = features.cut(network, xla=self.xla), parts.chosen
        if divided is not None:
            found = self._features(divided, FeatureSource(self.experiment, dataset.taken, parts, scale))
            if found is None:
                divided = None
            else:
                rest, scale, parts = divided.rest, pixels.unscaled, found
        freezing.check_rest(rest, network)
        training = parts.training if chosen is None else parts.training.rows(chosen)
        return Ready(rest, scale, training, parts.validation, parts.test, divided is not None)

    def _features(self, divided: features.Cut, source: FeatureSource) -> splits.Splits | None:
        """Return the images as features; None if each epoch goes through the whole network."""
        experiment, saved = self.experiment, self.saved
        frozen = FrozenPart(divided, source, self._later_uses(divided), self.report, self.should_stop)
        left = experiment.training.epochs - self.epochs if learns(experiment.model) else PASSES
        choice = frozen.choose(left)
        if saved is not None and saved.manifest.experiment_digest == experiment.digest:
            # rounding differs between the two ways: a run that continues keeps to the one that it began with
            choice = replace(choice, use=saved.manifest.features)
        elif self.manifest.shares is not None and experiment.training.features == "auto":
            theirs = uses_features(leader_of(self.run, self.manifest))
            if theirs not in (None, choice.use):
                choice = replace(choice, use=theirs, reason="so it is where its training is shared")
        once = "once" if choice.use else "in every epoch"
        self.report(Note(text=f"the output of {divided.after} is computed {once}: {choice.reason}"))
        return frozen.splits(choice) if choice.use else None

    def _later_uses(self, divided: features.Cut) -> list[LaterUse]:
        """Return what the presets that continue this run's preset will want of earlier layers."""
        known = [layer.name for layer in divided.base.layers]
        before = known[: known.index(divided.after)]
        epochs: dict[str, int] = {}
        for preset in presets.load_all():
            frozen = frozen_part(layer_stack(preset.experiment))
            if preset.experiment.continue_from == self.manifest.preset and frozen:
                name = frozen[-1].name
                epochs[name] = max(epochs.get(name, 0), preset.experiment.training.epochs)
        return [LaterUse(name, count) for name, count in epochs.items() if name in before]
