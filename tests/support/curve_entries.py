"""Journals' entries made by hand, for histories."""

from collections.abc import Iterable
from typing import Any

from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import AnyRecord, Batch, Epoch, Started

STARTED = Started(pid=1, host="h", versions={})


def batch(epoch: int, step: int, steps: int = 4, **changed: float) -> Batch:
    numbers: dict[str, Any] = {
        "accuracy": 0.1 * epoch + 0.01 * step,
        "cross_entropy": 2.0 / (epoch + step / steps),
        "penalty": 0.5,
        "gradient_norm": 1.0,
        "images_per_second": 5123.0,
        "seconds_left": 42.0,
        **changed,
    }
    return Batch(epoch=epoch, step=step, steps=steps, **numbers)


def epoch(number: int, **changed: float) -> Epoch:
    numbers: dict[str, Any] = {
        "accuracy": 0.1 * number + 0.05,
        "cross_entropy": 2.0 / (number + 1),
        "penalty": 0.5,
        "gradient_norm": 1.0,
        "val_accuracy": 0.1 * number,
        "val_cross_entropy": 2.2 / (number + 1),
        "learning_rate": 0.001,
        "seconds": 3.0,
        **changed,
    }
    return Epoch(epoch=number, **numbers)


def entries(records: Iterable[AnyRecord], *, start: float = 1000.0, seconds: float = 1.0) -> list[Entry]:
    """Return entries ``seconds`` apart."""
    return [Entry(seq, start + seq * seconds, record) for seq, record in enumerate(records)]
