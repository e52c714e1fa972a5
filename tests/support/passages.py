"""Passages and pairs as if they had been measured."""

from pathlib import Path

from tuilab.bench.job import Job, job
from tuilab.bench.measuring import Pair
from tuilab.bench.report import Conditions, Measured
from tuilab.bench.ways import SERIES, Passage, Trained, Way

CONDITIONS = Conditions(
    processor="a processor, 2 cores, 24 GiB",
    device="cpu: a processor",
    images="digits: 500 training and 200 test images",
    versions={"Python": "3.11.7", "tensorflow": "2.21.0"},
    matmul_flops=50e9,
    matmul_side=2048,
    classes=10,
    memory=8e9,
)


def trained(preset: str = "bn", seconds: float = 10.0, *, off: float = 0.0, epochs: int = 3) -> Trained:
    """A training of 400 images; its results lie ``off`` from those of another."""
    return Trained(
        preset=preset,
        seconds=seconds,
        epoch_seconds=tuple(seconds / 10 + n / 100 for n in range(epochs)),
        history={name: tuple(0.5 + off * n for n in range(epochs)) for name in SERIES},
        training_images=400,
        validation_images=1000,
        test_images=1000,
        test_accuracy=0.9 + off,
        test_cross_entropy=0.3 - off,
    )


def passage(way: Way, *steps: Trained, peak: int = 900_000_000) -> Passage:
    """A passage of some trainings."""
    versions = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"}
    return Passage(way, steps, peak, peak, "cpu", "a processor", versions)


def pair(plain: float, ours: float, *, off: float = 0.0) -> Pair:
    """A pair that took these seconds."""
    return Pair(
        passage("plain Keras", trained(seconds=plain)), passage("tuilab", trained(seconds=ours, off=off))
    )


def bn_job(folder: Path, preset: str = "bn") -> Job:
    """A job on images that are not there."""
    return job(preset, [], images=folder / "images.npz", weights=None, device="cpu")


def measured(folder: Path, *pairs: Pair) -> Measured:
    """What was measured of ``bn``."""
    return Measured(bn_job(folder), pairs)
