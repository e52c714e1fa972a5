"""``tuilab rate``: which learning rate an experiment can take, from a few hundred steps at growing rates."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuilab.cli.completions import complete_data
from tuilab.cli.options import RunOrPreset, Settings
from tuilab.sources.dataset_names import IN_WORDS

if TYPE_CHECKING:
    from tuilab.rate.collected import Collected
    from tuilab.rate.curve import Reading
    from tuilab.rate.request import RateRequest
    from tuilab.rate.said import Said


def rate(
    word: RunOrPreset,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help=f"{IN_WORDS}, or a path, as for tuilab run.",
            autocompletion=complete_data,
        ),
    ] = None,
    settings: Settings = None,
    limit: Annotated[
        str | None, typer.Option(metavar="N", help="Use only the first N training images.")
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(metavar="N", help="Seed for the initial weights, the image order and dropout."),
    ] = None,
    lowest: Annotated[float, typer.Option(metavar="RATE", help="The rate of the first step.")] = 1e-5,
    highest: Annotated[float, typer.Option(metavar="RATE", help="The rate of the last step.")] = 10.0,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps from the lowest to the highest rate.")] = 300,
    smoothing: Annotated[
        float,
        typer.Option(metavar="SHARE", help="How much of the moving mean of the loss each step keeps."),
    ] = 0.9,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Find a learning rate: train some steps at growing rates.

    The rate grows by the same factor at each step (Smith 2017). The loss falls, fastest at the steepest
    place, and beyond the edge it grows: the test ends early where it is 4 times its best. A preset is
    tested from its initial weights, a run from its last checkpoint. Nothing of the test is kept, and the run
    is not changed.

    \b
    Examples:
      tuilab rate bn --data digits
      tuilab rate bn-l2 --data digits --set training.batch_size=16 --highest 1
      tuilab rate latest --steps 500 --json > rate.json
    """
    from tuilab.cli.stopping import stopped_by_signals
    from tuilab.experiment.overrides import parse_assignment
    from tuilab.lab.preflight import check_inputs
    from tuilab.lab.rate_test import of_word
    from tuilab.rate.request import span

    given: dict[str, Any] = {} if data is None else {"data.source": data}
    for key, number in {"limit": limit, "seed": seed}.items():
        if number is not None:
            given[f"training.{key}"] = parse_assignment(f"training.{key}={number}")[1]
    request = of_word(word, settings or [], given, span(lowest, highest, steps, smoothing))
    check_inputs(request.experiment)
    with stopped_by_signals():
        collected = _follow(request)
    reading = collected.reading()
    if json:
        import json as json_module

        typer.echo(json_module.dumps(_as_object(collected, reading), allow_nan=False))
    else:
        _print(collected, reading)


def _follow(request: "RateRequest") -> "Collected":
    """Run the test; show on stderr what it does."""
    from tuilab.cli.bars import BarWatcher
    from tuilab.cli.lines import LineWatcher
    from tuilab.lab.rate_test import RateTest
    from tuilab.rate.collected import Collected

    collected = Collected(request)
    bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    with BarWatcher(0) if bar else LineWatcher(0) as watcher, RateTest(request) as test:
        for record in test.said():
            collected.take(record)
            if shown := _shown(record, request.span.steps):
                watcher.see(shown)
    return collected


def _shown(record: "Said", steps: int) -> Any:
    """Return the record of a run that a watcher shows for one of a test; None for one without words."""
    from tuilab.rate.said import RateEnded, RateStep
    from tuilab.runs.journal.records import Phase

    if isinstance(record, RateStep):
        return Phase(name="training", what="", done=record.step, total=steps, unit="steps")
    return None if isinstance(record, RateEnded) else record


def _print(collected: "Collected", reading: "Reading") -> None:
    from tuilab.cli.plots import draw_rate
    from tuilab.cli.wrapping import print_sentence
    from tuilab.lab.rate_test import command

    typer.echo(draw_rate(collected, reading))
    typer.echo()
    for sentence in collected.verdict(reading):
        print_sentence(sentence)
    if reading.suggested is not None and reading.suggested != collected.own:
        typer.echo()
        print_sentence(f"Next: {_line(command(collected.request, reading.suggested))}", indent="  ")


def _line(words: list[str]) -> str:
    import shlex

    return shlex.join(words)


def _as_object(collected: "Collected", reading: "Reading") -> dict[str, Any]:
    from pathlib import Path

    from tuilab.lab.rate_test import command

    request, steepest, edge = collected.request, reading.steepest, reading.edge
    device, dataset, weights = collected.device, collected.dataset, collected.weights
    suggested = reading.suggested
    return {
        "preset": request.preset or None,
        "run": Path(request.run).name or None,
        "lowest": request.span.lowest,
        "highest": request.span.highest,
        "steps": request.span.steps,
        "smoothing": request.span.smoothing,
        "ending": collected.ending,
        "configured": collected.own,
        "steepest": steepest and steepest.rate,
        "fall": steepest and steepest.fall,
        "edge": edge and edge.rate,
        "suggested": suggested,
        "noise": reading.noise,
        "verdict": collected.verdict(reading),
        "command": None if suggested is None else _line(command(request, suggested)),
        "history": {
            "learning_rate": collected.rates,
            "cross_entropy": _finite(collected.cross_entropies),
            "penalty": _finite(collected.penalties),
            "smoothed_rate": [float(rate) for rate in reading.rates],
            "smoothed_loss": [float(loss) for loss in reading.losses],
        },
        "seed": request.experiment.training.seed,
        "precision": request.experiment.training.precision,
        "device": device and device.device,
        "dataset": dataset and dataset.name,
        "dataset_source": dataset and dataset.source,
        "weights": weights and weights.name,
        "weights_source": weights and weights.source,
        "seconds": collected.seconds,
    }


def _finite(values: list[float]) -> list[float | None]:
    import math

    return [value if math.isfinite(value) else None for value in values]
