"""``tuilab results``: every finished run, beside what the course says."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from rich.table import Table


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


SHOWN = {
    "preset": "preset",
    "name": "name",
    "iteration": "iteration",
    "loaded_vgg16_blocks": "loaded_vgg16_blocks",
    "fine_tuning_performed": "fine_tuning_performed",
    "unfreezed_layers": "unfreezed_layers",
    "accuracy": "accuracy",
    "course_recorded": "course",
    "course_expected": "expected",
    "test_cross_entropy": "test_cross_entropy",
    "epochs": "epochs",
    "seconds": "seconds",
    "training_images": "images",
    "seed": "seed",
    "changed": "changed",
    "run": "run",
}
"""Columns of the tables for people, and what they are called there; the rest stands in the caption."""

_DIGITS = {"accuracy": 4, "course_recorded": 4, "test_cross_entropy": 3, "val_accuracy": 4, "seconds": 0}
_TRANSFER_ONLY = ("iteration", "loaded_vgg16_blocks", "fine_tuning_performed", "unfreezed_layers")


def results(
    form: Annotated[Format, typer.Option("--format", "-f", help="How to write them.")] = Format.table,
    preset: Annotated[str | None, typer.Option("--preset", "-p", help="Only runs of this preset.")] = None,
    family: Annotated[Family | None, typer.Option(help="Only runs of a family of presets.")] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw the runs of each table over each other.")
    ] = False,
) -> None:
    """Show every finished run in a table, beside what the course records or expects.

    Runs on other images, with other weights or other pixels stand in tables of their own.
    """
    from tuilab import paths, presets
    from tuilab.errors import UsageError
    from tuilab.runs.results import table
    from tuilab.runs.store import list_runs
    from tuilab.terminal import clean

    if preset is not None:
        presets.find(preset)
    if plot and form is not Format.table:
        raise UsageError(f"--plot draws below tables, not into {form.value}", ["leave out --format"])
    frame, damaged = table(list_runs(), preset, family)
    for sentence in damaged:
        typer.echo(f"left out: {clean(sentence)}", err=True)
    if form is Format.csv:
        texts = frame.select_dtypes("object").columns
        frame[texts] = frame[texts].map(lambda value: clean(value) if isinstance(value, str) else value)
        typer.echo(frame.to_csv(index=False), nl=False)
    elif form is Format.json:
        typer.echo(frame.to_json(orient="records", double_precision=15))
    elif frame.empty:
        what = f"of {preset} " if preset else f"of the family {family} " if family else ""
        typer.echo(
            f"no finished run {what}yet in {clean(str(paths.runs()))}; "
            f"tuilab run --preset {preset or 'bn'} --data digits makes one",
            err=True,
        )
    elif form is Format.markdown:
        typer.echo("\n\n".join(_markdown(group) for group in _comparable(frame)))
    else:
        _print_tables(frame, plot=plot)


def _comparable(frame: "pd.DataFrame") -> "list[pd.DataFrame]":
    from tuilab.runs.results import groups

    return list(groups(frame))


def _caption(group: "pd.DataFrame") -> str:
    from tuilab.runs.results import caption

    return caption(group.iloc[0].to_dict())


def _columns(group: "pd.DataFrame") -> dict[str, str]:
    """Columns worth showing: those in which a row of the group has something to say."""
    said = {
        column: name
        for column, name in SHOWN.items()
        if any(_cell(column, value) not in ("", "-") for value in group[column])
    }
    if any(column in said for column in _TRANSFER_ONLY):
        return {c: n for c, n in SHOWN.items() if c in said or c in _TRANSFER_ONLY}
    return said


def _cell(column: str, value: object) -> str:
    import pandas as pd

    from tuilab.terminal import clean

    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "-" if column in ("course_recorded", "course_expected") else ""
    if isinstance(value, float):
        return f"{value:.{_DIGITS.get(column, 4)}f}"
    return clean(str(value))


def _markdown(group: "pd.DataFrame") -> str:
    from tuilab.runs.markdown_table import markdown_table

    columns = _columns(group)
    rows = [[_cell(c, v) for c, v in zip(columns, line, strict=True)] for line in _lines(group)]
    return f"**{_caption(group)}**\n\n{markdown_table(list(columns.values()), rows)}"


def _lines(group: "pd.DataFrame") -> list[tuple[object, ...]]:
    return list(group[list(_columns(group))].itertuples(index=False, name=None))


def _print_tables(frame: "pd.DataFrame", *, plot: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    wide = console if console.is_terminal else Console(highlight=False, width=10_000)
    for number, group in enumerate(_comparable(frame)):
        if number:
            wide.print()
        wide.print(Text(_caption(group), style="bold"))
        for part in _parts(group, console.width if console.is_terminal else None):
            wide.print(part, soft_wrap=True)
        if plot:
            typer.echo(_drawn(group))


def _drawn(group: "pd.DataFrame") -> str:
    """Return the runs of a table over each other, by their presets where each has one of its own."""
    from tuilab.cli.plots import draw_over_each_other
    from tuilab.runs.store import list_runs
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    alone = group["preset"].notna() & ~group["preset"].duplicated(keep=False)
    labels = group["preset"].where(alone, group["run"])
    runs = {run.id: run for run in list_runs()}
    epochs = {
        clean(label): summarize(runs[run]).epochs for label, run in zip(labels, group["run"], strict=True)
    }
    return draw_over_each_other(epochs)


_GAP = 2  # columns between two columns of a table


def _parts(group: "pd.DataFrame", width: int | None) -> "Iterator[Table]":
    """Yield the group as one table, or, where that is wider, as several that each begin with the preset.

    ``width`` None: for a file or a pipe, where a line may be as long as it likes.
    """
    columns = _columns(group)
    if width is not None:
        columns = {column: _folded(name) for column, name in columns.items()}
    rows = [
        [_cell(column, value) for column, value in zip(columns, line, strict=True)] for line in _lines(group)
    ]
    sizes = [
        max(*map(len, name.split("\n")), *(len(row[n]) for row in rows), 0)
        for n, name in enumerate(columns.values())
    ]
    part: list[int] = [0]
    for n in range(1, len(sizes)):
        if width and sum(sizes[m] + _GAP for m in [*part, n]) > width and len(part) > 1:
            yield _rich(columns, rows, part)
            part = [0]
        part.append(n)
    yield _rich(columns, rows, part)


def _folded(name: str) -> str:
    """Break a long head at the underscore nearest its middle: its column is then as wide as its values."""
    breaks = [n + 1 for n, character in enumerate(name) if character == "_"]
    if len(name) <= 12 or not breaks:
        return name
    middle = min(breaks, key=lambda n: abs(n - len(name) / 2))
    return f"{name[:middle]}\n{name[middle:]}"


def _rich(columns: dict[str, str], rows: list[list[str]], part: list[int]) -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for n, (column, name) in enumerate(columns.items()):
        if n in part:
            number = column in {*_DIGITS, "course_expected", "epochs", "training_images", "seed"}
            shown.add_column(Text(name), justify="right" if number else "left", vertical="bottom")
    for row in rows:
        shown.add_row(*(Text(row[n]) for n in part))
    return shown
