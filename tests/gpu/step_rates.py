"""How many images a second a preset's steps train on this device, in several ways; one JSON object a line.

    python tests/gpu/step_rates.py [--random] PRESET:PRECISION:BATCH:WAY ...

WAY is ``xla`` or ``graph``. Without ``--random`` every operation is deterministic. On made-up images, with
the frozen part computed beforehand, as training has it. A way that fails is told as such, and the next is
measured.
"""

import json
import sys
import time
from statistics import median
from typing import Any

import numpy as np

from tuilab import presets
from tuilab.engine import devices, networks, numerics, optimizers, pixels
from tuilab.engine.fast import features, quick_layers
from tuilab.engine.fast.placement import place_of
from tuilab.engine.splits import Split
from tuilab.engine.step import Steps, StepWay
from tuilab.experiment.training import TrainingSpec

IMAGES = 40_000
SECONDS = 1.5
"""How long each way is measured."""


def steps_of(preset: str, precision: Any, batch: int, *, xla: bool, free: int | None) -> Steps:
    """Build what trains the preset's steps."""
    import keras

    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(1)
    experiment, rng = presets.find(preset).experiment, np.random.default_rng(0)
    network = networks.build(experiment.model, 10)
    divided = features.cut(network, xla=xla)
    if divided is not None:
        images: Any = rng.normal(size=(IMAGES, *divided.shape)).astype(divided.dtype)
        network, scale = divided.rest, pixels.unscaled
    else:
        images = rng.integers(0, 256, (IMAGES, 32, 32, 3)).astype(np.uint8)
        network, scale = quick_layers.rebuilt(network, xla=xla), pixels.scaling("unit", images)
    split = Split(images, rng.integers(0, 10, IMAGES).astype(np.int32))
    way = StepWay(place_of(images, free), xla)
    optimizer = optimizers.build(experiment.optimizer, precision)
    return Steps(network, optimizer, scale, split, batch=batch, way=way)


def measure(config: str, free: int | None) -> dict[str, Any]:
    """Train for a while; return seconds to the first result, milliseconds a step, images a second."""
    preset, precision, size, way = config.split(":")
    batch = int(size)
    steps = steps_of(preset, precision, batch, xla=way == "xla", free=free)
    steps.begin_epoch()
    rows = np.random.default_rng(1).permutation(IMAGES).astype(np.int32)
    whole = rows[: IMAGES // batch * batch].reshape(-1, batch)
    began = time.perf_counter()
    steps.train(whole[:1])
    first = time.perf_counter() - began
    steps.train(whole[: max(1, len(whole) // 8)])
    taken: list[float] = []
    go = whole[: min(len(whole), 256)]
    while sum(taken) < SECONDS or len(taken) < 3:
        began = time.perf_counter()
        steps.train(go)
        taken.append((time.perf_counter() - began) / len(go))
    step = median(taken)
    loss = steps.sums["cross_entropy"] / steps.sums["images"]
    return {"first_seconds": first, "step_ms": step * 1000, "images_per_second": batch / step, "loss": loss}


def main() -> None:
    """Measure each."""
    configs = sys.argv[1:]
    deterministic = "--random" not in configs
    numerics.settle(None)
    choice = devices.reserve("auto")
    record = devices.prepare(choice, TrainingSpec(deterministic=deterministic))
    free = choice.gpu.memory_free if choice.gpu is not None else None
    for config in configs:
        if config.startswith("--"):
            continue
        said: dict[str, Any] = {"config": config, "deterministic": deterministic, "device": record.name}
        try:
            said |= measure(config, free)
        except Exception as error:  # noqa: BLE001 - told, and the next way is measured
            said["error"] = str(error)[:600]
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
