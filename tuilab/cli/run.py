"""``tuilab run``: train an experiment and show what came of it."""

from typing import Annotated, Any

import typer

from tuilab.cli.options import Detach, Events, Json, Plot, Settings, refuse_quarrels


def run(
    preset: Annotated[
        str, typer.Option("--preset", "-p", help="Which experiment; tuilab presets lists them.")
    ],
    data: Annotated[
        str | None,
        typer.Option(help="cifar10, digits, or a path: CIFAR-10 archive or batches, .npz, class folders."),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="imagenet, random, or a path to a VGG16 weight file.")
    ] = None,
    settings: Settings = None,
    epochs: Annotated[str | None, typer.Option(metavar="N", help="Passes over the training images.")] = None,
    limit: Annotated[str | None, typer.Option(metavar="N", help="Only the first N training images.")] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Decides initial weights, order and dropout.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or gpu:K.")] = None,
    precision: Annotated[str | None, typer.Option(help="float32, mixed_float16 or mixed_bfloat16.")] = None,
    features: Annotated[
        str | None, typer.Option(help="Compute the frozen part's output once: auto, on or off.")
    ] = None,
    json: Json = False,
    events: Events = False,
    plot: Plot = False,
    detach: Detach = False,
    name: Annotated[str, typer.Option(help="Your own words for this run.")] = "",
    parent: Annotated[
        str | None,
        typer.Option("--from", metavar="RUN", help="Start from this finished run's trained model."),
    ] = None,
) -> None:
    """Train an experiment in a worker process and show what came of it.

    stdout carries results only; progress and notes go to stderr. Ctrl-C (or SIGTERM) stops at the next
    batch, with a checkpoint. When the terminal goes, or whoever reads the output, the training goes on.
    """
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.planned import send_off_planned, train_planned
    from tuilab.preflight import check_inputs
    from tuilab.runs.plan import plan
    from tuilab.spec.overrides import parse_assignment

    refuse_quarrels(json=json, events=events, plot=plot, detach=detach)
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
    summary = send_off_planned(planned) if detach else train_planned(planned, events=events)
    if summary is not None and not events:
        print_outcome(summary, json=json, plot=plot)
