"""The training loop: steps, validation, test; one record an epoch."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuilab.engine.evaluation import Evaluator, StopRequested, cross_entropy, hits
from tuilab.engine.pixels import Scale
from tuilab.engine.splits import Split, dropout_seed, epoch_order
from tuilab.engine.telemetry import Throttle
from tuilab.errors import RunError
from tuilab.runs.checkpoints import Position
from tuilab.runs.records import Batch, Epoch
from tuilab.spec.experiment import Experiment


@dataclass(frozen=True)
class Means:
    """Means over the images (accuracy, cross-entropy) or steps (penalty, gradient norm) so far."""

    accuracy: float
    cross_entropy: float
    penalty: float
    gradient_norm: float


class Trainer:
    """Trains one network on one split of images.

    The loss is the mean categorical cross-entropy of the batch plus the weight penalties of the
    trained variables, as Keras's ``fit`` has it; the two are counted apart.
    """

    def __init__(
        self,
        experiment: Experiment,
        network: Any,
        optimizer: Any,
        scale: Scale,
        training: Split,
        *,
        report: Callable[[Batch | Epoch], None],
        should_stop: Callable[[], bool],
        resident: bool = True,
    ) -> None:
        """Take a built network whose flags are set; nothing about what trains may change after this.

        Args:
            experiment: its training part and seed.
            network: a Keras model.
            optimizer: a Keras optimizer, not yet built.
            scale: uint8 batch to float32 batch.
            training: the images that train, or their frozen features with a network that takes those.
            report: takes batch records (a few a second) and epoch records.
            should_stop: asked at every batch boundary.
            resident: whether the images are held in main memory; else each step reads its own from where
                they are, as from a file that is mapped.
        """
        import tensorflow as tf

        self._experiment = experiment
        self._network = network
        self._optimizer = optimizer
        self._scale = scale
        self._training = training
        self._report = report
        self._should_stop = should_stop
        self._variables = list(network.trainable_variables)
        self._optimizer.build(self._variables)
        self._dropouts = [layer for layer in network._flatten_layers() if hasattr(layer, "seed_generator")]
        self._throttle = Throttle(seconds=0.25)
        with tf.device("/CPU:0"):
            # uint8 stays in main memory; a step copies only its own batch to the device
            self._images = tf.constant(training.images) if resident else None
            self._labels = tf.constant(training.labels)
        self._sums = tf.Variable(tf.zeros(7, tf.float64), trainable=False)
        # nothing in it is Python that depends on a tensor: looking for that would take a second
        given = [tf.TensorSpec([None], tf.int32)]
        if not resident:
            given.append(tf.TensorSpec([None, *training.images.shape[1:]], training.images.dtype))
        self._train = tf.function(self._train_on, input_signature=given, autograph=False)
        self._evaluator = Evaluator(network, scale, should_stop=should_stop)
        self._epoch_seconds: list[float] = []
        self._epoch, self._step = 0, 0  # whole epochs, and steps of the one under way
        self._under_way = 0
        self._seconds_before, self._epoch_began = 0.0, time.perf_counter()

    def position(self) -> Position:
        """Return where the training is, at a batch boundary."""
        if self._step == 0:
            return Position(self._epoch, 0)
        return Position(
            self._epoch,
            self._step,
            tuple(float(x) for x in self._sums.numpy()),
            tuple(tuple(int(x) for x in d.seed_generator.state.numpy()) for d in self._dropouts),
            self._seconds_before + time.perf_counter() - self._epoch_began,
        )

    def go_on_from(self, position: Position) -> None:
        """Go on from where a checkpoint was written; setting weights and optimizer is the caller's work."""
        self._epoch, self._step, self._seconds_before = position.epoch, position.step, position.seconds
        if position.step:
            self._under_way = position.epoch + 1
            self._sums.assign(np.array(position.sums))
            for layer, state in zip(self._dropouts, position.dropouts, strict=True):
                layer.seed_generator.state.assign(state)

    def fit(self, validation: Split, after_epoch: Callable[[], None] = lambda: None) -> None:
        """Train the epochs that are left and report each.

        Args:
            validation: what each epoch is measured on.
            after_epoch: called after each epoch's record.

        Raises:
            StopRequested: asked to stop; the network holds what was learnt up to that batch.
            RunError: the loss is no longer a finite number.
        """
        for epoch in range(self._epoch + 1, self._experiment.training.epochs + 1):
            means = self.train_epoch(epoch)
            val_accuracy, val_cross_entropy = self.evaluate(validation)
            # the last step may have been the one that broke the weights
            self._refuse_infinite("validation cross-entropy", val_cross_entropy, epoch, self._steps)
            self._epoch_seconds.append(self._seconds_before + time.perf_counter() - self._epoch_began)
            self._epoch, self._step, self._seconds_before = epoch, 0, 0.0
            self._report(
                Epoch(
                    epoch=epoch,
                    accuracy=means.accuracy,
                    cross_entropy=means.cross_entropy,
                    penalty=means.penalty,
                    gradient_norm=means.gradient_norm,
                    val_accuracy=val_accuracy,
                    val_cross_entropy=val_cross_entropy,
                    learning_rate=self._experiment.optimizer.learning_rate,
                    seconds=round(self._epoch_seconds[-1], 3),
                )
            )
            after_epoch()

    def train_epoch(self, epoch: int) -> Means:
        """Go through what is left of the training images, in the order of this epoch (from 1)."""
        training = self._experiment.training
        self._epoch_began = time.perf_counter()
        if epoch != self._under_way:
            self._under_way, self._step = epoch, 0
            for n, layer in enumerate(self._dropouts):
                layer.seed_generator.state.assign([dropout_seed(training.seed, epoch, n), 0])
            self._sums.assign(np.zeros(7))
        order = epoch_order(len(self._training), training.seed, epoch)
        steps = self._steps
        for step in range(self._step + 1, steps + 1):
            if self._should_stop():
                raise StopRequested
            rows = order[(step - 1) * training.batch_size : step * training.batch_size]
            self._train(*([rows] if self._images is not None else [rows, self._training.images[rows]]))
            self._step = step
            if step < steps and self._throttle.due():
                self._report_batch(epoch, step, steps)
        means = self._means(epoch, steps)
        self._report_batch(epoch, steps, steps)
        return means

    @property
    def _steps(self) -> int:
        """Steps of an epoch; the last one may have fewer images."""
        return math.ceil(len(self._training) / self._experiment.training.batch_size)

    def evaluate(self, split: Split) -> tuple[float, float]:
        """Return accuracy and mean cross-entropy of the network as it is used, on ``split``."""
        return self._evaluator.evaluate(split)

    def _train_on(self, rows: Any, images: Any = None) -> None:
        import keras
        import tensorflow as tf

        with tf.device("/CPU:0"):
            labels = tf.gather(self._labels, rows)
            images = tf.gather(self._images, rows) if images is None else images
        scaled = self._scale(images)
        with tf.GradientTape() as tape:
            probabilities = self._network(scaled, training=True)
            nats = cross_entropy(labels, probabilities)
            penalties = self._network.losses
            penalty = tf.add_n([tf.cast(p, tf.float32) for p in penalties]) if penalties else tf.constant(0.0)
            loss = self._optimizer.scale_loss(tf.reduce_mean(nats) + penalty)
        gradients = tape.gradient(loss, [v.value for v in self._variables])
        norm = tf.linalg.global_norm(gradients)
        one = taken = tf.constant(1.0, tf.float64)
        if isinstance(self._optimizer, keras.optimizers.LossScaleOptimizer):
            norm /= tf.cast(self._optimizer.dynamic_scale, tf.float32)
            # a step whose scaled gradients overflow is left out by the optimizer, and here
            taken = tf.cast(tf.math.is_finite(norm), tf.float64)
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        self._optimizer.apply(gradients, self._variables)
        correct = tf.reduce_sum(tf.cast(hits(labels, probabilities), tf.float64))
        images_now = tf.cast(tf.shape(labels)[0], tf.float64)
        sums = [correct, tf.reduce_sum(tf.cast(nats, tf.float64)), tf.cast(penalty, tf.float64)]
        self._sums.assign_add(tf.stack([*sums, tf.cast(norm, tf.float64), images_now, one, taken]))

    def _means(self, epoch: int, step: int) -> Means:
        correct, nats, penalty, norm, images, steps, taken = (float(x) for x in self._sums.numpy())
        mean_norm = norm / taken if taken else math.nan
        means = Means(correct / images, nats / images, penalty / steps, mean_norm)
        self._refuse_infinite("cross-entropy", means.cross_entropy, epoch, step)
        self._refuse_infinite("weight penalty", means.penalty, epoch, step)
        return means

    def _refuse_infinite(self, name: str, value: float, epoch: int, step: int) -> None:
        if math.isfinite(value):
            return
        rate = self._experiment.optimizer.learning_rate
        raise RunError(
            f"the training diverged: the {name} is {value} by epoch {epoch}, step {step} "
            f"(learning rate {rate:g})",
            [
                "a smaller rate: --set optimizer.learning_rate=...",
                "or clipped gradients: --set optimizer.clip_norm=1",
            ],
        )

    def _report_batch(self, epoch: int, step: int, steps: int) -> None:
        means = self._means(epoch, step)
        training = self._experiment.training
        seconds = self._seconds_before + time.perf_counter() - self._epoch_began
        images = min(step * training.batch_size, len(self._training))
        speed = images / seconds
        # an epoch is its training and its validation: known whole once one has passed
        whole = np.mean(self._epoch_seconds) if self._epoch_seconds else len(self._training) / speed
        left = max(float(whole) - seconds, 0.0) + (training.epochs - epoch) * float(whole)
        self._report(
            Batch(
                epoch=epoch,
                step=step,
                steps=steps,
                accuracy=means.accuracy,
                cross_entropy=means.cross_entropy,
                penalty=means.penalty,
                gradient_norm=means.gradient_norm,
                images_per_second=round(speed, 1),
                seconds_left=round(left, 1),
            )
        )
