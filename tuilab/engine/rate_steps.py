"""Training steps at a growing learning rate, after which network and optimizer are as they were before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.splits import dropout_seed, epoch_order
from tuilab.engine.step import Steps
from tuilab.rate.curve import Watch
from tuilab.rate.said import Ending, RateStep


@contextmanager
def rate_of(optimizer: Any) -> Iterator[Any]:
    """Give the variable that an optimizer takes its learning rate from; a schedule comes back afterwards.

    Enter it before the first step is traced.
    """
    import keras

    inner = getattr(optimizer, "inner_optimizer", optimizer)
    scheduled = inner._learning_rate  # what `learning_rate` returns is the schedule's value at this step
    if isinstance(scheduled, keras.Variable):
        yield scheduled
        return
    variable = keras.Variable(0.0, trainable=False, dtype="float32", name="learning_rate")
    inner.learning_rate = lambda: variable
    try:
        yield variable
    finally:
        inner.learning_rate = scheduled


@contextmanager
def restored(network: Any, optimizer: Any) -> Iterator[None]:
    """Put weights, moving statistics, dropout's generators and the optimizer's state back as they were."""
    dropouts = [layer.seed_generator.state for layer in _dropouts(network)]
    variables = [*network.weights, *optimizer.variables, *dropouts]
    before = [np.array(variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


def train(
    steps: Steps,
    rates: Sequence[float],
    rate: Any,
    *,
    images: int,
    batch: int,
    seed: int,
    smoothing: float,
    tell: Callable[[RateStep], None],
    should_stop: Callable[[], bool],
) -> Ending:
    """Train a step at each rate, until the loss diverges or somebody asks to stop.

    Args:
        steps: what trains a step; its network and optimizer are changed, see ``restored``.
        rates: growing.
        rate: the variable of ``rate_of``.
        images: how many there are to train on; they are gone through as an epoch does, again and again.
        batch: images of a step.
        seed: of the order of the images and of dropout.
        smoothing: of the loss that is watched.
        tell: takes each step.
        should_stop: asked before each step.
    """
    for number, layer in enumerate(_dropouts(steps.network)):
        layer.seed_generator.state.assign([dropout_seed(seed, 1, number), 0])
    watch, batches = Watch(smoothing), _batches(images, batch, seed)
    for step, (now, rows) in enumerate(zip(rates, batches, strict=False), 1):
        if should_stop():
            return "stopped"
        rate.assign(now)
        steps.begin_epoch()
        steps.train(rows[np.newaxis])
        sums = steps.sums
        told = RateStep(
            step=step,
            learning_rate=now,
            cross_entropy=sums["cross_entropy"] / sums["images"],
            penalty=sums["penalty"] / sums["steps"],
        )
        tell(told)
        if watch.diverged(told.loss):
            return "diverged"
    return "complete"


def _batches(images: int, size: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Yield the places of each batch, epoch by epoch; all are whole, so that their losses are alike."""
    for epoch in count(1):
        order = epoch_order(images, seed, epoch)
        for first in range(0, len(order) - size + 1, size):
            yield order[first : first + size]


def _dropouts(network: Any) -> list[Any]:
    return [layer for layer in network._flatten_layers() if hasattr(layer, "seed_generator")]
