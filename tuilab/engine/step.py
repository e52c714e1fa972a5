"""A training step: batch to gradients to weights; many of them in one call of TensorFlow."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.evaluation import cross_entropy, measured
from tuilab.engine.fast.placement import DeviceRows, MemoryRows, Place
from tuilab.engine.pixels import Scale
from tuilab.engine.probes.step_probe import StepProbe
from tuilab.engine.splits import Split
from tuilab.runs.metrics import METRICS

SUMS = (*(metric.name for metric in METRICS), "penalty", "gradient_norm", "images", "steps", "taken")
"""What is summed up while an epoch lasts: metrics over images, penalties over steps, gradient norms over the
steps that were taken, and how many images, steps and steps taken these are."""


MOST_STEPS = 512
"""Steps that a compiled go takes at most: the length of its rows, which is fixed as it is compiled."""


@dataclass(frozen=True)
class StepWay:
    """How steps are computed; every way gives the same up to float rounding.

    Attributes:
        place: where the images are held.
        xla: whether XLA compiles them: a whole go where images are held on the device, elsewhere each step
            behind the images that it is given.
    """

    place: Place = "memory"
    xla: bool = False


class Steps:
    """Trains one network on rows of one split of images.

    The loss is the mean categorical cross-entropy of the batch plus the weight penalties of the
    trained variables, as Keras's ``fit`` has it; the two are counted apart.

    Attributes:
        network: the Keras model.
        optimizer: the Keras optimizer, built.
    """

    def __init__(
        self,
        network: Any,
        optimizer: Any,
        scale: Scale,
        training: Split,
        *,
        batch: int,
        way: StepWay = StepWay(),
        probes: Sequence[StepProbe] = (),
    ) -> None:
        """Take a built network whose flags are set; nothing about what trains may change after this.

        Args:
            network: a Keras model.
            optimizer: a Keras optimizer, not yet built.
            scale: uint8 batch to float32 batch.
            training: the images that train, or their frozen features with a network that takes those.
            batch: images of a step; an epoch's last may have fewer.
            way: how they are computed.
            probes: what records something of every step.
        """
        import tensorflow as tf

        self._probes = tuple(probes)
        self.network, self.optimizer, self._scale, self._training = network, optimizer, scale, training
        self._variables = list(network.trainable_variables)
        self.optimizer.build(self._variables)
        self._batch, self._most = batch, max(1, min(MOST_STEPS, len(training) // batch))
        self._sums = tf.Variable(tf.zeros(len(SUMS), tf.float64), trainable=False)
        self._unknown: frozenset[str] = frozenset()
        self._place: Place = way.place
        match way.place:
            case "device":
                self._rows: DeviceRows | MemoryRows | None = DeviceRows(training.images, training.labels)
                number: Any = tf.int64
            case "memory":
                self._rows = MemoryRows(training.images, training.labels)
                number = tf.int32
            case "disk":
                self._rows = None
                number = tf.int32
            case _:
                assert_never(way.place)
        self._number = number.as_numpy_dtype
        # nothing in them is Python that depends on a tensor: looking for that would take a second
        several = tf.TensorSpec([None, None], number)
        one = [
            tf.TensorSpec([None, *training.images.shape[1:]], training.images.dtype),
            tf.TensorSpec([None], tf.int32),
        ]
        self._run = (
            tf.function(self._loop, input_signature=[several], autograph=False)
            if self._rows is not None
            else tf.function(self._single, input_signature=one, autograph=False)
        )
        self._compiled = self._compile(number, one) if way.xla else None

    def _compile(self, number: Any, one: Sequence[Any]) -> Any:
        """Return what computes whole batches: rows of numbers, or the images and labels of one step.

        On a CPU a compiled loop took 35 times as long as a plain one of steps that are compiled each.
        """
        import tensorflow as tf

        match self._place:
            case "device":
                fixed = [tf.TensorSpec([self._most, self._batch], number), tf.TensorSpec([], tf.int32)]
                return tf.function(self._some_of, input_signature=fixed, autograph=False, jit_compile=True)
            case "memory":
                step = tf.function(self._step, autograph=False, jit_compile=True)
                several = [tf.TensorSpec([None, self._batch], number)]
                loop = partial(self._loop, step=step)
                return tf.function(loop, input_signature=several, autograph=False)
            case "disk":
                whole = [tf.TensorSpec([self._batch, *spec.shape[1:]], spec.dtype) for spec in one]
                return tf.function(self._single, input_signature=whole, autograph=False, jit_compile=True)
            case _:
                assert_never(self._place)

    @property
    def sums(self) -> dict[str, float]:
        """The sums of the epoch under way by their names, but for those that it began without."""
        values = zip(SUMS, self._sums.numpy(), strict=True)
        return {name: float(value) for name, value in values if name not in self._unknown}

    @sums.setter
    def sums(self, values: Mapping[str, float]) -> None:
        self._unknown = frozenset(SUMS) - set(values)
        self._sums.assign([values.get(name, 0.0) for name in SUMS])

    def begin_epoch(self) -> None:
        """Set all sums to 0."""
        self.sums = dict.fromkeys(SUMS, 0.0)

    @property
    def to_compile(self) -> bool:
        """Whether XLA can compile whole goes before the first one, which takes seconds.

        A single step is compiled as it is taken for the first time.
        """
        whole = self._place == "device" and len(self._training) >= self._batch
        return self._compiled is not None and whole

    def compile(self) -> None:
        """Have XLA compile it now, not in the first go."""
        if self._compiled is not None and self.to_compile:
            self._compiled(np.zeros((self._most, self._batch), self._number), 0)

    def train(self, rows: NDArray[np.int32]) -> None:
        """Train some steps; return when that is done.

        Args:
            rows: int32 (steps, batch), places in the split.
        """
        # XLA would compile a smaller last batch anew, for one step an epoch
        compiled = self._compiled if rows.shape[1] == self._batch else None
        run = compiled or self._run
        if self._rows is None:
            for batch in rows:
                self._record(run(self._training.images[batch], self._training.labels[batch]), 1)
        elif self._place == "device" and compiled is not None:
            for first in range(0, len(rows), self._most):
                some = rows[first : first + self._most]
                filled = np.zeros((self._most, self._batch), self._number)
                filled[: len(some)] = some
                self._record(compiled(filled, len(some)), len(some))
        else:
            self._record(run(rows.astype(self._number, copy=False)), len(rows))
        self._sums.numpy()  # a device may still be at work

    def _record(self, recorded: Sequence[Any], steps: int) -> None:
        """Hand on what was recorded in one go: fetched once, not at every step."""
        for probe, rows in zip(self._probes, recorded, strict=True):
            probe.took(rows.numpy()[:steps])

    def _loop(self, rows: Any, step: Callable[[Any, Any], list[Any]] | None = None) -> list[Any]:
        import tensorflow as tf

        count = tf.shape(rows)[0]
        return self._go(rows, count, count, step or self._step)

    def _some_of(self, rows: Any, count: Any) -> list[Any]:
        return self._go(rows, count, self._most, self._step)

    def _go(self, rows: Any, count: Any, room: Any, take: Callable[[Any, Any], list[Any]]) -> list[Any]:
        """Take the first ``count`` of some steps; return what was recorded, ``room`` rows of each probe."""
        import tensorflow as tf

        held = self._rows
        assert held is not None

        def step(n: Any, recorded: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
            with tf.device("/CPU:0") if self._place == "memory" else nullcontext():
                batch = tf.gather(rows, n)
            images, labels = held.batch(batch)
            numbers = take(images, labels)
            return n + 1, tuple(one.write(n, row) for one, row in zip(recorded, numbers, strict=True))

        nothing = tuple(
            tf.TensorArray(tf.float32, room, element_shape=[probe.width]) for probe in self._probes
        )
        # one graph for every number of steps, so that how many go at once changes no digit
        _, recorded = tf.while_loop(
            lambda n, _: n < count, step, (tf.constant(0), nothing), parallel_iterations=1
        )
        return [one.stack() for one in recorded]

    def _single(self, images: Any, labels: Any) -> list[Any]:
        return [row[np.newaxis] for row in self._step(images, labels)]

    def _step(self, images: Any, labels: Any) -> list[Any]:
        import keras
        import tensorflow as tf

        scaled = self._scale(images)
        with tf.GradientTape() as tape:
            with ExitStack() as listening:
                for probe in self._probes:
                    listening.enter_context(probe.listening())
                probabilities = self.network(scaled, training=True)
            nats = cross_entropy(labels, probabilities)
            penalties = self.network.losses
            penalty = tf.add_n([tf.cast(p, tf.float32) for p in penalties]) if penalties else tf.constant(0.0)
            loss = self.optimizer.scale_loss(tf.reduce_mean(nats) + penalty)
        gradients = tape.gradient(loss, [v.value for v in self._variables])
        norm = tf.linalg.global_norm(gradients)
        one = taken = tf.constant(1.0, tf.float64)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            norm /= tf.cast(self.optimizer.dynamic_scale, tf.float32)
            # a step whose scaled gradients overflow is left out by the optimizer, and here
            taken = tf.cast(tf.math.is_finite(norm), tf.float64)
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        self.optimizer.apply(gradients, self._variables)
        measurements = [*measured(labels, probabilities, nats), penalty, norm, tf.shape(labels)[0]]
        sums = [tf.reduce_sum(tf.cast(values, tf.float64)) for values in measurements]
        self._sums.assign_add(tf.stack([*sums, one, taken]))
        return [probe.row() for probe in self._probes]
