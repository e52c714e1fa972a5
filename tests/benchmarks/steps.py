"""What telling about a training costs, and what many steps in one call of TensorFlow save.

    python tests/benchmarks/steps.py [REPEATS]

trains the head of iteration-i on made-up features (the smallest step there is: telling weighs most here)
and the CNN of bn on made-up images, each as a worker does: journal, lease and commands of a real run
folder, on the disk of TMPDIR. Prints medians of alternating epochs.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tuilab import presets
from tuilab.engine import devices, networks, numerics, optimizers, pixels
from tuilab.engine.fast import features, quick_layers
from tuilab.engine.splits import Split
from tuilab.engine.stopping import Stopping
from tuilab.engine.telemetry import Reporter
from tuilab.engine.training import Trainer
from tuilab.experiment import TrainingSpec
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.worker.commands import CommandReader
from tuilab.runs.worker.lease_holder import take_lease

STEPS = {"iteration-i": 600, "bn": 60}


class Timed:
    """A function, and the seconds spent in it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds = 0.0

    def __call__(self, *given: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._function(*given)
        finally:
            self.seconds += time.perf_counter() - began


def trainer(preset: str, report: Callable[[Any], None], should_stop: Callable[[], bool]) -> Trainer:
    """A trainer of a preset, on noise."""
    experiment, rng = presets.find(preset).experiment, np.random.default_rng(0)
    count = STEPS[preset] * experiment.training.batch_size
    network = networks.build(experiment.model, 10)
    divided = features.cut(network)
    if divided is not None:
        images: Any = rng.normal(size=(count, *divided.shape)).astype(np.float32)
        network, scale = divided.rest, pixels.unscaled
    else:
        images = rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)
        network, scale = quick_layers.rebuilt(network), pixels.scaling("unit", images)
    split = Split(images, rng.integers(0, 10, count).astype(np.int32))
    optimizer = optimizers.build(experiment.optimizer, "float32")
    return Trainer(experiment, network, optimizer, scale, split, report=report, should_stop=should_stop)


def measure(preset: str, folder: Path, repeats: int) -> None:
    """Print the share of telling in an epoch, and what a step takes alone and among others."""
    folder.mkdir()
    stopping = Stopping()
    lease = take_lease(folder / "lease.json")
    stopping.watch(lease, CommandReader(folder / "commands.jsonl"))
    report = Timed(Reporter(JournalWriter(folder / "journal.jsonl")))
    asked = Timed(stopping.asked)
    many, alone = trainer(preset, report, asked), trainer(preset, lambda record: None, lambda: False)
    alone._steps_per_call.took = lambda steps, seconds: None
    for one in (many, alone):
        one.train_epoch(1)  # builds the graph, and finds how many steps to train per call
    shares: list[float] = []
    seconds: dict[str, list[float]] = {"many": [], "alone": []}
    for n in range(repeats):
        for name, one in (("many", many), ("alone", alone)):
            report.seconds = asked.seconds = 0.0
            began = time.perf_counter()
            one.train_epoch(n + 2)
            took = time.perf_counter() - began
            seconds[name].append(took / STEPS[preset] * 1000)
            if one is many:
                shares.append((report.seconds + asked.seconds) / took)
    lease.release()
    steps = {name: median(all_) for name, all_ in seconds.items()}
    print(
        f"{preset}: telling takes {median(shares):.2%} of an epoch; a step takes {steps['alone']:.2f} ms "
        f"alone and {steps['many']:.2f} ms with others ({repeats} epochs each)"
    )


def main() -> None:
    """Measure both."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    numerics.settle(None)
    devices.prepare(devices.reserve("cpu"), TrainingSpec())
    with tempfile.TemporaryDirectory() as folder:
        for preset in STEPS:
            measure(preset, Path(folder) / preset, repeats)


if __name__ == "__main__":
    main()
