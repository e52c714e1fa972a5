"""``tuilab trash``: deleted runs, for as long as they are kept."""

import sys
from typing import Annotated

import typer

from tuilab.cli.completions import complete_deleted
from tuilab.cli.notation import Command

trash_app = typer.Typer(
    name="trash",
    help="List deleted runs, bring one back, or delete them for good.",
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@trash_app.callback()
def trash(context: typer.Context) -> None:
    """List deleted runs, bring one back, or delete them for good."""
    if context.invoked_subcommand is None:
        show()


@trash_app.command("list", cls=Command)
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run.")] = False,
) -> None:
    """List the deleted runs that can be brought back, the latest first, and until when."""
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
        typer.echo(
            "tuilab trash restore RUN brings one back"
            if kept
            else f"no deleted run is kept; those deleted in the app are kept for {days} days"
        )


@trash_app.command(cls=Command)
def restore(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Its id, the beginning of it, or latest: the one deleted last.",
            show_default=False,
            autocompletion=complete_deleted,
        ),
    ],
) -> None:
    """Bring a deleted run back, whole and under its own name."""
    from tuilab.runs.trash import find_trashed
    from tuilab.runs.trash import restore as bring_back

    typer.echo(f"{bring_back(find_trashed(run)).id} is back")


@trash_app.command(cls=Command)
def empty(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete for good every run that was deleted; there is no way back."""
    from tuilab.errors import UsageError
    from tuilab.runs.trash import empty_trash, list_trash

    kept = list_trash()
    if not kept:
        typer.echo("no deleted run is kept")
        return
    runs = "1 deleted run" if len(kept) == 1 else f"{len(kept)} deleted runs"
    megabytes = sum(one.size() for one in kept) / 1e6
    if not yes:
        if not sys.stdin.isatty():
            remedy = "tuilab trash empty --yes does not ask"
            raise UsageError(f"nobody can be asked whether {runs} may go for good", [remedy])
        typer.confirm(f"Delete {runs} ({megabytes:,.1f} MB) for good?", abort=True)
    empty_trash(0)
    typer.echo(f"{runs} deleted for good, {megabytes:,.1f} MB")


def _when(moment: float) -> str:
    from datetime import datetime

    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
