"""What an epoch and a step of a preset take on this device in one way; prints one JSON object.

    python tests/gpu/rates.py PRESET:PRECISION:BATCH:WAY [LOCK]

WAY is ``keras`` (plain Keras's ``fit``, as in ``tuilab bench``), ``xla`` or ``graph`` (tuilab, every
operation deterministic), ``xla-random`` or ``graph-random`` (tuilab, not so). On made-up images, as many as
CIFAR-10 has; what tuilab computes once is made up, too. The first epoch compiles and is not counted. Several
such processes prepare side by side and take turns with the device where they are given the same file LOCK.
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from filelock import FileLock

from tuilab import presets
from tuilab.engine import devices, numerics
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.overrides import with_overrides

TRAINED, HELD_OUT = 50_000, 10_000
EPOCHS = 3
GO, SECONDS, LEAST = 128, 1.0, 3
"""Steps of a go that is timed, how long goes are timed, and how many at least."""


@dataclass
class Turn:
    """Has the device to itself from the end of the first epoch on."""

    lock: FileLock
    held: ExitStack = field(default_factory=ExitStack)

    def take(self) -> None:
        """Wait for it, once."""
        if not self.lock.is_locked:
            self.held.enter_context(self.lock)


def pixels_of(count: int, rng: np.random.Generator) -> Any:
    """Return made-up images, uint8."""
    return rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)


def plain(experiment: Experiment, turn: Turn) -> dict[str, Any]:
    """Train in plain Keras; return the seconds of each epoch."""
    import keras

    from tuilab.engine.reference import networks, notebook
    from tuilab.engine.reference.images import Images

    class Watch(notebook.Stopwatch):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            super().on_epoch_end(epoch, logs)
            turn.take()

    notebook.Stopwatch = Watch  # type: ignore[misc]
    keras.config.set_dtype_policy(experiment.training.precision)
    rng = np.random.default_rng(0)

    def part(count: int) -> Any:
        images = pixels_of(count, rng).astype(np.float32) / 255
        return images, np.eye(10, dtype=np.float32)[rng.integers(0, 10, count)]

    images = Images(part(TRAINED), part(HELD_OUT), part(640), 10)
    net = networks.network(experiment.model, 10, None)
    return {"epoch_seconds": notebook.fit(net, experiment, images)["epoch_seconds"]}


def ours(experiment: Experiment, turn: Turn, *, xla: bool) -> dict[str, Any]:
    """Train as tuilab does; return the seconds of each epoch, and what a step takes."""
    import keras

    from tuilab.engine import networks, optimizers, pixels
    from tuilab.engine.fast import features, quick_layers
    from tuilab.engine.fast.placement import place_of
    from tuilab.engine.splits import Split
    from tuilab.engine.step import StepWay
    from tuilab.engine.training import Trainer
    from tuilab.runs.journal.records import Epoch

    choice = devices.reserve("auto")
    devices.prepare(choice, experiment.training)
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    network = networks.build(experiment.model, 10)
    divided = features.cut(network, xla=xla)

    def part(count: int) -> Split:
        if divided is None:
            images: Any = pixels_of(count, rng)
        else:
            images = rng.standard_normal((count, *divided.shape), np.float32).astype(divided.dtype)
        return Split(images, rng.integers(0, 10, count).astype(np.int32))

    training = part(TRAINED)
    rest = quick_layers.rebuilt(network, xla=xla) if divided is None else divided.rest
    scale = pixels.scaling("unit", training.images) if divided is None else pixels.unscaled
    optimizer = optimizers.build(experiment.optimizer, experiment.training.precision)
    free = choice.gpu.memory_free if choice.gpu is not None else None
    way, epochs = StepWay(place_of(training.images, free), xla), []

    def report(record: Any) -> None:
        if isinstance(record, Epoch):
            epochs.append(record.seconds)

    trainer = Trainer(
        experiment, rest, optimizer, scale, training, report=report, should_stop=lambda: False, way=way
    )
    trainer.fit(part(HELD_OUT), turn.take)
    size = experiment.training.batch_size
    go = rng.permutation(TRAINED)[: min(GO, TRAINED // size) * size].astype(np.int32).reshape(-1, size)
    taken: list[float] = []
    while sum(taken) < SECONDS or len(taken) < LEAST:
        began = time.perf_counter()
        trainer.steps.train(go)
        taken.append(time.perf_counter() - began)
    step = median(taken) / len(go)
    return {"epoch_seconds": epochs, "step_ms": step * 1000, "images_per_second": size / step}


def main() -> None:
    """Measure."""
    config, *lock = sys.argv[1:]
    preset, precision, size, way = config.split(":")
    began = time.perf_counter()
    numerics.settle(None)
    settings = {
        "training.precision": precision,
        "training.batch_size": int(size),
        "training.epochs": EPOCHS,
        "training.deterministic": way in ("xla", "graph"),
    }
    experiment = with_overrides(presets.find(preset).experiment, settings)
    turn = Turn(FileLock(lock[0] if lock else f"/tmp/{config}.lock"))
    measured: Callable[[], dict[str, Any]] = (
        (lambda: plain(experiment, turn))
        if way == "keras"
        else (lambda: ours(experiment, turn, xla=way.startswith("xla")))
    )
    with turn.held:
        said = measured()
    print(
        json.dumps({"config": config, **said, "seconds": round(time.perf_counter() - began, 1)}), flush=True
    )


if __name__ == "__main__":
    main()
