"""``tuilab ps``: what is training, and what was interrupted."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tuilab.runs.summary import Summary

NOW = frozenset({"running", "waiting", "unreachable", "interrupted"})
"""States of runs that are listed."""
DAY_SECONDS = 24 * 3600.0
"""How long ago a run may have ended to be listed with ``--all``."""


def ps(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each run.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also list runs that ended within the last 24 hours.")
    ] = False,
) -> None:
    """List what is training and what was interrupted.

    On this machine, and on other hosts that share the runs folder.

    \b
    Examples:
      tuilab ps
      tuilab ps --all --json
    """
    import json

    from tuilab.cli.given_up import given_up
    from tuilab.results.live import live
    from tuilab.runs.index import OVER, read_all
    from tuilab.runs.store import folders
    from tuilab.runs.worker.lease import read_lease
    from tuilab.terminal import clean

    runs = folders()
    found, damaged = read_all(runs, without=frozenset() if every else OVER)
    found.sort(key=lambda pair: pair[0].manifest.created)
    for sentence in damaged.values():
        typer.echo(f"left out: {clean(sentence)}", err=True)
    rows = [
        live(summary, experiment, read_lease(summary.run.lease), _seconds_ago(summary))
        for summary, experiment in found
        if summary.state in NOW or (every and _seconds_ago(summary) < DAY_SECONDS)
    ]
    if as_json:
        typer.echo(json.dumps(rows, allow_nan=False))
    elif rows:
        _print_table(rows)
    else:
        nor_ended = " or ended within the last 24 hours" if every else ""
        typer.echo(
            f"nothing is training and nothing was interrupted{nor_ended}; tuilab results lists finished runs",
            err=True,
        )
    for sentence in given_up(runs):
        typer.echo(sentence, err=True)


def _seconds_ago(summary: "Summary") -> float:
    try:
        last = summary.run.journal.stat().st_mtime
    except OSError:
        last = summary.manifest.created
    return max(time.time() - last, 0.0)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from tuilab.cli.tables import fitted, placed, width_of_stdout
    from tuilab.results.columns import IN_PS

    columns = [placed(place) for place in IN_PS]
    cells = [{place.column.key: place.column.cell(row) for place in IN_PS} for row in rows]
    typer.echo("\n".join(fitted(columns, cells, width_of_stdout()).lines))
