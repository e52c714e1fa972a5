"""The process of a rate test: ``python -m tuilab.engine.rate_test LOG``.

It reads one line from its standard input, what is to be tested (``rate.request``), and says on its standard
output, a line of JSON each, what happens (``rate.said``). It ends early where its input is closed: whoever
asked for the test wants it no more, or is gone. It writes nothing but frozen features into the cache, as
training does.
"""

import sys
import time
from pathlib import Path
from typing import Any

from tuilab.engine import (
    checkpoints,
    devices,
    freezing,
    networks,
    optimizers,
    pixels,
    rate_steps,
    splits,
    weights,
)
from tuilab.engine.beside import Speaker, run_beside
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.fast import features, quick_layers
from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.engine.fast.frozen_part import FeatureSource, FrozenPart
from tuilab.engine.fast.placement import place_of
from tuilab.engine.image_loading import load_images
from tuilab.engine.step import Steps, StepWay
from tuilab.engine.telemetry import Reporter
from tuilab.errors import MissingError
from tuilab.experiment.experiment import base_of
from tuilab.rate.curve import growing_rates
from tuilab.rate.request import RateRequest
from tuilab.rate.said import RateEnded
from tuilab.runs.checkpoints import Saved, newest, read
from tuilab.runs.journal.records import DatasetRecord, Note, PhaseName
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources.base_weights import load_weights
from tuilab.sources.progress import Unit


class RateTest:
    """One test, from its images to its last step."""

    def __init__(self, request: RateRequest, speaker: Speaker) -> None:
        """Prepare."""
        self._request, self._speaker = request, speaker
        self._report = Reporter(speaker)

    def main(self) -> None:
        """Test.

        Raises:
            StopRequested: before the first step.
            TuilabError: it cannot be done; the sentence says why.
        """
        experiment = self._request.experiment
        choice = devices.reserve(experiment.training.device)
        devices.room_beside(choice, experiment)  # images stay in main memory
        loading = EarlyLoading(experiment.data.source)
        dataset, parts = load_images(experiment, self._report, None, self._progress)
        self._report.phase("starting", "TensorFlow")
        loading.wait(self._pause)
        self._report(devices.prepare(choice, experiment.training, many_steps=False))
        import keras

        saved = self._saved()
        base = self._load_base(saved)
        self._pause()
        self._report.phase("compiling")
        keras.utils.set_random_seed(experiment.training.seed)
        network = networks.build(experiment.model, len(dataset.classes))
        self._report(weights.fill(network, experiment, base, dataset, self._origin(saved)))
        self._report(freezing.check(network, experiment.model))
        scale = pixels.scaling(experiment.data.pixels, parts.training.images)
        self._test(network, scale, parts, dataset, saved)

    def _test(
        self,
        network: Any,
        scale: pixels.Scale,
        parts: splits.Splits,
        dataset: DatasetRecord,
        saved: Saved | None,
    ) -> None:
        request, experiment = self._request, self._request.experiment
        training = experiment.training
        rest, divided = quick_layers.rebuilt(network), features.cut(network)
        if divided is not None:
            source = FeatureSource(experiment, dataset.taken, parts, scale)
            frozen = FrozenPart(divided, source, (), self._report, self._speaker.asked)
            how = frozen.choose(training.epochs)
            if how.use:
                rest, scale, parts = divided.rest, pixels.unscaled, frozen.splits(how)
        freezing.check_rest(rest, network)
        optimizer = optimizers.build(experiment.optimizer, training.precision)
        with rate_steps.rate_of(optimizer) as rate:
            # a step at a time: nothing to gain from images on a GPU
            place = place_of(parts.training.images, None)
            steps = Steps(
                rest, optimizer, scale, parts.training, batch=training.batch_size, way=StepWay(place)
            )
            if saved is not None:
                self._load_optimizer(saved, network, optimizer)
            self._pause()
            span = request.span
            self._report.phase("training", "", 0, span.steps, "steps")
            began = time.perf_counter()
            with rate_steps.restored(network, optimizer):
                ending = rate_steps.train(
                    steps,
                    growing_rates(span.lowest, span.highest, span.steps),
                    rate,
                    images=len(parts.training),
                    batch=training.batch_size,
                    seed=training.seed,
                    smoothing=span.smoothing,
                    tell=self._speaker.append,
                    should_stop=self._speaker.asked,
                )
        self._speaker.append(RateEnded(ending=ending, seconds=round(time.perf_counter() - began, 3)))

    def _saved(self) -> Saved | None:
        """Return the checkpoint that it starts from; None: from initial weights."""
        request = self._request
        if not request.run:
            return None
        run = Run(Path(request.run))
        known = summarize(run).known
        if request.checkpoint:
            return read(run.checkpoints / request.checkpoint, known.get(request.checkpoint))
        saved, skipped = newest(run.checkpoints, known)
        for sentence in skipped:
            self._report(Note(text=sentence))
        if saved is None:
            why = "; ".join(skipped) or "it has none"
            raise MissingError(f"{run.id} has no checkpoint to start from: {why}")
        return saved

    def _origin(self, saved: Saved | None) -> weights.Origin:
        request = self._request
        name = Path(request.run).name or request.preset
        return weights.Origin(name, saved, Run(Path(request.parent)) if request.parent else None)

    def _load_optimizer(self, saved: Saved, network: Any, optimizer: Any) -> None:
        kind = self._request.experiment.optimizer.kind
        if not checkpoints.load_optimizer(saved, network, optimizer, kind):
            self._report(
                Note(
                    text=f"the optimizer starts from scratch: the state in {saved.folder.name} belongs "
                    "to a different optimizer or to different trainable layers"
                )
            )

    def _load_base(self, saved: Saved | None) -> Any:
        base = base_of(self._request.experiment.model)
        if base is None or base.weights == "random" or saved is not None or self._request.parent:
            return None
        self._report.phase("loading", f"{base.base_network.title} weights")
        return load_weights(base.base_network, base.weights, progress=self._progress)

    def _progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        self._pause()
        self._report.progress(phase, what, done, total, unit)

    def _pause(self) -> None:
        if self._speaker.asked():
            raise StopRequested


def _test(asked: str, speaker: Speaker) -> None:
    request = RateRequest.model_validate_json(asked)
    try:
        RateTest(request, speaker).main()
    except StopRequested:
        speaker.append(RateEnded(ending="stopped", seconds=0.0))


if __name__ == "__main__":
    run_beside(sys.argv[1], _test)
