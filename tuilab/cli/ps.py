"""``tuilab ps``: what is training, and what was interrupted."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tuilab.experiment.experiment import Experiment
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
    from tuilab.runs.index import OVER, read_all
    from tuilab.runs.store import folders
    from tuilab.terminal import clean

    runs = folders()
    found, damaged = read_all(runs, without=frozenset() if every else OVER)
    found.sort(key=lambda pair: pair[0].manifest.created)
    for sentence in damaged.values():
        typer.echo(f"left out: {clean(sentence)}", err=True)
    rows = [
        row(summary, experiment)
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


def row(summary: "Summary", experiment: "Experiment") -> dict[str, Any]:
    """Return what is told of a run; JSON types only.

    ``epoch`` is the one that is being trained, or, where nothing trains, the last whole one.
    ``seconds_left`` is None where no training tells it; ``seconds_since`` is the age of its last word.
    """
    import math

    from tuilab.cli.lines import phase_text
    from tuilab.results.outcome import diverged
    from tuilab.runs.worker.lease import read_lease

    manifest, lease, batch = summary.manifest, read_lease(summary.run.lease), summary.batch
    runs = summary.state == "running"
    training = runs and batch is not None and summary.phase is not None and summary.phase.name == "training"
    left = batch.seconds_left if training and batch else math.nan
    return {
        "run": summary.run.id,
        "name": manifest.name,
        "preset": manifest.preset,
        "parent": manifest.parent,
        "state": summary.state,
        "diverged": diverged(summary),
        "resumable": summary.resumable,
        "phase": phase_text(summary.phase) if runs and summary.phase else None,
        "epoch": batch.epoch if training and batch else len(summary.epochs),
        "epochs": experiment.training.epochs,
        "seconds_left": left if math.isfinite(left) else None,
        "seconds_since": round(_seconds_ago(summary), 1),
        "device": summary.device and summary.device.device,
        "host": lease and lease.place,
        "pid": lease.pid if lease and runs else None,
    }


def _seconds_ago(summary: "Summary") -> float:
    try:
        last = summary.run.journal.stat().st_mtime
    except OSError:
        last = summary.manifest.created
    return max(time.time() - last, 0.0)


_COLUMNS = {"run": 0, "name": 5, "preset": 7, "state": 1, "at": 2, "time": 3, "device": 4, "host": 6}
"""Columns, and who gets room first; a run's id never breaks, and names its preset anyway."""


def _print_table(rows: list[dict[str, Any]]) -> None:
    from tuilab.cli.tables import Column, fitted, width_of_stdout
    from tuilab.terminal import clean

    columns = [
        Column(head, head, rank, below=head not in ("preset", "device")) for head, rank in _COLUMNS.items()
    ]
    cells = [{head: clean(text) for head, text in _cells(row).items()} for row in rows]
    typer.echo("\n".join(fitted(columns, cells, width_of_stdout()).lines))


def _cells(row: dict[str, Any]) -> dict[str, str]:
    state, since = row["state"], duration_text(row["seconds_since"])
    word = "diverged" if row["diverged"] else state
    at = f"epoch {row['epoch']}/{row['epochs']}"
    if row["phase"] and not row["phase"].startswith("training"):
        at = row["phase"]
    left = row["seconds_left"]
    if state == "running":
        when = f"{duration_text(left)} left" if left is not None else ""
    else:
        when = f"{since} ago"
    return {
        "run": row["run"],
        "name": row["name"],
        "preset": row["preset"] or "-",
        "state": f"{word}, resumable" if row["resumable"] and not row["diverged"] else word,
        "at": at,
        "time": when,
        "device": row["device"] or "",
        "host": row["host"] or "",
    }


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units' worth of precision, e.g. ``4 min`` or ``3 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours // 24} days"
