"""``tuilab run``: train an experiment and show its results."""

from typing import Annotated, Any

import typer

from tuilab.bases.named import TITLES
from tuilab.cli.completions import complete_data, complete_preset, complete_run
from tuilab.cli.options import Beside, Detach, Events, Json, Plot, Settings, refuse_conflicts
from tuilab.sources.dataset_names import IN_WORDS


def run(
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            help="The experiment to train; tuilab presets lists them.",
            autocompletion=complete_preset,
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help=f"{IN_WORDS}, or a path: a CIFAR archive or its batches, an .npz, or class folders.",
            autocompletion=complete_data,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help=f"imagenet, random, or a path to a {TITLES} weight file."),
    ] = None,
    settings: Settings = None,
    epochs: Annotated[
        str | None, typer.Option(metavar="N", help="Number of passes over the training images.")
    ] = None,
    limit: Annotated[
        str | None, typer.Option(metavar="N", help="Use only the first N training images.")
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(metavar="N", help="Seed for the initial weights, the image order and dropout."),
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="DEVICE", help="auto, cpu or gpu:K.")] = None,
    precision: Annotated[
        str | None, typer.Option(metavar="TYPE", help="float32, mixed_float16 or mixed_bfloat16.")
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Compute the frozen part's output only once: auto, on or off."),
    ] = None,
    json: Json = False,
    events: Events = False,
    plot: Plot = False,
    detach: Detach = False,
    beside: Beside = False,
    name: Annotated[str, typer.Option(metavar="TEXT", help="A name for this run.")] = "",
    parent: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Start from the trained model of this finished run.",
            autocompletion=complete_run,
        ),
    ] = None,
) -> None:
    """Train an experiment in a worker process and show its results.

    Results go to stdout, progress and notes to stderr. If another run is training on the device, this one
    waits in the queue. Ctrl-C (or SIGTERM) stops at the next batch, with a checkpoint. If the terminal is
    closed or nothing reads the output any more, training continues.

    \b
    Examples:
      tuilab run --preset bn --data digits
      tuilab run -p bn-l2 --data digits --set model.l2=0.01 --epochs 10 --plot
      tuilab run -p iteration-ii --from latest --json > result.json

    \b
    Exit codes:
      0    the run finished
      2    wrong usage
      3    images or weights are missing or damaged
      4    the run failed
      129  the terminal was closed; the run continues
      130  interrupted
    """
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.planned import start_planned_in_background, train_planned
    from tuilab.experiment.overrides import parse_assignment
    from tuilab.lab.plan import plan
    from tuilab.lab.preflight import check_inputs

    refuse_conflicts(json=json, events=events, plot=plot, detach=detach)
    texts = {
        "data.source": data,
        "model.weights": weights,
        "training.device": device,
        "training.precision": precision,
        "training.features": features,
    }
    given: dict[str, Any] = {key: text for key, text in texts.items() if text is not None}
    for key, number in {"epochs": epochs, "limit": limit, "seed": seed}.items():
        if number is not None:
            # read as --set reads it, so that a wrong one is refused in the same words
            given[f"training.{key}"] = parse_assignment(f"training.{key}={number}")[1]
    planned = plan(preset, settings or [], given, name=name, parent=parent)
    for step in planned:
        check_inputs(step.experiment)
    if detach:
        start_planned_in_background(planned, beside=beside)
        return
    summary = train_planned(planned, events=events, beside=beside)
    if not events:
        print_outcome(summary, json=json, plot=plot)
