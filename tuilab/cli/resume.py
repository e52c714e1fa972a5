"""``tuilab resume``: resume a run that ended before it was done."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.options import Beside, Detach, Events, Json, Plot, RunName, refuse_conflicts

if TYPE_CHECKING:
    from tuilab.runs.run import Run


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
    beside: Beside = False,
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
    from tuilab.cli.planned import start_all_in_background, train_all
    from tuilab.cli.training import add_next_steps
    from tuilab.errors import RunError
    from tuilab.lab.preflight import check_inputs
    from tuilab.lab.queue import clients
    from tuilab.lab.successors import waiting
    from tuilab.runs.store import find
    from tuilab.runs.summary import Summary

    refuse_conflicts(json=json, events=events, plot=plot, detach=detach)
    found = find(run)
    later = waiting(found)
    waited_for = bool(later) or bool(clients.following(found))
    done = _refuse(found, waited_for=waited_for)
    check_inputs(later[0].experiment if done and later else found.experiment())
    clients.take_along(found)
    runs, facts = clients.following(found), list[Sequence[Fact]]()
    if not done:
        its_facts = origin(Summary(found, found.manifest()))
        its_facts += [Fact("then", f"{_label(run)}, which was requested with it") for run in runs]
        try:
            clients.enqueue_again(found, take_over=take_over, beside=beside)
        except RunError as error:  # another command was faster
            add_next_steps(error, found)
            raise
        facts, runs = [its_facts], [found, *runs]
    facts += [[] for _ in range(len(runs) - len(facts))]
    if detach:
        start_all_in_background(runs)
        return
    summary = train_all(runs, facts, events=events)
    if not events:
        print_outcome(summary, json=json, plot=plot)


def _label(run: "Run") -> str:
    return run.manifest().preset or run.id


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
