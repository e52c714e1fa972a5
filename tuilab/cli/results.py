"""``tuilab results``: every finished run, beside what the course says."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.completions import complete_preset
from tuilab.errors import listed
from tuilab.results.formats import find, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuilab.cli.tables import Column
    from tuilab.results.format import Format
    from tuilab.results.groups import Group
    from tuilab.results.rows import Row


TABLE = "table"
"""What ``--format`` takes beside the export formats: tables for this terminal."""
_FORMATS = (TABLE, *names())


def complete_format(incomplete: str) -> list[str]:
    """Return the formats that begin so, for the shell's completion."""
    return [name for name in _FORMATS if name.startswith(incomplete)]


FormatName = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help=f"{listed(_FORMATS, 'or')}; those for programs hold every setting.",
        autocompletion=complete_format,
    ),
]


def chosen_format(form: str, *, plot: bool) -> "Format | None":
    """Return an export format by its name; None for tables on this terminal.

    Raises:
        UsageError: there is none of that name, or it takes no plot.
    """
    from tuilab.errors import UsageError
    from tuilab.terminal import clean

    if form not in _FORMATS:
        known = ", ".join(f"'{name}'" for name in _FORMATS)
        raise UsageError(f"invalid value for '--format' / '-f': '{clean(form)}' is not one of {known}")
    if plot and form != TABLE:
        raise UsageError(f"--plot draws below tables only, not in {form}", ["leave out --format"])
    return None if form == TABLE else find(form)


class Family(StrEnum):
    """What presets belong to."""

    cnn = "cnn"
    transfer = "transfer"
    concept = "concept"


def results(
    form: FormatName = TABLE,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            help="Only runs of this preset.",
            autocompletion=complete_preset,
        ),
    ] = None,
    family: Annotated[
        Family | None,
        typer.Option(metavar="FAMILY", help="Only runs of this family of presets: cnn, transfer or concept."),
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Below each table, draw its runs' validation accuracy.")
    ] = False,
) -> None:
    """List every finished run beside the course's numbers.

    Runs that differ in images, weights or pixels are listed in separate tables.

    \b
    Examples:
      tuilab results --family cnn --plot
      tuilab results --format csv > results.csv
    """
    from tuilab import presets
    from tuilab.cli.wrapping import print_sentence
    from tuilab.collecting import no_collecting
    from tuilab.files import paths
    from tuilab.results.finished import finished_rows
    from tuilab.results.groups import groups
    from tuilab.runs.store import folders
    from tuilab.terminal import clean

    if preset is not None:
        presets.find(preset)
    chosen = chosen_format(form, plot=plot)
    with no_collecting():  # the process ends with it
        found, damaged = finished_rows(folders(), preset, family)
        for sentence in damaged:
            print_sentence(f"left out: {clean(sentence)}", err=True)
        if chosen is None:
            _print_tables(groups(found), plot=plot)
        elif found or chosen.for_programs:
            typer.echo(chosen.text(found), nl=False)
            return
    if found:
        return
    what = f"of {preset} " if preset else f"of the family {family} " if family else ""
    print_sentence(
        f"no finished runs {what}yet in {clean(str(paths.runs()))}; "
        f"tuilab run --preset {preset or 'bn'} --data digits creates one",
        err=True,
    )


def _table_of(group: "Group") -> "tuple[list[Column], list[dict[str, str]]]":
    """Return the columns in which a row has something to say, of the course's own all or none; and cells."""
    from tuilab.cli.tables import placed
    from tuilab.results.columns import IN_RESULTS, worth_showing

    columns = [place.column for place in IN_RESULTS]
    values = [row.values for row in group.rows]
    texts = [[column.text(each) for column in columns] for each in values]
    always = frozenset(place.column.key for place in IN_RESULTS if place.rank == 0)
    shown = worth_showing(columns, texts, always)
    cells = [
        {column.key: text.strip() or column.blank for column, text in zip(columns, line, strict=True)}
        for line in texts
    ]
    return [placed(place) for place in IN_RESULTS if place.column in shown], cells


def _print_tables(found: "Sequence[Group]", *, plot: bool) -> None:
    from tuilab.cli.tables import fitted, width_of_stdout
    from tuilab.cli.wrapping import print_sentence
    from tuilab.results.columns import course_notes

    left_out: dict[str, None] = {}
    for number, group in enumerate(found):
        if number:
            typer.echo()
        typer.secho(group.caption, bold=True)
        columns, cells = _table_of(group)
        table = fitted(columns, cells, width_of_stdout())
        typer.echo("\n".join([*table.lines, *course_notes(row.values for row in group.rows)]))
        left_out |= dict.fromkeys(table.left_out)
        if plot:
            typer.echo(_drawn(group.rows))
    if left_out:
        note = f"no room for {', '.join(left_out)}: a wider terminal or --format csv shows them"
        print_sentence(note, err=True)


def _drawn(group: "Sequence[Row]") -> str:
    """Return the runs of a table over each other, by their presets where each has one of its own."""
    from collections import Counter

    from tuilab.cli.plots import Curve, draw_overlaid
    from tuilab.runs.store import folders
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    often = Counter(row.values["preset"] for row in group)
    runs = {run.id: run for run in folders()}
    curves = []
    for row in group:
        preset = row.values["preset"]
        label = preset if preset != "-" and often[preset] == 1 else row.id
        summary = summarize(runs[row.id])
        parent = summary.manifest.parent if summary.manifest.forked_at is None else None
        curves.append(Curve(clean(label), row.id, summary.epochs, parent))
    return draw_overlaid(curves)
