"""Records of a journal, made up: what an ordinary run of digits on a processor says."""

from typing import Any

from tuilab.runs.journal.records import (
    Batch,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Failed,
    LayerRecord,
    NetworkRecord,
    Started,
    Stopped,
    WeightsRecord,
)

VERSIONS = {"tuilab": "0.1.0", "python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"}
STARTED = Started(pid=1, host="h", versions=VERSIONS)
DIGITS = DatasetRecord(
    name="digits",
    source="built in",
    digest="d1",
    classes=[str(digit) for digit in range(10)],
    training_images=1442,
    validation_images=355,
    test_images=355,
)
CIFAR10 = DatasetRecord(
    name="cifar10",
    source="the official archive",
    digest="d2",
    classes=["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    training_images=40_000,
    validation_images=10_000,
    test_images=10_000,
)
IMAGENET = WeightsRecord(name="imagenet", source="Keras's cache", digest="w1", attribution="CC BY 4.0")
RANDOM = WeightsRecord(name="random", source="RANDOM weights, drawn from seed 1", digest="")
INITIAL = WeightsRecord(name="-", source="initial values, drawn from seed 1", digest="")
CPU = DeviceRecord(device="cpu", name="a processor", precision="float32", reason="asked for")
DONE = Done(seconds=12.5)
FAILED = Failed(reason="the loss is not a number", exit_code=4, seconds=3.0)
STOPPED = Stopped(epoch=2, reason="asked to stop (SIGTERM)", seconds=5.0)
NETWORK = NetworkRecord(
    trained_tensors=14,
    trained_base_tensors=0,
    trained_parameters=1000,
    total_parameters=2000,
    layers=[LayerRecord(name="dense", type="Dense", output=[10], parameters=2000, trained=1000)],
)


def epoch(number: int, **changed: float) -> Epoch:
    """Return an ordinary epoch with the given numbers changed."""
    numbers: dict[str, Any] = {
        "accuracy": 0.5,
        "cross_entropy": 1.5,
        "penalty": 0.0,
        "gradient_norm": 2.0,
        "val_accuracy": 0.4,
        "val_cross_entropy": 1.7,
        "learning_rate": 0.001,
        "seconds": 2.5,
    }
    return Epoch(epoch=number, **{**numbers, **changed})


def batch(epoch: int, step: int, steps: int = 20, **changed: float) -> Batch:
    """Return how far an ordinary epoch is, with the given numbers changed."""
    numbers: dict[str, Any] = {
        "accuracy": 0.5,
        "cross_entropy": 1.0,
        "penalty": 0.0,
        "gradient_norm": 1.0,
        "images_per_second": 1234.0,
        "seconds_left": 62.0,
    }
    return Batch(epoch=epoch, step=step, steps=steps, **{**numbers, **changed})


def learning_epoch(number: int, **changed: float) -> Epoch:
    """Return an epoch that is better than those before it."""
    usual = {
        "accuracy": 0.2 + 0.12 * number,
        "cross_entropy": 2.3 / (number + 1),
        "penalty": 0.35 - 0.01 * number,
        "val_accuracy": 0.18 + 0.11 * number,
        "val_cross_entropy": 2.4 / (number + 1),
        "seconds": 3.0,
    }
    return epoch(number, **{**usual, **changed})


def learning_batch(epoch: int, step: int, steps: int = 20, **changed: float) -> Batch:
    """Return how far an epoch is that is better than those before it."""
    usual = {
        "accuracy": 0.2 + 0.6 * (epoch - 1 + step / steps) / 5,
        "cross_entropy": 2.3 / (epoch + step / steps),
        "penalty": 0.35,
        "gradient_norm": 2.0,
        "images_per_second": 5100.0,
        "seconds_left": 42.0,
    }
    return batch(epoch, step, steps, **{**usual, **changed})


BATCH = batch(1, 3, 10)
