"""``tuilab sweep list`` and ``tuilab sweep show``: what came of sweeps."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.json_keys import keys_help
from tuilab.cli.notation import Command
from tuilab.cli.options import SweepName
from tuilab.cli.results import TABLE, FormatName, chosen_format
from tuilab.cli.sweep.start import sweep_app
from tuilab.sweeps.export_keys import CONTENT, RUN, SWEEP, TRIAL, VERDICT

if TYPE_CHECKING:
    from tuilab.results.format import Format
    from tuilab.sweeps.board import Board
    from tuilab.sweeps.spec import Value

_KEYS = "\n\n".join(
    [
        keys_help(CONTENT),
        *(
            keys_help(keys, what)
            for keys, what in (
                (SWEEP, "sweep"),
                (VERDICT, "verdict"),
                (TRIAL, "each trial"),
                (RUN, "each run"),
            )
        ),
    ]
)


@sweep_app.command("list", cls=Command)
def list_sweeps(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each sweep.")
    ] = False,
) -> None:
    """List the sweeps of this store, newest first.

    \b
    Example:
      tuilab sweep list
    """
    from tuilab.cli.sweep.printing import print_list
    from tuilab.collecting import no_collecting

    with no_collecting():  # the process ends with it
        print_list(as_json=as_json)


@sweep_app.command(cls=Command, epilog=_KEYS)
def show(
    name: SweepName,
    form: FormatName = TABLE,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    runs: Annotated[
        bool,
        typer.Option("--runs", help="In CSV, Markdown and LaTeX a row for each run, not for each trial."),
    ] = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw the validation accuracy of the best trials.")
    ] = False,
    down: Annotated[
        str | None, typer.Option(metavar="KEY", help="The setting of the heat map's rows; else the first.")
    ] = None,
    across: Annotated[
        str | None, typer.Option(metavar="KEY", help="That of its columns; else the next one.")
    ] = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Only trials with this value of a further setting; may be repeated.",
        ),
    ] = None,
    save_preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Save the best settings as a preset of your own.")
    ] = None,
) -> None:
    """Show what came of a sweep so far.

    The answer in words; a heat map of two settings; the ranking with intervals; and how much each setting
    explains.

    \b
    Examples:
      tuilab sweep show latest --plot
      tuilab sweep show bn-l2 --format csv --runs > runs.csv
      tuilab sweep show bn-l2 --save-preset best-bn-l2
    """
    from tuilab.collecting import no_collecting

    chosen = chosen_format("json" if json else form, plot=plot)
    with no_collecting():  # the process ends with it
        _show(name, chosen, runs=runs, plot=plot, down=down, across=across, fix=fix, save_preset=save_preset)


def _show(
    name: str,
    chosen: "Format | None",
    *,
    runs: bool,
    plot: bool,
    down: str | None,
    across: str | None,
    fix: list[str] | None,
    save_preset: str | None,
) -> None:
    from tuilab.cli.sweep.outcome import print_board
    from tuilab.cli.wrapping import print_sentence
    from tuilab.lab.sweeps.boards import fresh_board
    from tuilab.sweeps.heat_map import heat_map

    board = fresh_board(name)
    if save_preset is not None:
        from tuilab.lab.sweeps.saving import save_best
        from tuilab.terminal import clean

        path = save_best(board, save_preset)
        print_sentence(f"the best settings are the preset {save_preset} now: {clean(str(path))}", err=True)
    if chosen is not None:
        from tuilab.sweeps.exports import listing

        typer.echo(chosen.listed(listing(board, "runs" if runs else "trials")), nl=False)
        return
    print_board(board, heat_map(board, down, across, _fixed(fix or [])), plot=plot)
    _tell_time(board)


def _tell_time(board: "Board") -> None:
    """Say how long a sweep still takes that is at work, where that is known."""
    if board.stopped or board.over:
        return
    from tuilab.advice.estimate import in_words
    from tuilab.cli.wrapping import print_sentence
    from tuilab.lab.sweeps.boards import alive
    from tuilab.sweeps.remaining import seconds_left

    left = seconds_left(board)
    if left is not None and alive(board.spec.name):
        typer.echo()
        print_sentence(f"The sweep is at work: about {in_words(left)} left.")


def _fixed(texts: list[str]) -> "dict[str, Value]":
    from tuilab.errors import UsageError
    from tuilab.experiment.overrides import parse_assignment
    from tuilab.terminal import clean

    fixed: dict[str, Value] = {}
    for text in texts:
        if "=" not in text:
            raise UsageError(f"--fix '{clean(text, limit=80)}' is not allowed: write KEY=VALUE")
        key, value = parse_assignment(text)
        fixed[key] = tuple(value) if isinstance(value, list) else value
    return fixed
