"""``tuilab sweep export``: a sweep as a file, in a format of tables or as a study of Optuna's own."""

from pathlib import Path
from typing import Annotated

import typer

from tuilab.cli.notation import Command
from tuilab.cli.options import SweepName
from tuilab.cli.sweep.start import sweep_app
from tuilab.cli.wrapping import print_sentence

OPTUNA = "optuna"


@sweep_app.command(cls=Command)
def export(
    name: SweepName,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="csv, json, markdown or latex; or optuna, a study of Optuna's own. Without it, that of "
            "FILE's ending (.csv, .json, .md, .tex); else optuna.",
        ),
    ] = "",
    runs: Annotated[
        bool,
        typer.Option("--runs", help="In CSV, Markdown and LaTeX a row for each run, not for each trial."),
    ] = False,
) -> None:
    """Write a sweep to a file.

    A study has all trials with their values, the accuracy after each epoch, states, seeds and run ids. In a
    FILE that ends in .db, .sqlite or .sqlite3 it is an SQLite database, else a journal.

    \b
    Examples:
      tuilab sweep export latest -o sweep.csv
      tuilab sweep export bn-l2 --format optuna -o bn-l2.log
      tuilab sweep export bn-l2 -o bn-l2.db
    """
    from tuilab.lab.sweeps.boards import fresh_board
    from tuilab.results.formats import find
    from tuilab.sweeps.exports import listing

    chosen = _format_of(form, output)
    board = fresh_board(name)
    if chosen == OPTUNA:
        from tuilab.lab.sweeps.optuna_export import how_to_load, write_study

        write_study(board, output)
        _tell(board.spec.name, output)
        typer.echo(how_to_load(board, output))
        return
    _write(output, find(chosen).listed(listing(board, "runs" if runs else "trials")))
    _tell(board.spec.name, output)


def _format_of(form: str, output: Path) -> str:
    from tuilab.errors import UsageError, listed, nearest
    from tuilab.results.formats import formats
    from tuilab.terminal import clean

    suffixes = {f".{one.suffix}": one.name for one in formats()}
    known = (*suffixes.values(), OPTUNA)
    if not form:
        return suffixes.get(output.suffix.lower(), OPTUNA)
    if form not in known:
        raise UsageError(
            f"--format '{clean(form, limit=40)}' is not allowed: it must be {listed(known, 'or')}"
            f"{nearest(form, known)}"
        )
    return form


def _write(output: Path, text: str) -> None:
    from tuilab.errors import RunError
    from tuilab.files.atomic import write_whole
    from tuilab.terminal import clean

    try:
        write_whole(output, text)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{clean(str(output))} cannot be written: {why}") from error


def _tell(name: str, output: Path) -> None:
    from tuilab.terminal import clean

    print_sentence(f"the sweep {name} is written to {clean(str(output))}", err=True)
