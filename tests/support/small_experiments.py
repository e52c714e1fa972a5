"""Experiments, images and trainers that are small enough to train in a test."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuilab.engine import optimizers, pixels
from tuilab.engine.probes.step_probe import StepProbe
from tuilab.engine.splits import Split
from tuilab.engine.step import StepWay
from tuilab.engine.training import Trainer
from tuilab.experiment import (
    CnnSpec,
    DataSpec,
    Experiment,
    ModelSpec,
    OptimizerSpec,
    SgdSpec,
    TrainingSpec,
    TransferSpec,
)
from tuilab.experiment.experiment import learns

CLASSES = 3
MOMENTUM = SgdSpec(kind="sgd", learning_rate=0.05, momentum=0.9)


def small_cnn(**settings: Any) -> CnnSpec:
    """One convolution of four filters, a pool of 4, a dense layer of 8; no dropout."""
    small: dict[str, Any] = {"filters": (4,), "convolutions": 1, "pool": 4, "dense": 8, "dropout": 0.0}
    return CnnSpec(kind="cnn", **{**small, **settings})


def transfer(**settings: Any) -> TransferSpec:
    """VGG16's base with random weights."""
    return TransferSpec(kind="transfer", weights="random", **settings)


def small_experiment(
    model: ModelSpec | None = None, optimizer: OptimizerSpec = MOMENTUM, **training: Any
) -> Experiment:
    """An experiment on images that the test makes itself."""
    epochs = 1 if model is None or learns(model) else 0
    settings: dict[str, Any] = {"epochs": epochs, "batch_size": 16, **training}
    return Experiment(
        data=DataSpec(source="digits"),
        model=model or small_cnn(),
        optimizer=optimizer,
        training=TrainingSpec(**settings),
    )


def small_split(count: int, seed: int = 0) -> Split:
    """Noise whose brightness leans on its class, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, count).astype(np.int32)
    noise = rng.integers(0, 160, (count, 32, 32, 3))
    return Split((noise + 40 * labels[:, None, None, None]).astype(np.uint8), labels)


def one_hot(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return rows of the unit matrix."""
    return np.eye(CLASSES, dtype=np.float32)[labels]


def unit(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return x / 255, as the course has it."""
    return images.astype(np.float32) / np.float32(255)


def new_trainer(
    experiment: Experiment,
    network: Any,
    training: Split,
    *,
    report: Callable[[Any], None] = lambda record: None,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
    way: StepWay = StepWay(),  # noqa: B008 - frozen
    probes: Sequence[StepProbe] = (),
) -> Trainer:
    """A trainer as the worker makes it."""
    return Trainer(
        experiment,
        network,
        optimizers.build(experiment.optimizer, experiment.training.precision),
        pixels.scaling(experiment.data.pixels, training.images),
        training,
        report=report,
        should_stop=should_stop,
        clock=clock,
        way=way,
        probes=probes,
    )


def values(network: Any) -> dict[str, NDArray[np.float32]]:
    """Copies of all weights by path, e.g. ``dense/kernel`` or ``block5_conv1/bias``."""
    return {v.path: np.array(v.numpy()) for v in network.weights}
