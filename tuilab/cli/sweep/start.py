"""``tuilab sweep --preset … --grid …``: start a sweep and follow it."""

from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from tuilab.cli.completions import complete_data, complete_preset
from tuilab.cli.notation import Group
from tuilab.cli.options import Settings
from tuilab.cli.wrapping import print_sentence
from tuilab.sources.dataset_names import IN_WORDS

if TYPE_CHECKING:
    from tuilab.sweeps.spec import SweepSpec

sweep_app = typer.Typer(
    name="sweep",
    cls=Group,
    help="Try many values of settings, and find out which are best.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@sweep_app.callback()
def sweep(
    context: typer.Context,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            help="The experiment to vary; tuilab presets lists them.",
            autocompletion=complete_preset,
        ),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=A,B,C", help="Try each of these values of a setting; several make a grid of them."
        ),
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="KEY=LOW..HIGH[:log]",
            help="Try values between two; for --search random or tpe.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Train every point with N seeds.")] = 1,
    search: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="grid: all points; random; tpe: where earlier trials were good. Without it a grid, or tpe "
            "where there is a --range.",
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(metavar="N", help="How many points random and tpe try.")
    ] = None,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="End trials early whose validation accuracy is below the others'."),
    ] = False,
    pruner: Annotated[
        str | None,
        typer.Option(metavar="RULE", help="How --prune decides: median (the default) or hyperband."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help=f"{IN_WORDS}, or a path, as of tuilab run.", autocompletion=complete_data
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="imagenet, random, or a path to a weight file of the base."),
    ] = None,
    settings: Settings = None,
    epochs: Annotated[
        str | None, typer.Option(metavar="N", help="Number of passes over the training images.")
    ] = None,
    limit: Annotated[
        str | None, typer.Option(metavar="N", help="Use only the first N training images.")
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="DEVICE", help="auto, cpu or gpu:K.")] = None,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="A name for the sweep: lowercase letters, digits, hyphens.")
    ] = "",
    storage: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Share the study with other machines: a PostgreSQL or MySQL URL, or the path of a file that "
            "all of them see.",
        ),
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be trained and how long it takes; stop there."),
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Train in the background: print the sweep's name and exit.")
    ] = False,
) -> None:
    """Try many values of settings, and find out which are best.

    Each point is trained as an ordinary run, in the queue, one for each GPU; the preset's own values are
    tried too, to compare with. Trials that differ in the momentum of batch normalization alone share one
    training. The sweep goes on in the background if the terminal is closed.

    \b
    Examples:
      tuilab sweep -p bn-l2 --data digits --grid model.l2=0,1e-4,1e-3
      tuilab sweep -p bn --grid optimizer.learning_rate=0.01,0.001 --seeds 3
      tuilab sweep -p bn --range optimizer.learning_rate=1e-4..1e-1:log --trials 20
      tuilab sweep show latest
    """
    if context.invoked_subcommand is not None:
        return
    from tuilab.errors import UsageError
    from tuilab.experiment.overrides import parse_assignment
    from tuilab.lab.sweeps import control
    from tuilab.lab.sweeps.starting import spec_of

    if preset is None:
        if grid or ranges:
            raise UsageError("a sweep needs the experiment to vary: --preset NAME; tuilab presets lists them")
        _list_or_explain()
        return
    texts = {"data.source": data, "model.weights": weights, "training.device": device}
    given: dict[str, Any] = {key: text for key, text in texts.items() if text is not None}
    for key, number in {"epochs": epochs, "limit": limit}.items():
        if number is not None:
            given[f"training.{key}"] = parse_assignment(f"training.{key}={number}")[1]
    spec = spec_of(
        preset,
        settings or [],
        given,
        grids=grid or [],
        ranges=ranges or [],
        seeds=seeds,
        search=_one_of("--search", search, ("grid", "random", "tpe")),
        trials=trials,
        pruning=_one_of("--pruner", pruner, ("median", "hyperband")) or ("median" if prune else None),
        name=name,
    )
    _tell_plan(spec)
    if dry_run:
        return
    started = control.start(spec, storage)
    if detach:
        typer.echo(started.name)
        return
    from tuilab.cli.sweep.following import follow

    follow(started.name)


def _one_of(option: str, value: str | None, allowed: "tuple[str, ...]") -> Any:
    from tuilab.errors import UsageError, listed
    from tuilab.terminal import clean

    if value is not None and value not in allowed:
        raise UsageError(
            f"{option} '{clean(value, limit=40)}' is not allowed: it must be {listed(allowed, 'or')}"
        )
    return value


def _list_or_explain() -> None:
    from tuilab.cli.sweep.printing import print_list
    from tuilab.lab.sweeps.boards import sweeps

    if sweeps():
        print_list(as_json=False)
        return
    print_sentence(
        "no sweeps yet; tuilab sweep --preset bn-l2 --data digits --grid model.l2=0,1e-4,1e-3 starts one",
        err=True,
    )


def _tell_plan(spec: "SweepSpec") -> None:
    """Say what is trained, what is shared, and how long that takes."""
    from tuilab.lab.sweeps.starting import trainings_of, trials_of
    from tuilab.sweeps.wording import counted

    runs = trials_of(spec)
    trained = trainings_of(spec)
    own = len(runs) // len(spec.seeds) - spec.points
    points = counted(spec.points, "point")
    and_preset = f" and the preset {spec.preset} itself, to compare with" if own else ""
    seeds = f", each with {counted(len(spec.seeds), 'seed')}" if len(spec.seeds) > 1 else ""
    print_sentence(f"{spec.name}: {points}{and_preset}{seeds}: {counted(len(runs), 'run')}", err=True)
    if trained < len(runs):
        print_sentence(
            f"{counted(trained, 'training')} for {counted(len(runs), 'run')}: runs that differ only in the "
            "momentum of batch normalization share one, because training does not see it; each has the same "
            "numbers as if it were trained alone",
            err=True,
        )
    if spec.pruning is not None:
        print_sentence(f"pruning by {spec.pruning} may end runs before their last epoch", err=True)
    print_sentence(_time_of(spec, trained, len(runs)), err=True)


def _time_of(spec: "SweepSpec", trained: int, runs: int) -> str:
    from tuilab.advice.estimate import estimate, in_words
    from tuilab.advice.image_counts import ReadRun
    from tuilab.lab.sweeps.coordinator import lanes
    from tuilab.runs.index import read_all
    from tuilab.runs.store import folders

    past = [ReadRun(experiment, summary) for summary, experiment in read_all(folders())[0]]
    past.sort(key=lambda run: run.summary.manifest.created)
    found = estimate(spec.experiment, past)
    if found.seconds is None:
        return f"estimated time: {found.sentence}"
    at_once = lanes()
    match found.basis:
        case "measured":
            why = "from runs like these on this machine"
        case "rate":
            why = "from the speed of other runs on this machine"
        case "guess" | "unknown":
            why = "a guess: no run was measured on this machine yet"
        case _:
            assert_never(found.basis)
    shared = f", and a little for each of the {runs - trained} that share one" if runs > trained else ""
    devices = f" on {at_once} GPUs" if at_once > 1 else ""
    seconds = found.seconds * trained / at_once
    return f"estimated time: about {in_words(seconds)}{devices} for {trained} trainings{shared} ({why})"
