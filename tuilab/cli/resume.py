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

    It resumes from its newest intact checkpoint and ends with the same numbers as a run that was never
    interrupted. --events also prints the records from before.

    \b
    Example:
      tuilab resume latest --plot
    """
    from tuilab.cli.continuing import origin
    from tuilab.cli.lines import Fact
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.planned import resume_planned, send_off_again, send_off_planned, train_planned
    from tuilab.lab.preflight import check_inputs
    from tuilab.lab.successors import waiting
    from tuilab.runs.store import find
    from tuilab.runs.summary import Summary

    refuse_quarrels(json=json, events=events, plot=plot, detach=detach)
    found = find(run)
    later = waiting(found)
    done = _refuse(found, waited_for=bool(later))
    check_inputs(later[0].experiment if done else found.experiment())
    summary: Summary | None
    if done and detach:
        summary = send_off_planned(later)
    elif done:
        summary = train_planned(later, events=events)
    elif detach:
        summary = send_off_again(found, later, take_over=take_over)
    else:
        facts = origin(Summary(found, found.manifest()))
        facts += [Fact("then", f"{step.preset}, which was requested with it") for step in later]
        summary = resume_planned(found, later, facts=facts, events=events, take_over=take_over)
    if summary is not None and not events:
        print_outcome(summary, json=json, plot=plot)


def _refuse(run: "Run", *, waited_for: bool) -> bool:
    """Refuse a run that trains, or is done and not waited for; return whether it is done.

    Raises:
        UsageError: it is refused; the sentence says why.
    """
    from tuilab.cli.continuing import forks
    from tuilab.errors import UsageError
    from tuilab.runs.summary import summarize
    from tuilab.runs.worker.lease import look

    lease, state = look(run.lease)
    if lease is not None and state == "alive":
        raise UsageError(
            f"{run.id} is already being trained by process {lease.pid} on {lease.place}",
            [f"tuilab attach {run.id} follows it"],
        )
    done = summarize(run).state == "done"
    if done and not waited_for:
        raise UsageError(
            f"{run.id} is done: there is nothing left to train; a fork can continue from one of its "
            "epochs with something changed",
            [f"{fact.label} {fact.text}" for fact in forks(run)],
        )
    return done
