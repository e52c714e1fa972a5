"""``tuilab presets``: the experiments that have a name."""

from itertools import groupby
from typing import Annotated

import typer

from tuilab.cli.completions import complete_preset
from tuilab.cli.notation import Command

presets_app = typer.Typer(
    name="presets",
    help="List the presets, or show one with all its settings.",
    invoke_without_command=True,
    no_args_is_help=False,
)


@presets_app.callback()
def list_presets(context: typer.Context) -> None:
    """List the presets, with what the course says of each."""
    if context.invoked_subcommand is not None:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tuilab.presets import load_all, problems
    from tuilab.terminal import clean

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("preset", "what it is", "starts from", "course"):
        table.add_column(name, overflow="fold")
    # the course's own stand apart from those of single ideas, and these from a person's own
    for _, group in groupby(load_all(), key=lambda preset: (preset.family == "concept", preset.own)):
        for preset in group:
            row = (preset.name, preset.title, preset.experiment.continue_from or "-", _course(preset.course))
            table.add_row(*(Text(clean(cell)) for cell in row))
        table.add_section()
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=10_000)).print(table)
    for problem in problems():
        typer.echo(problem, err=True)


@presets_app.command("show", cls=Command)
def show_preset(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A preset's name.", show_default=False, autocompletion=complete_preset
        ),
    ],
) -> None:
    """Show one preset: what it teaches, the course's numbers, all settings.

    Change a setting by its section and name, for example --set model.bn_momentum=0.9.
    """
    from tuilab.experiment import to_toml
    from tuilab.presets import course_columns, find
    from tuilab.terminal import clean

    preset = find(name)
    typer.echo(f"# {clean(preset.name)}: {clean(preset.title)}")
    typer.echo(f"# lesson: {clean(preset.lesson)}")
    typer.echo("#")
    for line in _wrapped(clean(preset.teaches)):
        typer.echo(f"# {line}")
    typer.echo("#")
    typer.echo(f"# the course: {_course(preset.course)}")
    if preset.experiment.weights is not None:
        for column, value in course_columns(preset.experiment).items():
            typer.echo(f"# {column}: {value}")
    typer.echo()
    typer.echo(to_toml(preset.experiment), nl=False)


def _course(course: object) -> str:
    from tuilab.presets import Course

    assert isinstance(course, Course)
    parts = []
    if course.expected:
        parts.append(f"expects {course.expected[0]:.0%} to {course.expected[1]:.0%}")
    if course.recorded:
        parts.append(f"records {course.recorded:.2%}")
    return ", ".join(parts) or "-"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 96)
