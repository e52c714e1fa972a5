"""``tuilab trash``: deleted runs, for as long as they are kept."""

import sys
from typing import Annotated

import typer

from tuilab.cli.completions import complete_deleted
from tuilab.cli.json_keys import DELETED, keys_help
from tuilab.cli.notation import Command, Group
from tuilab.cli.wrapping import print_sentence

trash_app = typer.Typer(
    name="trash",
    cls=Group,
    help="List deleted runs, restore one, or delete them for good.",
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@trash_app.callback()
def trash(context: typer.Context) -> None:
    """List deleted runs, restore one, or delete them for good."""
    if context.invoked_subcommand is None:
        show()


@trash_app.command("list", cls=Command, epilog=keys_help(DELETED))
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per run.")] = False,
) -> None:
    """List deleted runs, latest first, and how long they are kept."""
    import json

    from tuilab.runs.trash import KEEP_SECONDS, list_trash

    kept = list_trash()
    for one in kept:
        if as_json:
            table = {"run": one.run.id, "name": one.name, "deleted": one.deleted}
            typer.echo(json.dumps({**table, "kept_until": one.kept_until, "bytes": one.size()}))
        else:
            name = f"  {one.name}" if one.name else ""
            times = f"deleted {_when(one.deleted)}, kept until {_when(one.kept_until)}"
            typer.echo(f"{one.run.id}{name}  {times}, {one.size() / 1e6:,.1f} MB")
    if not as_json:
        days = round(KEEP_SECONDS / 86400)
        print_sentence(
            "tuilab trash restore RUN restores one"
            if kept
            else f"there are no deleted runs; runs deleted in the app are kept for {days} days"
        )


@trash_app.command(cls=Command)
def restore(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run's id, its first characters, or latest: the one deleted last.",
            show_default=False,
            autocompletion=complete_deleted,
        ),
    ],
) -> None:
    """Restore a deleted run, complete and under its own id."""
    from tuilab.runs.trash import find_trashed
    from tuilab.runs.trash import restore as restore_run

    typer.echo(f"{restore_run(find_trashed(run)).id} is restored")


@trash_app.command(cls=Command)
def empty(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete all deleted runs for good; this cannot be undone."""
    from tuilab.errors import UsageError
    from tuilab.runs.trash import empty_trash, list_trash

    kept = list_trash()
    if not kept:
        print_sentence("there are no deleted runs")
        return
    runs = "1 deleted run" if len(kept) == 1 else f"{len(kept)} deleted runs"
    megabytes = sum(one.size() for one in kept) / 1e6
    if not yes:
        if not sys.stdin.isatty():
            remedy = "tuilab trash empty --yes does not ask"
            raise UsageError(f"there is no terminal to ask on whether to delete {runs} for good", [remedy])
        typer.confirm(f"Delete {runs} ({megabytes:,.1f} MB) for good?", abort=True)
    empty_trash(0)
    typer.echo(f"{runs} deleted for good, {megabytes:,.1f} MB")


def _when(moment: float) -> str:
    from datetime import datetime

    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
