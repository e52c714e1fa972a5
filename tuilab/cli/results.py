"""``tuilab results``: every finished run, beside what the course says."""

import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from tuilab.cli.completions import complete_preset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuilab.results.results import Row


class Format(StrEnum):
    """How results are written."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


class Family(StrEnum):
    """What presets belong to."""

    cnn = "cnn"
    transfer = "transfer"
    concept = "concept"


_HEADS = (
    # key, head, rank, a number, below its row where there is no room
    ("preset", "preset", 0, False, False),
    ("name", "name", 8, False, True),
    ("iteration", "iteration", 9, False, False),
    ("loaded_vgg16_blocks", "loaded_vgg16_blocks", 12, False, False),
    ("fine_tuning_performed", "fine_tuning_performed", 11, False, False),
    ("unfreezed_layers", "unfreezed_layers", 10, False, False),
    ("accuracy", "accuracy", 0, True, False),
    ("course", "course", 2, True, False),
    ("test_cross_entropy", "cross-entropy", 3, True, False),
    ("epochs", "epochs", 4, True, False),
    ("seconds", "seconds", 6, True, False),
    ("training_images", "images", 5, True, False),
    ("seed", "seed", 7, True, False),
    ("changed", "changed", 13, False, True),
    ("run", "run", 1, False, True),
)
"""Columns of the tables for people; what all rows of a table share stands above it."""
_DIGITS = {"accuracy": 4, "test_cross_entropy": 3, "seconds": 0}
_TRANSFER_ONLY = ("iteration", "loaded_vgg16_blocks", "fine_tuning_performed", "unfreezed_layers")


def results(
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="table, csv, json or markdown; csv and json hold every column and setting.",
        ),
    ] = Format.table,
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
    from tuilab.errors import UsageError
    from tuilab.files import paths
    from tuilab.results.results import rows
    from tuilab.runs.index import no_collecting
    from tuilab.runs.store import folders
    from tuilab.terminal import clean

    if preset is not None:
        presets.find(preset)
    if plot and form is not Format.table:
        raise UsageError(f"--plot draws below tables only, not in {form.value}", ["leave out --format"])
    with no_collecting():  # the process ends with it
        found, damaged = rows(folders(), preset, family)
        for sentence in damaged:
            typer.echo(f"left out: {clean(sentence)}", err=True)
        if found or form in (Format.csv, Format.json):
            _print(found, form, plot=plot)
            return
    what = f"of {preset} " if preset else f"of the family {family} " if family else ""
    typer.echo(
        f"no finished runs {what}yet in {clean(str(paths.runs()))}; "
        f"tuilab run --preset {preset or 'bn'} --data digits creates one",
        err=True,
    )


def _print(found: "Sequence[Row]", form: Format, *, plot: bool) -> None:
    from tuilab.results.results import groups

    match form:
        case Format.csv:
            typer.echo(_csv(found), nl=False)
        case Format.json:
            typer.echo(_json(found))
        case Format.markdown:
            typer.echo("\n\n".join(_markdown(caption, group) for caption, group in groups(found)))
        case Format.table:
            _print_tables(groups(found), plot=plot)
        case _:
            assert_never(form)


def _csv(found: "Sequence[Row]") -> str:
    from tuilab.results.results import table
    from tuilab.terminal import clean

    def cleaned(values: "Mapping[str, Any]") -> dict[str, Any]:
        return {key: clean(value) if isinstance(value, str) else value for key, value in values.items()}

    frame = table([{**cleaned(row), "settings": cleaned(row["settings"])} for row in found])
    return frame.to_csv(index=False)


def _json(found: "Sequence[Row]") -> str:
    import json
    import math

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps([{key: plain(value) for key, value in row.items()} for row in found], allow_nan=False)


def _cells(row: "Row") -> dict[str, str]:
    """Return a row's cells by the columns' keys; empty where there is nothing to say."""
    from tuilab.results.number_text import number_text
    from tuilab.terminal import clean

    values = {**row, "course": _course(row)}
    texts = {}
    for key, *_ in _HEADS:
        value = values[key]
        if key in _DIGITS:
            texts[key] = number_text(value, _DIGITS[key])
        elif key == "training_images":
            texts[key] = "" if value is None else f"{value:,}"
        else:
            texts[key] = "" if value is None else clean(str(value))
    return texts


def _course(row: "Row") -> str:
    """Return the accuracy that the course records or expects; with a mark where the run had fewer images."""
    from tuilab.results.number_text import number_text

    said = row["course_expected"] or number_text(row["course_recorded"], 4)
    return f"{said}*" if said and row["course_note"] else said


def _footnotes(group: "Sequence[Row]") -> list[str]:
    """Return what the mark beside the course's numbers means, where there is one."""
    notes = dict.fromkeys(row["course_note"] for row in group if row["course_note"])
    return [f"* with all images; the run had {' or '.join(notes)}"] if notes else []


def _table_of(group: "Sequence[Row]") -> "tuple[list[Any], list[Mapping[str, str]]]":
    """Return the columns in which a row has something to say, of the course's own all or none; and cells."""
    from tuilab.cli.tables import Column

    cells = [_cells(row) for row in group]
    transfer = any(row[key] not in ("", "-") for row in cells for key in _TRANSFER_ONLY)
    columns = [
        Column(key, head, rank, right=number, below=below)
        for key, head, rank, number, below in _HEADS
        if (transfer if key in _TRANSFER_ONLY else rank == 0 or any(row[key] for row in cells))
    ]
    return columns, [{**row, "course": row["course"] or "-"} for row in cells]


def _markdown(caption: str, group: "Sequence[Row]") -> str:
    from tuilab.results.markdown_table import markdown_table

    columns, cells = _table_of(group)
    lines = [[row[column.key] for column in columns] for row in cells]
    table = markdown_table([column.head for column in columns], lines)
    return "\n\n".join([f"**{caption}**", table, *(note.replace("*", "\\*") for note in _footnotes(group))])


def _print_tables(found: "Sequence[tuple[str, Sequence[Row]]]", *, plot: bool) -> None:
    from tuilab.cli.tables import fitted, width_of_stdout

    left_out: dict[str, None] = {}
    for number, (caption, group) in enumerate(found):
        if number:
            typer.echo()
        typer.secho(caption, bold=True)
        columns, cells = _table_of(group)
        table = fitted(columns, cells, width_of_stdout())
        typer.echo("\n".join([*table.lines, *_footnotes(group)]))
        left_out |= dict.fromkeys(table.left_out)
        if plot:
            typer.echo(_drawn(group))
    if left_out:
        told = f"no room for {', '.join(left_out)}: a wider terminal or --format csv shows them"
        typer.echo(textwrap.fill(told, width_of_stdout() or len(told)), err=True)


def _drawn(group: "Sequence[Row]") -> str:
    """Return the runs of a table over each other, by their presets where each has one of its own."""
    from collections import Counter

    from tuilab.cli.plots import Curve, draw_over_each_other
    from tuilab.runs.store import folders
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    often = Counter(row["preset"] for row in group)
    runs = {run.id: run for run in folders()}
    curves = []
    for row in group:
        label = row["preset"] if row["preset"] != "-" and often[row["preset"]] == 1 else row["run"]
        summary = summarize(runs[row["run"]])
        parent = summary.manifest.parent if summary.manifest.forked_at is None else None
        curves.append(Curve(clean(label), row["run"], summary.epochs, parent))
    return draw_over_each_other(curves)
