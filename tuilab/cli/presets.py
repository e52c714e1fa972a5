"""``tuilab presets``: the experiments that have a name."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.completions import complete_preset
from tuilab.cli.notation import Command, Group

if TYPE_CHECKING:
    from tuilab.presets import Course

_IN_A_FILE = 98
"""Columns of a comment in a file or a pipe."""

presets_app = typer.Typer(
    name="presets",
    cls=Group,
    help="List the presets, or show one with all its settings.",
    invoke_without_command=True,
    no_args_is_help=False,
)


@presets_app.callback()
def list_presets(context: typer.Context) -> None:
    """List the presets, with what the course says of each."""
    if context.invoked_subcommand is not None:
        return
    from tuilab.cli.tables import Column, fitted, width_of_stdout
    from tuilab.cli.wrapping import print_sentence
    from tuilab.presets import load_all, problems
    from tuilab.terminal import clean

    columns = [
        Column("preset", "preset", 0),
        Column("title", "what it is", 1, below=True),
        Column("parent", "starts from", 3, below=True),
        Column("course", "course", 2),
    ]
    blank = dict.fromkeys((column.key for column in columns), "")
    rows: list[dict[str, str]] = []
    # the course's own stand apart from those of single ideas, and these from a person's own
    for _, group in groupby(load_all(), key=lambda preset: (preset.family == "concept", preset.own)):
        rows += [blank] if rows else []
        for preset in group:
            cells = (
                preset.name,
                preset.title,
                preset.experiment.continue_from or "",
                _number_of(preset.course),
            )
            rows.append({c.key: clean(text) for c, text in zip(columns, cells, strict=True)})
    lines = fitted(columns, rows, width_of_stdout()).lines
    typer.echo("\n".join(lines))
    for problem in problems():
        print_sentence(problem, err=True)


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
    about = [f"{preset.name}: {preset.title}", f"lesson: {preset.lesson}", "", preset.teaches, ""]
    about.append(f"the course: {_course(preset.course) or '-'}")
    if preset.experiment.weights is not None:
        about += [f"{column}: {value}" for column, value in course_columns(preset.experiment).items()]
    for text in about:
        typer.echo(_comment(clean(text)))
    typer.echo()
    typer.echo(to_toml(preset.experiment), nl=False)


def _number_of(course: "Course") -> str:
    """Return the accuracy that the course expects or records, as short as it can be; empty without one."""
    if course.expected:
        return f"{course.expected[0]:.0%} to {course.expected[1]:.0%}"
    return f"{course.recorded:.2%}" if course.recorded else ""


def _course(course: "Course") -> str:
    parts = []
    if course.expected:
        parts.append(f"expects {course.expected[0]:.0%} to {course.expected[1]:.0%}")
    if course.recorded:
        parts.append(f"records {course.recorded:.2%}")
    return ", ".join(parts)


def _comment(text: str) -> str:
    """Return a text as comments of TOML, as wide as the terminal; in a file as wide as people read."""
    import sys

    from tuilab.cli.wrapping import width_of, wrap

    return "\n".join(f"# {line}".rstrip() for line in wrap(text, (width_of(sys.stdout) or _IN_A_FILE) - 2))
