"""Runs that recorded the statistics of their batches, made up: means that wander ever more slowly."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from finished_runs import finished_run
from numpy.typing import NDArray
from records import CIFAR10, epoch

from tuilab.looks.pages.norms import PROBE
from tuilab.runs import measurements
from tuilab.runs.norm_statistics import NAME, EpochScores, MeasuredNorm, NormStatistics, Score, Source
from tuilab.runs.run import Run
from tuilab.runs.step_rows import Column, Layout, StepWriter

WIDTHS = {"block1_conv1_bn": 4, "block1_conv2_bn": 4, "dense_bn": 6}
STEPS, EPOCHS = 25, 4


def rows(epoch: int) -> NDArray[np.float32]:
    """Return what an epoch (from 1) records."""
    time = (np.arange(STEPS) + (epoch - 1) * STEPS)[:, None]
    parts = []
    for place, width in enumerate(WIDTHS.values(), start=1):
        channel = np.arange(width)[None, :]
        way = 1 - np.exp(-time / (15 * place))
        jitter = ((time * 37 + channel * 11) % 19 - 9) / 100
        parts += [way * (channel - 1) + jitter, 1 + way * (channel + place) + jitter, np.ones((STEPS, 1))]
    return np.concatenate(parts, axis=1).astype(np.float32)


def recorded(settings: Mapping[str, Any] | None = None) -> Run:
    """Make a finished run of CIFAR-10 that recorded them."""
    run = finished_run(
        "bn",
        {"data.source": "cifar10", "training.probes": (PROBE,), **(settings or {})},
        epochs=[epoch(number) for number in range(1, EPOCHS + 1)],
        dataset=CIFAR10,
    )
    columns = [
        Column(name=f"{name}/{what}", width=1 if what == "factor" else width)
        for name, width in WIDTHS.items()
        for what in ("mean", "variance", "factor")
    ]
    writer = StepWriter(run.probes / PROBE, Layout(columns=tuple(columns), steps=STEPS))
    for number in range(1, EPOCHS + 1):
        writer.begin(number, 0)
        writer.write(rows(number))
    writer.close()
    return run


def measured(*, dropout: bool = True, moving: float = 0.62) -> Run:
    """Make a finished run whose network was measured under other statistics.

    Args:
        dropout: whether it has any.
        moving: the accuracy with its moving statistics.
    """
    run = recorded()
    final = [score("moving", moving), score("batch", 0.7), score("recomputed", 0.71)]
    epochs = [
        EpochScores(epoch=n, scores=tuple(score(s.source, s.accuracy * n / EPOCHS) for s in final))
        for n in range(1, EPOCHS + 1)
    ]
    if dropout:
        final += [score(one.source, one.accuracy - 0.05, dropout=True) for one in final]
        final.append(score("recomputed-as-trained", 0.68))
    norms = [
        MeasuredNorm(
            layer=name,
            channels=width,
            shift=1 - 0.1 * place,
            mean_gap=0.1 * place,
            variance_gap=0.3 / (place + 1),
            gamma=(0.9, 1.0, 1.1),
            beta=(-0.2, 0.01, 0.1),
        )
        for place, (name, width) in enumerate(WIDTHS.items())
    ]
    found = NormStatistics(
        part="test",
        images=10_000,
        batch=64,
        recomputed_from=2_000,
        dropout=dropout,
        final=tuple(final),
        epochs=tuple(epochs),
        norms=tuple(norms),
    )
    measurements.save(run, NAME, found)
    return run


def score(source: Source, accuracy: float, *, dropout: bool = False) -> Score:
    """Return what a network reaches in one way."""
    return Score(source=source, dropout=dropout, accuracy=accuracy, cross_entropy=2 * (1 - accuracy))
