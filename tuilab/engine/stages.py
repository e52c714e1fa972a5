"""The stages of a run, in their order: load, build, train, test, save; each is reported as it happens."""

import math
from collections.abc import Callable
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.engine import (
    checkpoints,
    devices,
    freezing,
    networks,
    numerics,
    optimizers,
    pixels,
    splits,
    weights,
)
from tuilab.engine.checkpoints import Checkpointer
from tuilab.engine.class_means import set_class_means
from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.engine.fast.placement import place_of
from tuilab.engine.image_loading import load_images
from tuilab.engine.leading_run import Sharer
from tuilab.engine.loaded import Loaded
from tuilab.engine.probes.answers import AnswerRecords
from tuilab.engine.probes.batch_statistics import layout_of, trained_norms
from tuilab.engine.probes.chosen import step_probes
from tuilab.engine.ready import Preparation, Ready
from tuilab.engine.resuming import ResumePoint
from tuilab.engine.saving import Keeper, keep_model
from tuilab.engine.shared_training import SharedTraining
from tuilab.engine.step import StepWay
from tuilab.engine.telemetry import Reporter
from tuilab.engine.training import Trainer
from tuilab.experiment.experiment import base_of, classifier_of, learns
from tuilab.runs.checkpoints import Saved
from tuilab.runs.journal.records import (
    AnyRecord,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Note,
    PhaseName,
    Started,
    WeightsRecord,
    named,
)
from tuilab.runs.metrics import METRICS
from tuilab.runs.run import Run
from tuilab.sources import feature_cache
from tuilab.sources.base_weights import load_weights
from tuilab.sources.progress import Unit


class Stages:
    """Takes one run through its stages, from its beginning or from its newest checkpoint.

    Attributes:
        epochs: every whole epoch so far.
    """

    def __init__(
        self,
        run: Run,
        start: ResumePoint,
        report: Reporter,
        *,
        started: Started,
        should_stop: Callable[[], bool],
        clock: Callable[[], float],
        loaded: Loaded | None = None,
    ) -> None:
        """Prepare.

        Args:
            run: the folder.
            start: what the run did before this process.
            report: takes every record.
            started: what this process said when it started.
            should_stop: asked at every boundary of batches, images and stages.
            clock: seconds of work of this process.
            loaded: what this process loaded already; None: nothing.
        """
        self._run, self._saved, self._report = run, start.saved, report
        self._device_before = start.summary.device if start.saved else None
        self._experiment, self._manifest = run.experiment(), run.manifest()
        self._started, self._should_stop = started, should_stop
        self._clock, self._loaded = clock, loaded
        self._worked_before = start.seconds
        self.epochs: list[Epoch] = list(start.epochs)
        self._free: int | None = None  # bytes of the GPU that trains, beside the network
        self._trainer: Trainer | None = None
        self._keeper: Keeper | None = None

    @property
    def seconds(self) -> float:
        """Work on this run so far, that of earlier processes included."""
        return round(self._worked_before + self._clock(), 3)

    def go_through(self) -> None:
        """Train, test, save.

        Raises:
            StopRequested: asked to stop; what was learned is in a checkpoint.
            TuilabError: the run cannot continue; the sentence says why.
        """
        experiment = self._experiment
        choice = devices.reserve(experiment.training.device)
        self._free = devices.room_beside(choice, experiment)
        loading = self._loaded.tensorflow if self._loaded else EarlyLoading(experiment.data.source)
        feature_cache.sweep()
        dataset, parts = load_images(experiment, self._report, self._loaded, self._progress)

        self._pause()
        self._report.phase("starting", "TensorFlow")
        loading.wait(self._pause)
        device = devices.prepare(
            choice, experiment.training, self._device_before, many_steps=learns(experiment.model)
        )
        self._report(device)
        for note in numerics.another_device(self._device_before, device):
            self._report(note)
        import keras

        base = self._load_base()
        self._pause()
        self._report.phase("compiling")
        keras.utils.set_random_seed(experiment.training.seed)
        network = networks.build(experiment.model, len(dataset.classes))
        parent = self._manifest.parent
        origin = weights.Origin(
            self._run.id, self._saved, Run(self._run.folder.parent / parent) if parent is not None else None
        )
        started_from = weights.fill(network, experiment, base, dataset, origin)
        self._report(started_from)
        self._report(freezing.check(network, experiment.model))
        scale = pixels.scaling(experiment.data.pixels, parts.training.images)
        records = AnswerRecords(self._run, experiment.training, dataset, self._report)
        ready = Preparation(
            self._run,
            self._saved,
            self._manifest,
            experiment,
            epochs=len(self.epochs),
            report=self._report,
            should_stop=self._should_stop,
            xla=device.xla,
        ).prepare(network, scale, parts, dataset)
        classifier = classifier_of(experiment.model)
        try:
            match classifier:
                case "dense":
                    self._fit(network, ready, dataset, started_from, device, records)
                    self._report(self._test(ready, records))
                case "class-means":
                    self._average(ready)
                    self._report(self._test(ready, records, everything=True))
                case _:
                    assert_never(classifier)
        except StopRequested:
            self._save_checkpoint()
            raise
        keep_model(network, self._run.checkpoints, len(self.epochs), self._report)
        self._report(Done(seconds=self.seconds))

    def _average(self, ready: Ready) -> None:
        """Calculate the last layer from the training images, instead of training it."""
        what, total = "and averaging them by class", len(ready.training)
        self._report.phase("features", what, 0, total, "images")
        set_class_means(
            ready.network,
            ready.scale,
            ready.training,
            should_stop=self._should_stop,
            progress=lambda done: self._report.progress("features", what, done, total, "images"),
        )
        self._report(
            Note(
                text="probabilities are the softmax over negative squared distances, which nothing fitted: "
                "accuracies can be compared with those of trained heads, cross-entropies cannot"
            )
        )

    def _fit(
        self,
        network: Any,
        ready: Ready,
        dataset: DatasetRecord,
        started_from: WeightsRecord,
        device: DeviceRecord,
        records: AnswerRecords,
    ) -> None:
        """Train what is ready, a part of ``network`` or all of it."""
        experiment, saved, training = self._experiment, self._saved, ready.training
        steps = math.ceil(len(training) / experiment.training.batch_size)
        optimizer = optimizers.build(experiment.optimizer, experiment.training.precision)
        trainer = Trainer(
            experiment,
            ready.network,
            optimizer,
            ready.scale,
            training,
            report=self._forward,
            clock=self._clock,
            should_stop=self._should_stop,
            way=StepWay(place_of(training.images, self._free), device.xla),
            probes=step_probes(
                experiment.training, network, self._run.probes, steps=steps, report=self._report
            ),
            validated=records.validated,
        )
        if saved is not None:
            self._resume(trainer, network, optimizer, saved)
        checkpointer = Checkpointer(
            self._run.checkpoints,
            network,
            optimizer,
            experiment_digest=experiment.digest,
            dataset_digest=dataset.taken,
            weights=started_from,
            optimizer_kind=experiment.optimizer.kind,
            features=ready.features,
            before=saved,
        )
        if trainer.steps.to_compile:
            self._pause()
            self._report.phase("compiling", "with XLA")
            trainer.steps.compile()
        keep_all = experiment.training.keep_checkpoints == "all"
        self._keeper = Keeper(self._run.checkpoints, checkpointer, self._report, saved, keep_all=keep_all)
        self._report.phase("training", "", len(self.epochs), experiment.training.epochs, "epochs")
        self._report.patient = True
        if self._manifest.shares is not None and trainer.position().step == 0:
            norms = trained_norms(network)
            sharer = Sharer(
                self._run,
                self._manifest,
                experiment,
                self._started,
                device,
                dataset.taken,
                started_from,
                features=ready.features,
                layout=layout_of(norms, steps) if norms else None,
            )
            self._share(sharer, network, trainer, self._keeper, ready.validation)
        # until now, what the network holds may be more than the trainer's place says
        self._trainer = trainer
        trainer.fit(ready.validation, self._save_checkpoint)

    def _share(
        self, sharer: Sharer, network: Any, trainer: Trainer, keeper: Keeper, validation: splits.Split
    ) -> None:
        """Take over the epochs that the run whose training this one shares has trained."""
        shared = SharedTraining(
            sharer,
            network,
            trainer,
            keeper,
            self._report,
            clock=self._clock,
            should_stop=self._should_stop,
        )
        shared.take_over(self.epochs, validation, lambda: self.seconds)

    def _resume(self, trainer: Trainer, network: Any, optimizer: Any, saved: Saved) -> None:
        """Bring the training to where its checkpoint was written."""
        kind = self._experiment.optimizer.kind
        if not checkpoints.load_optimizer(saved, network, optimizer, kind):
            self._report(
                Note(
                    text=f"the optimizer starts from scratch: the state in {saved.folder.name} belongs "
                    "to a different optimizer or to different trainable layers"
                )
            )
        trainer.resume_from(saved.manifest.position)

    def _test(self, ready: Ready, records: AnswerRecords, *, everything: bool = False) -> Evaluated:
        """Measure the network on the test images; on ``everything`` where no epoch measured the others."""
        evaluator = Evaluator(ready.network, ready.scale, should_stop=self._should_stop)

        def measure(
            what: str, split: splits.Split, answers: Callable[[NDArray[np.float32]], None] | None = None
        ) -> dict[str, float]:
            self._report.phase("evaluating", what, 0, len(split), "images")
            return evaluator.evaluate(
                split,
                lambda done: self._report.progress("evaluating", what, done, len(split), "images"),
                answers,
            )

        values: dict[str, float] = {}
        if everything:
            values |= measure("training images", ready.training)
            held = ready.validation
            validated = measure("validation images", held, lambda said: records.untrained(held, said))
            values |= {metric.val: validated[metric.name] for metric in METRICS}
        done, test = len(self.epochs), ready.test
        tested = measure("test images", test, lambda said: records.tested(done, test, said))
        values |= {metric.test: tested[metric.name] for metric in METRICS}
        return Evaluated(**named(Evaluated, values))

    def _save_checkpoint(self) -> None:
        """Keep where the training is; nothing if this process has not trained yet."""
        if self._trainer is not None and self._keeper is not None:
            self._keeper.keep(self._trainer.position(), self.epochs, self.seconds)

    def _load_base(self) -> Any:
        if self._saved is not None or self._manifest.parent is not None:
            return None  # all weights are in the checkpoint, or the parent's
        base = base_of(self._experiment.model)
        if base is None or base.weights == "random":
            return None
        self._report.phase("loading", f"{base.base_network.title} weights")
        return load_weights(base.base_network, base.weights, progress=self._progress)

    def _forward(self, record: AnyRecord) -> None:
        if isinstance(record, Epoch):
            self.epochs.append(record)
        self._report(record)

    def _progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        """Pass on how far readers and downloads are; end them where a stop was asked for."""
        self._pause()
        self._report.progress(phase, what, done, total, unit)

    def _pause(self) -> None:
        """Raise StopRequested where a stop was asked for."""
        if self._should_stop():
            raise StopRequested
