"""``tuilab resume``: go on with a run that ended before it was done."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.options import Detach, Events, Json, Plot, RunName, refuse_quarrels

if TYPE_CHECKING:
    from tuilab.runs.store import Run


def resume(
    run: RunName,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Take over from a worker on another host that is gone for good."),
    ] = False,
    json: Json = False,
    events: Events = False,
    plot: Plot = False,
    detach: Detach = False,
) -> None:
    """Resume a run that was stopped or interrupted, or that failed.

    It resumes at its newest whole checkpoint and ends with the numbers of a run that was never
    interrupted. --events begins with what happened before.

    \b
    Example:
      tuilab resume latest --plot
    """
    from tuilab.cli.background import send_off
    from tuilab.cli.continuing import origin
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.training import train
    from tuilab.preflight import check_inputs
    from tuilab.runs.store import find
    from tuilab.runs.summary import Summary

    refuse_quarrels(json=json, events=events, plot=plot, detach=detach)
    found = find(run)
    _refuse(found)
    check_inputs(found.experiment())
    if detach:
        send_off(found, take_over=take_over)
        return
    facts = origin(Summary(found, found.manifest()))
    summary = train(found, facts=facts, events=events, take_over=take_over)
    if not events:
        print_outcome(summary, json=json, plot=plot)


def _refuse(run: "Run") -> None:
    """Refuse a run that is done or trains; raises UsageError."""
    from tuilab.cli.continuing import forks
    from tuilab.errors import UsageError
    from tuilab.runs.lease import look
    from tuilab.runs.summary import summarize

    lease, state = look(run.lease)
    if lease is not None and state == "alive":
        raise UsageError(
            f"{run.id} is being trained already, by process {lease.pid} on {lease.place}",
            [f"tuilab attach {run.id} follows it"],
        )
    if summarize(run).state == "done":
        raise UsageError(
            f"{run.id} is done: there is nothing left to train; a fork goes on from one of its epochs with "
            "something changed",
            [f"{fact.label} {fact.text}" for fact in forks(run)],
        )
