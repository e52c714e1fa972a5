"""Journals' entries made by hand, for histories."""

from collections.abc import Iterable

import records

from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import AnyRecord, Batch, Epoch


def batch(epoch: int, step: int, steps: int = 4, **changed: float) -> Batch:
    """Return how far an epoch is; its accuracies are easily told from each other."""
    usual = {
        "accuracy": 0.1 * epoch + 0.01 * step,
        "cross_entropy": 2.0 / (epoch + step / steps),
        "penalty": 0.5,
        "images_per_second": 5123.0,
        "seconds_left": 42.0,
    }
    return records.batch(epoch, step, steps, **{**usual, **changed})


def epoch(number: int, **changed: float) -> Epoch:
    """Return an epoch; its accuracies are easily told from each other."""
    usual = {
        "accuracy": 0.1 * number + 0.05,
        "cross_entropy": 2.0 / (number + 1),
        "penalty": 0.5,
        "gradient_norm": 1.0,
        "val_accuracy": 0.1 * number,
        "val_cross_entropy": 2.2 / (number + 1),
        "seconds": 3.0,
    }
    return records.epoch(number, **{**usual, **changed})


def entries(records: Iterable[AnyRecord], *, start: float = 1000.0, seconds: float = 1.0) -> list[Entry]:
    """Return entries ``seconds`` apart."""
    return [Entry(seq, start + seq * seconds, record) for seq, record in enumerate(records)]
