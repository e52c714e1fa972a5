"""The training loop: epochs of steps and validation; one record an epoch."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.pixels import Scale
from tuilab.engine.probes.step_probe import StepProbe
from tuilab.engine.splits import Split, dropout_seed, epoch_order
from tuilab.engine.step import Steps, StepWay
from tuilab.engine.steps_per_call import StepsPerCall
from tuilab.engine.telemetry import Throttle
from tuilab.errors import RunError
from tuilab.experiment.experiment import Experiment
from tuilab.runs.checkpoints import Position
from tuilab.runs.journal.records import DIVERGED, VALIDATION, Batch, Epoch, Phase, named
from tuilab.runs.metrics import METRICS

FORWARD_ALONE = 1 / 3
"""What measuring an image costs beside training on it: gradients take about two forward passes more."""


class Trainer:
    """Trains one network on one split of images.

    Attributes:
        steps: what trains a step, with its network and optimizer.
    """

    def __init__(
        self,
        experiment: Experiment,
        network: Any,
        optimizer: Any,
        scale: Scale,
        training: Split,
        *,
        report: Callable[[Batch | Epoch | Phase], None],
        should_stop: Callable[[], bool],
        clock: Callable[[], float] = time.perf_counter,
        way: StepWay = StepWay(),  # noqa: B008 - frozen
        probes: Sequence[StepProbe] = (),
        validated: Callable[[int, Split, NDArray[np.float32]], None] | None = None,
    ) -> None:
        """Take a built network whose flags are set; nothing about what trains may change after this.

        Args:
            experiment: its training part and seed.
            network: a Keras model.
            optimizer: a Keras optimizer, not yet built.
            scale: uint8 batch to float32 batch.
            training: the images that train, or their frozen features with a network that takes those.
            report: takes batch records and how far a validation is (a few a second), and epoch records.
            should_stop: asked at batch boundaries, several times a second.
            clock: seconds of work.
            way: how steps are computed.
            probes: what records something of every step.
            validated: takes after each epoch (from 1) what it was validated on, and the probability of each
                class, (n, classes).
        """
        self._experiment, self._probes = experiment, tuple(probes)
        self._validated = validated
        self._training, self._validation_images = training, 0
        self._clock = clock
        self._report = report
        self._should_stop = should_stop
        size = experiment.training.batch_size
        self.steps = Steps(network, optimizer, scale, training, batch=size, way=way, probes=self._probes)
        self._steps_per_call = StepsPerCall()
        self._dropouts = [layer for layer in network._flatten_layers() if hasattr(layer, "seed_generator")]
        self._throttle = Throttle(seconds=0.25)
        self._evaluator = Evaluator(network, scale, should_stop=should_stop)
        self._epoch_seconds: list[float] = []
        self._epoch, self._step = 0, 0  # whole epochs, and steps of the one under way
        self._under_way = 0
        self._seconds_before, self._epoch_began = 0.0, self._clock()

    def position(self) -> Position:
        """Return where the training is, at a batch boundary."""
        if self._step == 0:
            return Position(self._epoch, 0)
        return Position(
            self._epoch,
            self._step,
            self.steps.sums,
            tuple(tuple(int(x) for x in d.seed_generator.state.numpy()) for d in self._dropouts),
            self._seconds_before + self._clock() - self._epoch_began,
        )

    def resume_from(self, position: Position) -> None:
        """Go on from where a checkpoint was written; setting weights and optimizer is the caller's work."""
        self._epoch, self._step, self._seconds_before = position.epoch, position.step, position.seconds
        if position.step:
            self._under_way = position.epoch + 1
            self.steps.sums = position.sums
            for layer, state in zip(self._dropouts, position.dropouts, strict=True):
                layer.seed_generator.state.assign(state)

    def fit(self, validation: Split, after_epoch: Callable[[], None] = lambda: None) -> None:
        """Train the epochs that are left and report each.

        Args:
            validation: what each epoch is measured on.
            after_epoch: called after each epoch's record.

        Raises:
            StopRequested: asked to stop; the network holds what was learned up to that batch.
            RunError: the loss is no longer a finite number.
        """
        self._validation_images = len(validation)
        for epoch in range(self._epoch + 1, self._experiment.training.epochs + 1):
            self._epoch_seconds.append(self._conclude(epoch, self.train_epoch(epoch), validation))
            after_epoch()

    def take_over(self, trained: Epoch, validation: Split, began: float) -> None:
        """Take the next epoch from another run, whose weights the network holds; validate and report it.

        Args:
            trained: what that run says of it.
            validation: what it is measured on.
            began: when the work on it began, by this trainer's clock.

        Raises:
            StopRequested: asked to stop; the epoch is not taken.
            RunError: the loss is no finite number.
        """
        self._validation_images, self._epoch_began = len(validation), began
        names = (*(metric.name for metric in METRICS), "penalty", "gradient_norm")
        means = {name: value for name in names if (value := trained.value(name)) is not None}
        self._conclude(trained.epoch, means, validation)

    def _conclude(self, epoch: int, means: dict[str, float], validation: Split) -> float:
        """Validate and report an epoch; return the seconds that it took."""
        validated = self._validate(epoch, validation)
        # the last step may have been the one that broke the weights
        nats = validated["cross_entropy"]
        self._refuse_infinite("validation cross-entropy", nats, epoch, self._steps_an_epoch)
        seconds = self._seconds_before + self._clock() - self._epoch_began
        self._epoch, self._step, self._seconds_before = epoch, 0, 0.0
        self._report(
            Epoch(
                epoch=epoch,
                **named(Epoch, means | {metric.val: validated[metric.name] for metric in METRICS}),
                learning_rate=self._experiment.optimizer.learning_rate,
                seconds=round(seconds, 3),
            )
        )
        return seconds

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Go through what is left of the training images, in the order of this epoch (from 1).

        Returns:
            Means over the epoch by their names in the journal: of metrics, penalty and gradient norm.
        """
        training = self._experiment.training
        self._epoch_began = self._clock()
        if epoch != self._under_way:
            self._under_way, self._step = epoch, 0
            for n, layer in enumerate(self._dropouts):
                layer.seed_generator.state.assign([dropout_seed(training.seed, epoch, n), 0])
            self.steps.begin_epoch()
        for probe in self._probes:
            probe.begin(epoch, self._step)
        order = epoch_order(len(self._training), training.seed, epoch)
        size, steps = training.batch_size, self._steps_an_epoch
        while self._step < steps:
            if self._should_stop():
                raise StopRequested
            began, first = self._clock(), self._step * size
            # the last batch may be smaller, and goes alone
            now = min(self._steps_per_call.steps, (len(order) - first) // size) or 1
            self.steps.train(order[first : first + now * size].reshape(now, -1))
            self._steps_per_call.took(now, self._clock() - began)
            self._step += now
            if self._step < steps and self._throttle.due():
                self._report_batch(epoch, self._step, steps)
        for probe in self._probes:
            probe.end()
        means = self._means(epoch, steps)
        self._report_batch(epoch, steps, steps)
        return means

    @property
    def _steps_an_epoch(self) -> int:
        """Steps of an epoch; the last one may have fewer images."""
        return math.ceil(len(self._training) / self._experiment.training.batch_size)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Return what the metrics say of the network as it is used, on ``split``."""
        return self._evaluator.evaluate(split)

    def _validate(self, epoch: int, split: Split) -> dict[str, float]:
        """Measure the network at an epoch's end, and tell how far that is."""

        def tell(done: int) -> None:
            if done == len(split) or self._throttle.due():
                self._report(
                    Phase(name="training", what=VALIDATION, done=done, total=len(split), unit="images")
                )

        tell(0)
        hand_on = self._validated
        answers = None if hand_on is None else lambda said: hand_on(epoch, split, said)
        return self._evaluator.evaluate(split, tell, answers)

    def _means(self, epoch: int, step: int) -> dict[str, float]:
        sums = self.steps.sums
        # an epoch that continues from a checkpoint of a version with fewer metrics has no mean of the others
        means = {m.name: sums[m.name] / sums["images"] for m in METRICS if m.name in sums}
        means["penalty"] = sums["penalty"] / sums["steps"]
        means["gradient_norm"] = sums["gradient_norm"] / sums["taken"] if sums["taken"] else math.nan
        self._refuse_infinite("cross-entropy", means["cross_entropy"], epoch, step)
        self._refuse_infinite("weight penalty", means["penalty"], epoch, step)
        return means

    def _refuse_infinite(self, name: str, value: float, epoch: int, step: int) -> None:
        if math.isfinite(value):
            return
        rate = self._experiment.optimizer.learning_rate
        raise RunError(
            f"{DIVERGED}: the {name} is {value} by epoch {epoch}, step {step} (learning rate {rate:g})",
            [
                "a smaller optimizer.learning_rate may keep it finite",
                "so may gradient clipping: optimizer.clip_norm, 1 for example",
            ],
        )

    def _report_batch(self, epoch: int, step: int, steps: int) -> None:
        means = self._means(epoch, step)
        training = self._experiment.training
        seconds = self._seconds_before + self._clock() - self._epoch_began
        images = min(step * training.batch_size, len(self._training))
        speed = images / seconds
        # an epoch is its training and its validation: known whole once one has passed
        expected = (len(self._training) + self._validation_images * FORWARD_ALONE) / speed
        whole = np.mean(self._epoch_seconds) if self._epoch_seconds else expected
        left = max(float(whole) - seconds, 0.0) + (training.epochs - epoch) * float(whole)
        self._report(
            Batch(
                epoch=epoch,
                step=step,
                steps=steps,
                **named(Batch, means),
                images_per_second=round(speed, 1),
                seconds_left=round(left, 1),
            )
        )
