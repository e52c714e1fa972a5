"""Arguments and options that several commands take."""

from typing import Annotated

import typer

from tuilab.cli.completions import complete_preset_or_run, complete_run, complete_setting, complete_sweep

RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's id, its first characters, or latest.",
        show_default=False,
        autocompletion=complete_run,
    ),
]
RunNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN",
        help="Runs' ids, their first characters, or latest.",
        show_default=False,
        autocompletion=complete_run,
    ),
]
RunOrPreset = Annotated[
    str,
    typer.Argument(
        metavar="RUN|PRESET",
        help="A run's id, its first characters, or latest; or a preset's name.",
        show_default=False,
        autocompletion=complete_preset_or_run,
    ),
]
SweepName = Annotated[
    str,
    typer.Argument(
        metavar="SWEEP", help="A sweep's name, or latest.", show_default=False, autocompletion=complete_sweep
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object at the end; tuilab show --help lists its keys.")
]
Events = Annotated[
    bool, typer.Option("--events", help="Print the journal as it grows, one line of JSON per record.")
]
Plot = Annotated[bool, typer.Option("--plot", help="Draw accuracy and cross-entropy at the end.")]
Detach = Annotated[
    bool, typer.Option("--detach", help="Train in the background: print the run's id and exit.")
]
Beside = Annotated[
    bool, typer.Option("--beside", help="Start immediately, even on a device where another run is training.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change one setting; may be repeated. tuilab presets show NAME lists them.",
        autocompletion=complete_setting,
    ),
]


def refuse_conflicts(*, json: bool, events: bool, plot: bool, detach: bool = False) -> None:
    """Refuse options that contradict each other; raises UsageError."""
    from tuilab.errors import UsageError

    if json and events:
        raise UsageError("--json and --events both write to stdout: use only one of them")
    for name, given in {"--json": json, "--events": events, "--plot": plot}.items():
        if detach and given:
            raise UsageError(
                f"--detach exits before there is anything for {name} to print: use only one of them; "
                f"tuilab attach RUN {name} prints it later"
            )
