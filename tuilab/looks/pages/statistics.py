"""The look ``statistics``: the trained network under other statistics in its batch normalizations."""

import math
from collections.abc import Mapping
from typing import assert_never

from tuilab.errors import MissingError
from tuilab.experiment.experiment import head_of
from tuilab.looks.page import Asked, JsonValue, LookedAt, Page, Plot, PlotCurve
from tuilab.looks.wording import percent, points, share
from tuilab.results.document import Head, Table
from tuilab.runs import measurements
from tuilab.runs.norm_statistics import NAME, NormStatistics, Score, Source

_BEHIND = 0.1
"""From what share on it is said which layer's moving variance is off."""
Ways = Mapping[tuple[Source, bool], Score]
"""What was reached, by the statistics and whether dropout was on."""
_BY_EPOCH: tuple[tuple[Source, str], ...] = (
    ("moving", "moving"),
    ("batch", "batch"),
    ("recomputed", "recomputed"),
)


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing was measured."""
    run = looked.summary.run
    if not head_of(looked.experiment.model).batch_norm:
        raise MissingError(f"the network of {run.id} has no batch normalization")
    found = measurements.load(run, NAME, NormStatistics)
    by_way: Ways = {(one.source, one.dropout): one for one in found.final}
    return Page(
        f"{looked.name}: evaluated with other statistics in its batch normalizations",
        (*_unstable(found, by_way), *_trained(by_way), *_shift(found)),
        (_table(found), *_by_epoch(found), _norms(found)),
        plots=_plots(found),
        notes=(
            f"On {found.images:,} {found.part} images, in random batches of about {found.batch}. Recomputed: "
            f"mean and variance over {found.recomputed_from:,} training images, E[x] and E[x^2] pooled over "
            "batches that are normalized as in training (Wu & Johnson 2021).",
            "Behind: how far the moving statistics are from those recomputed with dropout as in training; "
            "the mean in standard deviations, the variance as a share; of many channels the median.",
        ),
        facts=_facts(found),
    )


def _unstable(found: NormStatistics, by_way: Ways) -> list[str]:
    moving, again = by_way.get(("moving", False)), by_way.get(("recomputed", False))
    if moving is None or again is None:
        return []
    gap = again.accuracy - moving.accuracy
    said = (
        f"With its moving statistics, as every table has it, {share(moving.accuracy)} of the {found.part} "
        f"images are right; with statistics computed again from training images {share(again.accuracy)} "
        f"({points(gap)} points), from the very same weights."
    )
    behind = max(found.norms, key=lambda one: one.variance_gap if math.isfinite(one.variance_gap) else 0.0)
    if abs(gap) < 0.01:
        return [f"{said} The moving statistics cost this network nothing to speak of."]
    said += " That gap is no matter of what was learned."
    if behind.variance_gap < _BEHIND:
        return [said]
    return [
        f"{said} Furthest behind is {behind.layer}, whose moving variance is "
        f"{percent(behind.variance_gap)} off."
    ]


def _trained(by_way: Ways) -> list[str]:
    shifted, again = by_way.get(("recomputed-as-trained", False)), by_way.get(("recomputed", False))
    moving = by_way.get(("moving", False))
    if shifted is None or again is None or moving is None:
        return []
    return [
        "The moving statistics are computed with dropout on, and used with dropout off. That alone makes "
        f"{share(shifted.accuracy)} of {share(again.accuracy)}: {points(again.accuracy - shifted.accuracy)} "
        f"points of the gap. The rest, {points(shifted.accuracy - moving.accuracy)} points, is that the "
        "moving statistics are out of date."
    ]


def _shift(found: NormStatistics) -> list[str]:
    known = [one for one in found.norms if math.isfinite(one.shift)]
    if not found.dropout or not known:
        return []
    most = min(known, key=lambda one: one.shift)
    return [
        f"Dropout shifts variances most in front of {most.layer}: with dropout off, its input has "
        f"{most.shift:.3f} times the variance that it has with dropout on (Li et al. 2018)."
    ]


def _table(found: NormStatistics) -> Table:
    heads = [
        Head("mean and variance"),
        Head("dropout"),
        Head("accuracy", number=True),
        Head("cross-entropy", number=True),
    ]
    cells = [
        (
            _said(one.source),
            "on" if one.dropout else "off" if found.dropout else "none",
            share(one.accuracy),
            f"{one.cross_entropy:.4f}",
        )
        for one in found.final
    ]
    return Table("the trained network", heads, cells)


def _said(source: Source) -> str:
    match source:
        case "moving":
            return "moving"
        case "batch":
            return "of the batch"
        case "recomputed":
            return "recomputed"
        case "recomputed-as-trained":
            return "recomputed, dropout on"
        case _:
            assert_never(source)


def _by_epoch(found: NormStatistics) -> list[Table]:
    if len(found.epochs) < 2:
        return []
    heads = [Head(name, number=True) for name in ("epoch", *(said for _, said in _BY_EPOCH), "gap")]
    cells = []
    for one in found.epochs:
        known = [one.score(source) for source, _ in _BY_EPOCH]
        moving, *_, again = known
        gap = "-" if moving is None or again is None else points(again.accuracy - moving.accuracy)
        reached = (share(None if score is None else score.accuracy) for score in known)
        cells.append((str(one.epoch), *reached, gap))
    return [Table("accuracy with the weights of each epoch that was kept, dropout off", heads, cells)]


def _norms(found: NormStatistics) -> Table:
    heads = [
        Head("layer"),
        *(
            Head(name, number=True)
            for name in ("channels", "mean behind", "variance behind", "variance off/on", "gamma", "beta")
        ),
    ]
    cells = [
        (
            one.layer,
            str(one.channels),
            f"{one.mean_gap:.3f}",
            percent(one.variance_gap, 1),
            f"{one.shift:.3f}" if found.dropout else "-",
            _range(one.gamma),
            _range(one.beta),
        )
        for one in found.norms
    ]
    notes = (
        "variance off/on: of its input with dropout off, divided by that with dropout on. gamma, beta: the "
        "middle channel, and the least to the largest.",
    )
    return Table("by layer", heads, cells, notes)


def _range(of: tuple[float, float, float]) -> str:
    least, middle, largest = (round(value, 2) + 0.0 for value in of)  # no -0.00
    return f"{middle:.2f} ({least:.2f} to {largest:.2f})"


def _plots(found: NormStatistics) -> tuple[Plot, ...]:
    if len(found.epochs) < 2:
        return ()
    curves = []
    for source, said in _BY_EPOCH:
        known = [(one.epoch, score) for one in found.epochs if (score := one.score(source)) is not None]
        curves.append(
            PlotCurve(
                said, tuple(float(epoch) for epoch, _ in known), tuple(score.accuracy for _, score in known)
            )
        )
    return (Plot(f"accuracy on {found.part} images, by the statistics used", "epoch", tuple(curves)),)


def _facts(found: NormStatistics) -> dict[str, JsonValue]:
    return {
        "part": found.part,
        "images": found.images,
        "batch": found.batch,
        "recomputed_from": found.recomputed_from,
        "final": [_score(one) for one in found.final],
        "epochs": [{"epoch": one.epoch, "scores": [_score(s) for s in one.scores]} for one in found.epochs],
        "norms": [
            {
                "layer": one.layer,
                "channels": one.channels,
                "shift": _finite(one.shift),
                "mean_gap": _finite(one.mean_gap),
                "variance_gap": _finite(one.variance_gap),
                "gamma": [_finite(value) for value in one.gamma],
                "beta": [_finite(value) for value in one.beta],
            }
            for one in found.norms
        ],
    }


def _score(one: Score) -> dict[str, JsonValue]:
    return {
        "statistics": one.source,
        "dropout": one.dropout,
        "accuracy": _finite(one.accuracy),
        "cross_entropy": _finite(one.cross_entropy),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
