"""A network evaluated with other statistics in its batch normalizations than the moving ones.

With those of the batch, as training does; or with those of training images, E[x] and E[x²] pooled over
batches that are normalized as in training (Wu & Johnson 2021). Each with dropout off and on. And what dropout
does to the variance that a later batch normalization meets: Li et al. 2018.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine import checkpoints as weight_files
from tuilab.engine.evaluation import StopRequested, cross_entropy
from tuilab.engine.fast.quick_layers import chain
from tuilab.engine.pixels import Scale
from tuilab.engine.probes.batch_statistics import trained_norms
from tuilab.engine.splits import Split
from tuilab.engine.subject import Subject
from tuilab.errors import RunError
from tuilab.runs import checkpoints, measurements
from tuilab.runs.norm_statistics import NAME, EpochScores, MeasuredNorm, NormStatistics, Score, Source

RECOMPUTED = 2_000
"""Training images that statistics are computed from: Wu & Johnson find a thousand to be enough."""
_LEAST, _MOST = 32, 256
"""Images of a batch: as many as in training, within these."""
_MOST_EPOCHS = 20
"""Checkpoints that are measured."""

Moments = list[tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Of each batch normalization mean and variance."""


@dataclass(frozen=True)
class Way:
    """How a network computes.

    Attributes:
        batch: whether its batch normalizations use the batch's statistics.
        dropout: whether dropout is on.
    """

    batch: bool
    dropout: bool


class Bench:
    """A network that is evaluated in several ways; its weights may change in between."""

    def __init__(self, network: Any, scale: Scale, *, seed: int, tick: Callable[[int], None]) -> None:
        """Take a built network.

        Args:
            network: a chain of layers, as ``networks.build`` makes them.
            scale: scales its input.
            seed: of what dropout leaves out.
            tick: takes how many images were done after each batch.
        """
        self.norms = trained_norms(network)
        self._layers, self._scale, self._seed, self._tick = chain(network), scale, seed, tick
        self.drops = any(type(layer).__name__ == "Dropout" for layer in self._layers)
        self._steps: dict[Way, Any] = {}

    def evaluate(self, split: Split, batch: int, way: Way) -> tuple[float, float]:
        """Return accuracy and cross-entropy; without ``way.batch``, with the statistics that are held."""
        right = nats = 0.0
        for n, rows in enumerate(_batches(len(split), batch, self._seed)):
            part = split.rows(rows)
            some_right, some_nats, _ = self._step(way)(part.images, part.labels, n)
            right, nats = right + float(some_right), nats + float(some_nats)
            self._tick(len(part))
        return right / len(split), nats / len(split)

    def pooled(self, split: Split, batch: int, *, dropout: bool) -> Moments:
        """Return mean and variance of what reaches each batch normalization, over all images of a split."""
        sums, images = [], 0
        for n, rows in enumerate(_batches(len(split), batch, self._seed)):
            part = split.rows(rows)
            *_, moments = self._step(Way(True, dropout))(part.images, part.labels, n)
            told = [(m.numpy().astype(float), v.numpy().astype(float)) for m, v in moments]
            more = [(len(part) * mean, len(part) * (variance + mean**2)) for mean, variance in told]
            sums = [(a + x, b + y) for (a, b), (x, y) in zip(sums, more, strict=True)] if sums else more
            images += len(part)
            self._tick(len(part))
        means = [(mean / images, square / images) for mean, square in sums]
        return [(mean, np.maximum(square - mean**2, 0)) for mean, square in means]

    def hold(self, moments: Moments) -> None:
        """Give the layers these for their moving statistics."""
        for norm, (mean, variance) in zip(self.norms, moments, strict=True):
            norm.moving_mean.assign(mean.astype(np.float32))
            norm.moving_variance.assign(variance.astype(np.float32))

    def held(self) -> Moments:
        """Return the moving statistics that the layers hold."""
        return [
            (norm.moving_mean.numpy().astype(float), norm.moving_variance.numpy().astype(float))
            for norm in self.norms
        ]

    def _step(self, way: Way) -> Any:
        import tensorflow as tf

        if way not in self._steps:

            def step(images: Any, labels: Any, number: Any) -> tuple[Any, Any, Any]:
                probabilities, moments = self._through(self._scale(images), number, way)
                right = tf.equal(tf.argmax(probabilities, axis=-1, output_type=tf.int32), labels)
                nats = cross_entropy(labels, probabilities)
                return tf.math.count_nonzero(right), tf.reduce_sum(nats), moments

            signature = [
                tf.TensorSpec([None, None, None, 3], tf.uint8),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([], tf.int32),
            ]
            self._steps[way] = tf.function(step, input_signature=signature, autograph=False)
        return self._steps[way]

    def _through(self, x: Any, number: Any, way: Way) -> tuple[Any, list[Any]]:
        """Return what the network makes of images, and with ``way.batch`` the moments that it used."""
        import tensorflow as tf

        moments = []
        for place, layer in enumerate(self._layers):
            if way.batch and any(layer is norm for norm in self.norms):
                full = tf.cast(x, tf.float32)
                mean, variance = tf.nn.moments(full, axes=list(range(x.shape.rank - 1)))
                moments.append((mean, variance))
                gamma, beta = (tf.convert_to_tensor(one) for one in (layer.gamma, layer.beta))
                full = tf.nn.batch_normalization(full, mean, variance, beta, gamma, layer.epsilon)
                x = tf.cast(full, layer.compute_dtype)
                continue
            if way.dropout and type(layer).__name__ == "Dropout":
                seed = tf.stack([self._seed + 1000 * place, number])
                x = tf.nn.experimental.stateless_dropout(x, layer.rate, seed=seed)
                continue
            x = layer(x, training=False)
        return x, moments


def measure(subject: Subject) -> None:
    """Measure the end and the checkpoints that were kept, and record it.

    Raises:
        StopRequested: it is not wanted any more.
        RunError: no batch normalization is trained.
        OSError: the disk refuses it.
    """
    training = subject.experiment.training
    holds_out = training.holds_out
    part = "validation" if holds_out else "test"
    split = subject.parts.validation if holds_out else subject.parts.test
    batch = min(max(training.batch_size or _MOST, _LEAST), _MOST)
    done = 0

    def tick(images: int) -> None:
        nonlocal done
        if subject.should_stop():
            raise StopRequested
        done += images
        subject.report.progress("evaluating", "statistics", done, total, "images")

    bench = Bench(subject.network, subject.scaling, seed=training.seed, tick=tick)
    if not bench.norms:
        raise RunError(
            f"{subject.run.id} trains no batch normalization, so there are no statistics to exchange"
        )
    learned = _learned(subject)
    kept = _kept(subject)
    rounds = 7 if bench.drops else 3
    total = rounds * len(split) + 2 * len(learned) + len(kept) * (3 * len(split) + len(learned))
    subject.report.phase("evaluating", "statistics", 0, total, "images")

    moving = bench.held()
    pooled = {dropout: bench.pooled(learned, batch, dropout=dropout) for dropout in (False, True)}
    final = _scores(bench, split, batch, pooled, (False, True) if bench.drops else (False,))
    epochs = []
    for saved in kept:
        weight_files.load_weights(saved, subject.network)
        then = {False: bench.pooled(learned, batch, dropout=False)}
        epochs.append(
            EpochScores(
                epoch=saved.manifest.position.epoch, scores=_scores(bench, split, batch, then, (False,))
            )
        )
    subject.load()
    last = tuple(one for one in final if not one.dropout)
    epochs.append(EpochScores(epoch=len(subject.summary.epochs), scores=last))
    found = NormStatistics(
        part=part,
        images=len(split),
        batch=batch,
        recomputed_from=len(learned),
        dropout=bench.drops,
        final=final,
        epochs=tuple(epochs),
        norms=tuple(
            _norm(*every) for every in zip(bench.norms, moving, pooled[False], pooled[True], strict=True)
        ),
    )
    measurements.save(subject.run, NAME, found)


def _scores(
    bench: Bench, split: Split, batch: int, pooled: dict[bool, Moments], dropouts: Sequence[bool]
) -> tuple[Score, ...]:
    """Evaluate in all ways; the layers hold their moving statistics again afterwards."""
    moving, found = bench.held(), list[Score]()

    def score(source: Source, dropout: bool) -> None:
        accuracy, nats = bench.evaluate(split, batch, Way(source == "batch", dropout))
        found.append(Score(source=source, dropout=dropout, accuracy=accuracy, cross_entropy=nats))

    for dropout in dropouts:
        score("moving", dropout)
        score("batch", dropout)
        bench.hold(pooled[dropout])
        score("recomputed", dropout)
        bench.hold(moving)
    if True in dropouts:
        bench.hold(pooled[True])
        score("recomputed-as-trained", False)
        bench.hold(moving)
    return tuple(found)


def _norm(norm: Any, moving: Any, without: Any, dropped: Any) -> MeasuredNorm:
    (mean, variance), (_, plain), (their_mean, their_variance) = moving, without, dropped
    spread = their_variance + norm.epsilon
    return MeasuredNorm(
        layer=norm.name,
        channels=len(mean),
        shift=float(np.median((plain + norm.epsilon) / spread)),
        mean_gap=float(np.median(np.abs(mean - their_mean) / np.sqrt(spread))),
        variance_gap=float(np.median(np.abs(variance - their_variance) / spread)),
        gamma=_range(norm.gamma.numpy()),
        beta=_range(norm.beta.numpy()),
    )


def _range(values: NDArray[np.float32]) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())


def _learned(subject: Subject) -> Split:
    """Return some of the images that the run learned from, drawn from its seed."""
    parts = subject.parts
    rows = np.arange(len(parts.training)) if parts.chosen is None else parts.chosen
    drawn = np.random.default_rng(subject.experiment.training.seed).permutation(len(rows))[:RECOMPUTED]
    return parts.training.rows(rows[np.sort(drawn)])


def _kept(subject: Subject) -> list[checkpoints.Saved]:
    """Return the checkpoints of whole epochs before the last that are whole; of many some, evenly spaced."""
    last, folder, found = len(subject.summary.epochs), subject.run.checkpoints, list[checkpoints.Saved]()
    epochs = [epoch for epoch in checkpoints.whole_epochs(folder) if 0 < epoch < last]
    if len(epochs) > _MOST_EPOCHS:
        places = np.linspace(0, len(epochs) - 1, _MOST_EPOCHS).round().astype(int)
        epochs = [epochs[place] for place in places]
    for epoch in epochs:
        name = checkpoints.Position(epoch).name
        found.append(checkpoints.read(folder / name, subject.summary.known.get(name)))
    return found


def _batches(images: int, batch: int, seed: int) -> list[NDArray[np.intp]]:
    """Return images in a random order, in batches of about equal size: a small one has no statistics."""
    order = np.random.default_rng(seed).permutation(images)
    return np.array_split(order, max(round(images / batch), 1))
