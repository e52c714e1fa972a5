"""The mean and variance of every batch in every trained batch normalization, as they move its statistics.

From them the moving statistics follow for any momentum, without training again (``replay``). The variance is
recorded as it was computed, with the factor that makes it that of the batch: 1, or (n - 1) / n for
TensorFlow's fused kernel. For a layer of 32 channels a step takes 260 bytes; for the course's CNN, of 576
channels and 625 steps, an epoch takes 2.9 MB.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.fast.fused_norm import LISTENER
from tuilab.engine.probes.recording import Recording
from tuilab.experiment.training import ProbeName
from tuilab.runs.journal.records import Note
from tuilab.runs.step_rows import Column, Layout

NAME: ProbeName = "batch-statistics"


class BatchStatistics:
    """Records them; a ``StepProbe``."""

    def __init__(self, network: Any, folder: Path, *, steps: int, report: Callable[[Note], None]) -> None:
        """Take a built network whose flags are set; ``trained_norms`` must find something in it.

        Args:
            network: the whole network.
            folder: where the run's probes record.
            steps: of an epoch.
            report: takes what a person should know.
        """
        self._norms = trained_norms(network)
        self._heard: dict[str, tuple[Any, Any, Any]] = {}
        layout = layout_of(self._norms, steps)
        self.width = layout.width
        self._recording = Recording(folder / NAME, layout, report)
        report(
            Note(
                text=f"the batch statistics of {len(self._norms)} batch normalizations are recorded: "
                f"{layout.bytes_per_epoch / 1e3:,.1f} kB an epoch"
            )
        )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Have the layers tell what they compute of a batch, in both ways in which they do."""
        self._heard = {}
        for norm in self._norms:
            _listen(norm, self._heard)
        try:
            yield
        finally:
            for norm in self._norms:
                del norm._moments
                delattr(norm, LISTENER)

    def row(self) -> Any:
        """Return what was heard, layer by layer."""
        import tensorflow as tf

        heard = [part for norm in self._norms for part in self._heard[norm.name]]
        return tf.concat([tf.cast(tf.reshape(part, [-1]), tf.float32) for part in heard], axis=0)

    def begin(self, epoch: int, step: int) -> None:
        """As ``StepProbe.begin``."""
        self._recording.begin(epoch, step)

    def took(self, rows: NDArray[np.float32]) -> None:
        """As ``StepProbe.took``."""
        self._recording.write(rows)

    def end(self) -> None:
        """As ``StepProbe.end``."""
        self._recording.close()


def trained_norms(network: Any) -> list[Any]:
    """Return the batch normalizations that normalize with the batch's statistics in training, in order."""
    layers = network._flatten_layers(include_self=False)
    return [one for one in layers if type(one).__name__ == "BatchNormalization" and one.trainable]


def layout_of(norms: Sequence[Any], steps: int) -> Layout:
    """Return what stands in a row: of each layer the means, the variances, and their factor."""
    columns = [
        Column(name=f"{norm.name}/{what}", width=1 if what == "factor" else int(norm.moving_mean.shape[0]))
        for norm in norms
        for what in ("mean", "variance", "factor")
    ]
    return Layout(columns=tuple(columns), steps=steps)


def _listen(norm: Any, heard: dict[str, tuple[Any, Any, Any]]) -> None:
    moments = norm._moments

    def tell(mean: Any, variance: Any, factor: Any) -> None:
        heard[norm.name] = mean, variance, factor

    def told(inputs: Any, mask: Any) -> tuple[Any, Any]:
        mean, variance = moments(inputs, mask)
        tell(mean, variance, 1.0)
        return mean, variance

    # Keras's own way asks this, ours tells the listener
    norm._moments = told
    setattr(norm, LISTENER, tell)
