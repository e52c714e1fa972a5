"""``tuilab ps``: what is training, what waits, and what was interrupted."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tuilab.lab.queue.standing import Standing
    from tuilab.runs.summary import Summary

NOW = frozenset({"queued", "running", "waiting", "unreachable", "interrupted"})
"""States of runs that are listed."""
DAY_SECONDS = 24 * 3600.0
"""How long ago a run may have finished to be listed with ``--all``; ``tuilab results`` lists every one."""


def ps(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each run.")
    ] = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Also list runs that stopped or failed, and those finished within 24 hours."
        ),
    ] = False,
) -> None:
    """List what is training, what is queued, and what was interrupted.

    It covers this machine, and other hosts that share the runs folder.

    \b
    Examples:
      tuilab ps
      tuilab ps --all --json
    """
    import json

    from tuilab.cli.stranded import stranded
    from tuilab.cli.wrapping import print_sentence
    from tuilab.lab.queue.waiting import waiting_values
    from tuilab.results.live import live
    from tuilab.runs.index import OVER, read_all
    from tuilab.runs.store import folders
    from tuilab.runs.worker.lease import read_lease
    from tuilab.terminal import clean

    runs = folders()
    found, damaged = read_all(runs, without=frozenset() if every else OVER)
    found.sort(key=lambda pair: pair[0].manifest.created)
    for sentence in damaged.values():
        print_sentence(f"left out: {clean(sentence)}", err=True)
    waiting = _waiting(any(summary.state == "queued" for summary, _ in found))
    rows = [
        {
            **live(summary, experiment, read_lease(summary.run.lease), _seconds_ago(summary)),
            **waiting_values(waiting.get(summary.run.id)),
        }
        for summary, experiment in found
        if summary.state in NOW
        or (every and (summary.state != "done" or _seconds_ago(summary) < DAY_SECONDS))
    ]
    rows.sort(key=lambda one: one["position"] or 0)
    if as_json:
        typer.echo(json.dumps(rows, allow_nan=False))
    elif rows:
        _print_table(rows)
    else:
        nothing = "nothing is training or queued and nothing was interrupted"
        if every:
            nothing += ", nothing stopped or failed, and nothing finished within 24 hours"
        print_sentence(f"{nothing}; tuilab results lists finished runs", err=True)
    for sentence in stranded(runs):
        print_sentence(sentence, err=True)


def _waiting(queued: bool) -> "dict[str, Standing]":
    """Return how it stands with what waits, by its id; nothing is looked at where nothing does."""
    if not queued:
        return {}
    from tuilab.lab.queue.looking import Looker
    from tuilab.lab.queue.standing import standings

    return {one.run.id: one for one in standings(Looker().look())}


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
