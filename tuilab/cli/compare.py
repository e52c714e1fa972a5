"""``tuilab compare``: two runs side by side."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.completions import complete_run
from tuilab.cli.results import TABLE, FormatName

if TYPE_CHECKING:
    from tuilab.results.comparison import Side
    from tuilab.results.document import Table
    from tuilab.runs.summary import Summary

_RUN = typer.Argument(
    metavar="RUN",
    help="A run's id, its first characters, or latest.",
    show_default=False,
    autocompletion=complete_run,
)


def compare(
    first: Annotated[str, _RUN],
    second: Annotated[str, _RUN],
    form: FormatName = TABLE,
    plot: Annotated[
        bool, typer.Option("--plot", help="Below the tables, draw both runs' validation accuracy.")
    ] = False,
) -> None:
    """Compare two runs: their settings and their results.

    A is the first run, B the second. What confounds the comparison is said first, and whether a difference is
    more than chance.

    \b
    Examples:
      tuilab compare 20261126-1 latest --plot
      tuilab compare 20261126-1 latest --format latex > compared.tex
    """
    from tuilab.cli.results import chosen_format
    from tuilab.errors import UsageError
    from tuilab.runs.store import find
    from tuilab.runs.summary import summarize

    chosen = chosen_format(form, plot=plot)
    runs = [find(first), find(second)]
    if runs[0] == runs[1]:
        raise UsageError(
            f"both names are those of {runs[0].id}: a run is compared with another one; "
            "tuilab results lists them"
        )
    summaries = [summarize(run) for run in runs]
    ours, theirs = map(_side, summaries)
    if chosen is not None:
        typer.echo(chosen.compared(ours, theirs), nl=False)
        return
    _print(ours, theirs)
    if plot:
        typer.echo()
        typer.echo(_drawn(summaries))


def _side(summary: "Summary") -> "Side":
    from tuilab.results.comparison import Side
    from tuilab.results.record import row_of

    return Side(row_of(summary), summary.epochs)


def _print(first: "Side", second: "Side") -> None:
    from tuilab.cli.wrapping import print_sentence
    from tuilab.results.comparison import LETTERS
    from tuilab.results.document import page, run_title
    from tuilab.results.rows import progress, state_word

    found = page(first, second)
    for letter, row in zip(LETTERS, (first.row, second.row), strict=True):
        done = f"{state_word(row.values)}, {progress(row.values)}"
        print_sentence(f"{letter}  {run_title(row)}: {done}; {row.id}", indent="   ")
    for paragraph in found.paragraphs:
        typer.echo()
        print_sentence(paragraph)
    for table in found.tables:
        typer.echo()
        typer.echo("\n".join(_lines(table)))
    typer.echo()
    typer.echo(found.notes[0])


def _lines(table: "Table") -> tuple[str, ...]:
    from tuilab.cli.tables import Column, fitted, width_of_stdout
    from tuilab.results.comparison import LETTERS

    # the runs' names stand above: here their letters have to do
    letters = dict(zip(range(1, 1 + len(LETTERS)), LETTERS, strict=True))
    columns = [
        Column(str(n), letters.get(n, head.heading), 0 if n == 0 else n, right=head.number, below=True)
        for n, head in enumerate(table.columns)
    ]
    cells = [{str(n): cell or "-" for n, cell in enumerate(line)} for line in table.cells]
    return fitted(columns, cells, width_of_stdout()).lines


def _drawn(summaries: "list[Summary]") -> str:
    from tuilab.cli.plots import Curve, draw_overlaid
    from tuilab.results.comparison import LETTERS
    from tuilab.terminal import clean

    curves = [
        Curve(
            f"{letter}: {clean(one.manifest.preset or one.run.id)}",
            one.run.id,
            one.epochs,
            one.manifest.parent if one.manifest.forked_at is None else None,
        )
        for letter, one in zip(LETTERS, summaries, strict=True)
    ]
    return draw_overlaid(curves)
