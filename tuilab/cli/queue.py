"""``tuilab queue``: what waits, in which order and why; and changes of that."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuilab.cli.json_keys import QUEUED, keys_help
from tuilab.cli.notation import Command, Group
from tuilab.cli.options import RunName, RunNames
from tuilab.cli.wrapping import print_sentence

if TYPE_CHECKING:
    from tuilab.lab.queue.standing import Standing
    from tuilab.runs.run import Run

queue_app = typer.Typer(
    name="queue",
    cls=Group,
    epilog=keys_help(QUEUED),
    help="List queued runs, and change their order.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@queue_app.callback()
def _list_by_default(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each run.")
    ] = False,
) -> None:
    """List queued runs, and change their order.

    \b
    Examples:
      tuilab queue
      tuilab queue move latest 1
      tuilab queue hold 20261126-1
    """
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@queue_app.command("list", cls=Command, epilog=keys_help(QUEUED))
def list_queue(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each run.")
    ] = False,
) -> None:
    """List queued runs, and what each one is waiting for.

    \b
    Example:
      tuilab queue list --json
    """
    _list(as_json=as_json)


@queue_app.command(cls=Command)
def move(
    run: RunName,
    place: Annotated[int, typer.Argument(metavar="PLACE", help="Its new place; 1 is the first.", min=1)],
) -> None:
    """Move a run to another place; it stays behind the run that it starts from.

    \b
    Example:
      tuilab queue move latest 1
    """
    from tuilab.runs.queue import changes
    from tuilab.runs.store import find

    found = find(run)
    at = changes.move(found, place)
    why = "" if at == place else f": it cannot be number {place}"
    print_sentence(f"{found.id} is number {at} in the queue{why}")


@queue_app.command("drop", cls=Command)
def drop_run(run: RunName) -> None:
    """Take a run out of the queue; one that was never trained is deleted.

    Runs that start from the model of a deleted one are deleted with it.

    \b
    Example:
      tuilab queue drop latest
    """
    from tuilab.runs.store import find

    print_sentence(drop(find(run)))


@queue_app.command(cls=Command)
def hold(
    runs: RunNames = None,
    every: Annotated[bool, typer.Option("--all", help="Hold every queued run.")] = False,
) -> None:
    """Keep runs from starting until they are released.

    \b
    Examples:
      tuilab queue hold latest
      tuilab queue hold --all
    """
    from tuilab.lab.queue import clients, holding

    chosen = _chosen(runs, every=every)
    if every:
        chosen = holding.hold_all()
    for one in chosen:
        if not every:
            clients.hold(one)
        print_sentence(f"{one.id} is held; tuilab queue release {one.id} lets it start")
    if not chosen:
        print_sentence("there is no queued run to hold; tuilab queue lists the queue", err=True)


@queue_app.command(cls=Command)
def release(
    runs: RunNames = None,
    every: Annotated[
        bool, typer.Option("--all", help="Release every run that is held or could not be started.")
    ] = False,
) -> None:
    """Let held runs start, or runs that could not be started before.

    If nothing on this machine starts what is queued, this starts the process that does.

    \b
    Examples:
      tuilab queue release latest
      tuilab queue release --all
    """
    from tuilab.lab.queue import clients, holding

    chosen = _chosen(runs, every=every)
    if every:
        chosen = holding.release_all()
    else:
        for one in chosen:
            clients.release(one)
    standing = {one.id: clients.standing_of(one) for one in chosen}
    clients.go_on()
    for one in chosen:
        found = standing[one.id]
        print_sentence(f"{one.id} {found.reason if found else 'is training'}")
    if not chosen:
        print_sentence("no run is held; tuilab queue lists the queue", err=True)


def _chosen(runs: list[str] | None, *, every: bool) -> "list[Run]":
    """Return the runs that are named, each once; with ``every`` none. Raises UsageError for none or both."""
    from tuilab.errors import UsageError
    from tuilab.runs.store import find

    if every == bool(runs):
        raise UsageError("name the runs, or use --all for every queued run; tuilab queue lists them")
    return list({run.id: run for run in map(find, runs or [])}.values())


def drop(run: "Run") -> str:
    """Take a run out of the queue and return what became of it; raises UsageError if it is not in it."""
    from tuilab.cli.continuing import then_trains
    from tuilab.runs.queue import changes

    others = changes.drop(run)
    kept = run.folder.is_dir()
    sentence = f"{run.id} was taken out of the queue"
    if kept:
        return f"{sentence}; tuilab resume {run.id} queues it again{then_trains(run)}"
    also = f", and so were {', '.join(one.id for one in others)}, which would have started from it"
    return f"{sentence} and deleted{also if others else ''}"


def queue_row(standing: "Standing") -> dict[str, Any]:
    """Return what is shown of a queued run; JSON types only."""
    from tuilab.lab.queue.waiting import waiting_values

    entry = standing.queued.entry
    return {
        "run": standing.run.id,
        "name": _name(standing.run),
        "state": "queued",
        **waiting_values(standing),
        "device": entry.device,
        "host": entry.host or None,
    }


def _name(run: "Run") -> str:
    from tuilab.errors import UsageError

    try:
        return run.manifest().name
    except UsageError:
        return ""


def _list(*, as_json: bool) -> None:
    import json

    from tuilab.lab.queue.locking import scheduler_here
    from tuilab.lab.queue.looking import Looker
    from tuilab.lab.queue.standing import standings

    found = standings(Looker().look())
    if as_json:
        typer.echo(json.dumps([queue_row(one) for one in found], allow_nan=False))
    elif found:
        _print_table(found)
    else:
        print_sentence("the queue is empty; tuilab ps lists what is training", err=True)
    startable = next((one for one in found if one.device is not None), None)
    if startable is not None and scheduler_here() is None:
        remedy = f"tuilab queue release {startable.run.id} starts it"
        print_sentence(f"nothing on this machine starts what is queued: {remedy}", err=True)


def _print_table(found: "list[Standing]") -> None:
    from tuilab.cli.tables import Column, fitted, width_of_stdout
    from tuilab.terminal import clean

    heads = {"place": 0, "run": 0, "name": 2, "why": 1, "asked on": 3}
    columns = [Column(head, head, rank, below=rank > 0) for head, rank in heads.items()]
    cells = []
    for one in found:
        texts = (str(one.place), one.run.id, _name(one.run), one.reason, one.queued.entry.host)
        cells.append(dict(zip(heads, map(clean, texts), strict=True)))
    typer.echo("\n".join(fitted(columns, cells, width_of_stdout()).lines))
