"""A whole bench: from what a person wishes to what was measured."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tuilab import __version__, presets
from tuilab.bench.inputs import first_images, write_images, write_weights
from tuilab.bench.job import job, refuse_few_images, weights_of
from tuilab.bench.measuring import Watcher, bench_folder, matmul_rate, measure
from tuilab.bench.report import Conditions, Measured, as_object, condition_lines, job_lines, sentence
from tuilab.bench.ways import Passage, child_environment
from tuilab.errors import UsageError
from tuilab.experiment.experiment import base_of
from tuilab.machine.device_choice import choose_device
from tuilab.machine.gpus import list_gpus
from tuilab.machine.hardware import cpu_model, usable_cores
from tuilab.sources.base_weights import load_weights
from tuilab.sources.dataset import Dataset
from tuilab.sources.datasets import load_dataset
from tuilab.terminal import clean


@dataclass(frozen=True)
class BenchOptions:
    """What is to be measured.

    Attributes:
        presets: what is trained, one after the other.
        pairs: of each.
        training_images, test_images: the first so many of the source.
        epochs: of each preset; None: its own.
        source: as ``tuilab run --data`` takes it.
        weights: ``imagenet``, ``random`` or a path; None: each preset's own.
        assignments: ``--set`` texts.
        device: ``auto``, ``cpu`` or ``gpu:K``.
        warm: whether tuilab trains once more in each pair, its cache filled.
    """

    presets: tuple[str, ...]
    pairs: int
    training_images: int
    test_images: int
    epochs: int | None
    source: str
    weights: str | None
    assignments: tuple[str, ...]
    device: str
    warm: bool


@dataclass(frozen=True)
class Session:
    """What was measured."""

    conditions: Conditions
    measured: tuple[Measured, ...]

    def lines(self) -> list[str]:
        """Return it for a person."""
        lines = condition_lines(self.conditions)
        for one in self.measured:
            lines += ["", *job_lines(one, self.conditions)]
        return [*lines, "", *(sentence(one, self.conditions) for one in self.measured)]

    def as_object(self) -> dict[str, Any]:
        """Return it for a program."""
        return as_object(self.measured, self.conditions)


def run(options: BenchOptions, watcher: Watcher) -> Session:
    """Measure.

    Raises:
        UsageError: an unknown preset, a value that is not allowed.
        MissingError: images or weights that cannot be had.
        RunError: one of the two ways failed.
    """
    bases = {name: weights_of(name, options.weights) for name in options.presets}
    if options.weights is not None and not any(bases.values()):
        raise UsageError(
            f"--weights cannot be used here: {', '.join(options.presets)} have no base to load weights into"
        )
    choice = choose_device(options.device, list_gpus())
    environment = child_environment(choice.visible)
    memory = float(psutil.virtual_memory().available)
    with watcher.at_work("images and weights"):
        everything = load_dataset(options.source, seed=1)
        dataset = first_images(everything, options.training_images, options.test_images)
    with bench_folder() as folder:
        images = folder / "images.npz"
        write_images(images, dataset)
        jobs = [
            job(
                name,
                options.assignments,
                images=images,
                weights=_weights(folder, name, bases[name]),
                device=options.device,
                epochs=options.epochs,
            )
            for name in options.presets
        ]
        for one in jobs:
            refuse_few_images(one, len(dataset.train_labels))
        rate = matmul_rate(environment, watcher)
        measured = tuple(
            Measured(
                one,
                tuple(measure(one, options.pairs, folder, environment, warm=options.warm, watcher=watcher)),
            )
            for one in jobs
        )
    return Session(_conditions(dataset, rate, memory, measured[0].pairs[0].ours), measured)


def _weights(folder: Path, preset: str, weights: str | None) -> Path | None:
    """Return a Keras file of the weights of a preset's base, written once; None if there are none to load."""
    base = base_of(presets.find(preset).experiment.model)
    if base is None or weights in (None, "random"):
        return None
    path = folder / f"{base.base}.h5"
    if not path.exists():
        write_weights(path, load_weights(base.base_network, weights))
    return path


def _conditions(dataset: Dataset, rate: Mapping[str, Any], memory: float, ours: Passage) -> Conditions:
    cores, installed = usable_cores(), psutil.virtual_memory().total / 2**30
    counts = f"{len(dataset.train_labels):,} training and {len(dataset.test_labels):,} test images"
    return Conditions(
        processor=f"{clean(cpu_model())}, {cores} cores, {installed:.0f} GiB",
        device=f"{ours.device}: {clean(ours.device_name)}",
        images=f"{clean(dataset.name)} ({clean(dataset.source)}): {counts}",
        versions={"Python": platform.python_version(), "tuilab": __version__, **ours.versions},
        matmul_flops=rate["flops_per_second"],
        matmul_side=rate["side"],
        classes=len(dataset.classes),
        memory=memory,
    )
