"""What was measured, told to a person in lines of plain text, and to a program as one object."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tuilab.bench.figures import (
    Figures,
    difference,
    median,
    median_ratio,
    of_steps,
    ratio,
)
from tuilab.bench.job import Job
from tuilab.bench.measuring import Pair
from tuilab.bench.ways import Passage, Way
from tuilab.runs.metrics import ACCURACY, CROSS_ENTROPY

HEAD = ("pair", "way", "trains", "seconds", "s/epoch", "images/s", "GFLOP/s", "peak MB")
KEYS: dict[Way, str] = {"plain Keras": "plain", "tuilab": "tuilab", "tuilab warm": "warm"}
"""What each way is called in the object."""


@dataclass(frozen=True)
class Conditions:
    """What all was measured on.

    Attributes:
        processor: its name, cores and memory.
        device: what trained, e.g. ``cpu`` or ``gpu:0 NVIDIA A100``.
        images: the data in a few words.
        versions: of Python, TensorFlow, Keras, NumPy, tuilab.
        matmul_flops: operations a second of a product of two float32 matrices.
        matmul_side: rows and columns of those.
        classes: how many.
        memory: bytes that were free at the beginning.
    """

    processor: str
    device: str
    images: str
    versions: dict[str, str]
    matmul_flops: float
    matmul_side: int
    classes: int
    memory: float


@dataclass(frozen=True)
class Measured:
    """A job and its pairs."""

    job: Job
    pairs: tuple[Pair, ...]

    @property
    def ways(self) -> list[Way]:
        """What the pairs hold, plain Keras first."""
        return [passage.way for passage in self.pairs[0].passages()]


def condition_lines(conditions: Conditions) -> list[str]:
    """Return where and on what it was measured."""
    versions = ", ".join(f"{name} {number}" for name, number in conditions.versions.items())
    side = f"{conditions.matmul_side:,}"
    return [
        f"machine  {conditions.processor}",
        f"device   {conditions.device}",
        f"versions {versions}",
        f"images   {conditions.images}",
        f"matmul   {conditions.matmul_flops / 1e9:,.0f} GFLOP/s: float32, {side} x {side}, in TensorFlow",
    ]


def job_lines(measured: Measured, conditions: Conditions) -> list[str]:
    """Return a job's table, a row a pair, way and training, and the medians; then what they mean."""
    job, pairs = measured.job, measured.pairs
    epochs = ", then ".join(f"{name}, epochs: {e.training.epochs}" for name, e in job.steps)
    rows: list[Sequence[str]] = [HEAD]
    for number, pair in enumerate(pairs, start=1):
        for passage in pair.passages():
            steps = of_steps(passage, job, conditions.classes, memory=conditions.memory)
            rows += _rows(str(number), passage.way, job, steps, passage.peak_bytes)
    if len(pairs) > 1:
        for way in measured.ways:
            passages = [_of(pair, way) for pair in pairs]
            rows += _rows("median", way, job, _medians(passages, job, conditions), _median_peak(passages))
    return [epochs, *_aligned(rows), *_ratio_lines(measured), *_difference_lines(measured)]


def sentence(measured: Measured, conditions: Conditions) -> str:
    """Return in one sentence what a job's figures mean."""
    times, preset = median_ratio(measured.pairs), measured.job.preset
    if len(measured.job.steps) > 1:
        preset = " and ".join(name for name, _ in measured.job.steps)
    if times >= 1:
        speed = f"tuilab trains {preset} {times:.3g} times as fast as plain Keras here"
    else:
        speed = f"plain Keras trains {preset} {1 / times:.3g} times as fast as tuilab here"
    apart = difference(measured.pairs)
    accuracy, nats = (max(x, 0.0001) for x in (apart.of_accuracy, apart.of_cross_entropy))
    lie = f"{accuracy:.4f} in {ACCURACY.title} and {nats:.4f} in {CROSS_ENTROPY.title}"
    same = (
        f"the same results within {lie}" if apart.only_rounding else f"but the results differ by up to {lie}"
    )
    plain, ours = (
        _medians([_of(pair, way) for pair in measured.pairs], measured.job, conditions)[-1].flops_per_second
        / conditions.matmul_flops
        for way in measured.ways[:2]
    )
    rates = (
        f"epochs of plain Keras reach {plain:.0%} of the matrix multiplication's rate, tuilab's {ours:.0%}"
    )
    return f"{speed}; {same}; {rates}."


def as_object(measured: Sequence[Measured], conditions: Conditions) -> dict[str, Any]:
    """Return everything, JSON types only; a number that is not finite becomes None."""
    return _finite({**asdict(conditions), "jobs": [_job_object(one, conditions) for one in measured]})


def _job_object(measured: Measured, conditions: Conditions) -> dict[str, Any]:
    job, pairs = measured.job, measured.pairs
    keys: dict[Way, str] = {way: KEYS[way] for way in measured.ways}
    return {
        "preset": job.preset,
        "experiments": [
            {"preset": name, "digest": e.digest, **e.model_dump(mode="json")} for name, e in job.steps
        ],
        "pairs": [
            {
                **{key: _passage_object(_of(pair, way), job, conditions) for way, key in keys.items()},
                **{name: ratio(pair, way) for way, name in _ratio_keys(measured)},
                "difference": asdict(difference([pair])),
            }
            for pair in pairs
        ],
        "median": {
            **{
                key: {
                    "seconds": sum(
                        f.seconds for f in _medians([_of(p, way) for p in pairs], job, conditions)
                    ),
                    "peak_bytes": _median_peak([_of(p, way) for p in pairs]),
                    "trained": [asdict(f) for f in _medians([_of(p, way) for p in pairs], job, conditions)],
                }
                for way, key in keys.items()
            },
            **{name: median_ratio(pairs, way) for way, name in _ratio_keys(measured)},
        },
        "difference": asdict(difference(pairs)),
        "sentence": sentence(measured, conditions),
    }


def _passage_object(passage: Passage, job: Job, conditions: Conditions) -> dict[str, Any]:
    table = asdict(passage)
    steps = of_steps(passage, job, conditions.classes, memory=conditions.memory)
    for trained, figures in zip(table["trained"], steps, strict=True):
        trained["figures"] = asdict(figures)
    return {**table, "seconds": passage.seconds}


def _rows(pair: str, way: Way, job: Job, steps: Sequence[Figures], peak: float) -> list[Sequence[str]]:
    megabytes = f"{peak / 1e6:,.0f}"
    rows: list[Sequence[str]] = []
    for (name, _), one in zip(job.steps, steps, strict=True):
        rate = f"{one.flops_per_second / 1e9:,.2g}" if one.flops_per_second < 1e9 else ""
        rate = rate or f"{one.flops_per_second / 1e9:,.1f}"
        rows.append(
            (
                *(pair, way, name, f"{one.seconds:.1f}", f"{one.epoch_seconds:.2f}"),
                *(f"{one.images_per_second:,.0f}", rate, megabytes if len(steps) == 1 else ""),
            )
        )
    if len(steps) > 1:
        rows.append((pair, way, "in all", f"{sum(s.seconds for s in steps):.1f}", "", "", "", megabytes))
    return rows


def _ratio_keys(measured: Measured) -> list[tuple[Way, str]]:
    return [(way, "ratio" if way == "tuilab" else f"{KEYS[way]}_ratio") for way in measured.ways[1:]]


def _ratio_lines(measured: Measured) -> list[str]:
    """Return a line a way: each pair's ratio, the median, and that of each training of a chain."""
    pairs, lines = measured.pairs, []
    for way in measured.ways[1:]:
        ratios = ", ".join(f"{ratio(pair, way):.2f}" for pair in pairs)
        middle = f"; median {median_ratio(pairs, way):.2f}" if len(pairs) > 1 else ""
        steps = [
            f"{name} {median_ratio(pairs, way, n):.2f}" for n, (name, _) in enumerate(measured.job.steps)
        ]
        each = f" ({', '.join(steps)})" if len(steps) > 1 else ""
        lines.append(f"{way} is {ratios} times as fast as plain Keras{middle}{each}")
    return lines


def _difference_lines(measured: Measured) -> list[str]:
    d = difference(measured.pairs)
    return [
        f"largest differences between the two, {ACCURACY.full_title} and {CROSS_ENTROPY.full_title}: "
        f"training {d.accuracy:.4f} and {d.cross_entropy:.4f}, "
        f"validation {d.val_accuracy:.4f} and {d.val_cross_entropy:.4f}, "
        f"test {d.test_accuracy:.4f} and {d.test_cross_entropy:.4f}"
    ]


def _of(pair: Pair, way: Way) -> Passage:
    return next(passage for passage in pair.passages() if passage.way == way)


def _medians(passages: Sequence[Passage], job: Job, conditions: Conditions) -> list[Figures]:
    """Return the median figures of each step."""
    steps = [of_steps(passage, job, conditions.classes, memory=conditions.memory) for passage in passages]
    return [median(several) for several in zip(*steps, strict=True)]


def _median_peak(passages: Sequence[Passage]) -> float:
    return statistics.median(passage.peak_bytes for passage in passages)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows in columns: words to the left, numbers (from the fourth on) to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if n > 2 else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
