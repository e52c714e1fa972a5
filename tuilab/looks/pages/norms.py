"""The look ``norms``: moving statistics against those of the batches, with this momentum and with others."""

import numpy as np

from tuilab.errors import MissingError
from tuilab.experiment.experiment import head_of
from tuilab.experiment.training import ProbeName
from tuilab.looks.norms import LAST, Gaps, Numbers, gaps, track
from tuilab.looks.page import Asked, JsonValue, LookedAt, Page, Plot, PlotCurve
from tuilab.looks.wording import count, percent
from tuilab.results.document import Head, Table
from tuilab.runs.step_rows import StepRows

PROBE: ProbeName = "batch-statistics"
MOMENTA = (0.8, 0.9, 0.99, 0.999)
"""What is replayed beside the run's own."""
_POINTS = 240
"""Of a curve; of more steps each few make a mean."""
_MOST_EPOCHS = 5
"""Columns of the table of momenta."""


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded."""
    records = _records(looked)
    own = head_of(looked.experiment.model).bn_momentum
    found = gaps(records, sorted({own, *MOMENTA}))
    layer, channel = found.widest(own)
    followed = track(records, layer, channel, own)
    where = f"{layer.name}, channel {channel}"
    return Page(
        f"{looked.name}: moving statistics against those of the batches",
        (_own(found, own), *_others(found, own)),
        (*_by_momentum(found, own), _by_layer(found, own)),
        plots=(
            Plot(
                "gap of the moving mean, in standard deviations, by momentum",
                "epoch",
                tuple(
                    _curve(f"{momentum:g}", found.mean[:, m], found.steps)
                    for m, momentum in enumerate(found.momenta)
                ),
                log=True,
            ),
            Plot(
                f"mean: {where}",
                "epoch",
                (
                    _curve("batch", followed.batch_mean, found.steps),
                    _curve("moving", followed.moving_mean, found.steps),
                ),
            ),
            Plot(
                f"variance: {where}",
                "epoch",
                (
                    _curve("batch", followed.batch_variance, found.steps),
                    _curve("moving", followed.moving_variance, found.steps),
                ),
                log=True,
            ),
        ),
        notes=(
            "Each batch is held against the moving statistics as they stood before it. The gap of a mean is "
            "in standard deviations of the batch, that of a variance a share of it; of many channels the "
            "median.",
            f"The end of an epoch is the mean over its last {min(LAST, found.steps)} batches. Some of a gap "
            "is chance: no two batches have the same mean.",
            f"The channel that is drawn is the one whose mean is furthest behind at the end: {where}.",
        ),
        facts=_facts(found, own, layer.name, channel),
    )


def _records(looked: LookedAt) -> StepRows:
    run, manifest = looked.summary.run, looked.summary.manifest
    if not head_of(looked.experiment.model).batch_norm:
        raise MissingError(f"the network of {run.id} has no batch normalization")
    if PROBE not in looked.experiment.training.probes:
        raise MissingError(
            f"{run.id} did not record the statistics of its batches, and they cannot be had afterwards",
            [f'train it again with training.probes = ["{PROBE}"]: no number of it changes'],
        )
    if manifest.parent is not None:
        raise MissingError(
            f"{run.id} began with the moving statistics of {manifest.parent}, "
            "and its records do not tell of those",
            [f"look at {manifest.parent}"],
        )
    return StepRows.of(run.probes / PROBE)


def _own(found: Gaps, own: float) -> str:
    m = found.momenta.index(own)
    mean, variance = (float(gap[-LAST:, m].mean()) for gap in (found.mean, found.variance))
    channels = sum(layer.channels for layer in found.layers)
    return (
        f"{count(len(found.layers), 'batch normalization')} with {channels:,} channels, momentum {own:g}, "
        f"{count(len(found.mean), 'step')}. Over the last batches, the moving mean of the middle channel is "
        f"{mean:.3f} standard deviations from the batch's, its moving variance {percent(variance, 1)} off."
    )


def _others(found: Gaps, own: float) -> list[str]:
    if not found.ends:
        return []
    last = len(found.ends)
    mean, variance = found.at_end(last)
    m, best = found.momenta.index(own), int(variance.argmin())
    said = (
        "Training does not read the moving statistics, so its record tells what any other momentum would "
        f"have made of the same steps. After {count(last, 'epoch')}, "
    )
    if best == m:
        return [f"{said}no other of these has a moving variance that is closer."]
    return [
        f"{said}{found.momenta[best]:g} would be closest: its moving variance "
        f"{percent(float(variance[best]), 1)} off in place of {percent(float(variance[m]), 1)}, its moving "
        f"mean {float(mean[best]):.3f} standard deviations in place of {float(mean[m]):.3f}."
    ]


def _by_momentum(found: Gaps, own: float) -> list[Table]:
    if not found.ends:
        return []
    shown = np.unique(np.linspace(1, len(found.ends), min(_MOST_EPOCHS, len(found.ends))).round().astype(int))
    heads = [Head("momentum"), *(Head(f"epoch {epoch}", number=True) for epoch in shown)]
    means, variances = zip(*(found.at_end(int(epoch)) for epoch in shown), strict=True)
    names = [f"{momentum:g}" + (" (this run)" if momentum == own else "") for momentum in found.momenta]
    return [
        Table(
            "what if: gap of the moving mean at the end of epochs, in standard deviations",
            heads,
            [(name, *(f"{gap[m]:.3f}" for gap in means)) for m, name in enumerate(names)],
        ),
        Table(
            "what if: gap of the moving variance at the end of epochs",
            heads,
            [(name, *(percent(float(gap[m]), 1) for gap in variances)) for m, name in enumerate(names)],
        ),
    ]


def _by_layer(found: Gaps, own: float) -> Table:
    heads = [
        Head("layer"),
        *(
            Head(name, number=True)
            for name in ("channels", "mean", "variance", "furthest channel", "its mean")
        ),
    ]
    m, cells = found.momenta.index(own), []
    for n, layer in enumerate(found.layers):
        mean, variance = (float(gap) for gap in found.by_layer[m, n])
        of_channels = found.by_channel[m, layer.own]
        furthest = int(of_channels.argmax())
        cells.append(
            (
                layer.name,
                str(layer.channels),
                f"{mean:.3f}",
                percent(variance, 1),
                str(furthest),
                f"{of_channels[furthest]:.3f}",
            )
        )
    return Table("gaps of this run over the last batches, by layer", heads, cells)


def _curve(label: str, values: Numbers, steps: int) -> PlotCurve:
    parts = np.array_split(np.arange(len(values)), min(_POINTS, len(values)))
    return PlotCurve(
        label,
        tuple(float(part.mean() + 1) / steps for part in parts),
        tuple(float(values[part].mean()) for part in parts),
    )


def _facts(found: Gaps, own: float, layer: str, channel: int) -> dict[str, JsonValue]:
    m = found.momenta.index(own)
    ends = [found.at_end(epoch) for epoch in range(1, len(found.ends) + 1)]
    return {
        "momentum": own,
        "steps": len(found.mean),
        "layers": [
            {
                "layer": one.name,
                "channels": one.channels,
                "mean_gap": float(found.by_layer[m, n, 0]),
                "variance_gap": float(found.by_layer[m, n, 1]),
            }
            for n, one in enumerate(found.layers)
        ],
        "furthest": {"layer": layer, "channel": channel},
        "momenta": [
            {
                "momentum": momentum,
                "mean_gaps": [float(mean[k]) for mean, _ in ends],
                "variance_gaps": [float(variance[k]) for _, variance in ends],
            }
            for k, momentum in enumerate(found.momenta)
        ],
    }
