"""``tuilab attach``: follow a run that trains, whoever started it and wherever."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.completions import complete_run
from tuilab.cli.options import Events, Json, Plot, refuse_conflicts

if TYPE_CHECKING:
    from tuilab.runs.run import Run
    from tuilab.runs.summary import Summary


def attach(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run's id, its first characters, or latest. Without it: the only run that is training.",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    json: Json = False,
    events: Events = False,
    plot: Plot = False,
) -> None:
    """Follow a run that is training or queued, and show its results.

    The run is shown from its beginning, as by tuilab run. Ctrl-C stops following; the run keeps training.

    \b
    Example:
      tuilab attach --plot
    """
    from tuilab.cli.continuing import attended
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.training import INTERRUPTED
    from tuilab.cli.waiting import Dropped
    from tuilab.cli.wrapping import print_sentence
    from tuilab.results.outcome import reason_text, state_word
    from tuilab.runs.queue.entry import is_queued
    from tuilab.runs.store import find
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    refuse_conflicts(json=json, events=events, plot=plot)
    found = find(run) if run is not None else _only_one()
    if events or _trains(found):
        try:
            summary = _followed(found, events=events)
        except Dropped:
            print_sentence(f"{found.id} was taken out of the queue before it started", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except KeyboardInterrupt:
            if is_queued(found):
                print_sentence(f"{found.id} stays in the queue; {attended(found)}", err=True)
                raise typer.Exit(INTERRUPTED) from None
            print_sentence(
                f"{found.id} keeps training; tuilab attach {found.id} follows it again, "
                f"tuilab stop {found.id} stops it",
                err=True,
            )
            raise typer.Exit(INTERRUPTED) from None
    else:
        summary = summarize(found)
        why = f", {clean(reason_text(summary))}" if summary.reason else ""
        print_sentence(
            f"{found.id} has ended ({state_word(summary)}{why}): there is nothing to follow", err=True
        )
    if not events:
        print_outcome(summary, json=json, plot=plot)


def _followed(run: "Run", *, events: bool) -> "Summary":
    from tuilab.cli.continuing import origin
    from tuilab.cli.following import reader_of, show, watcher
    from tuilab.cli.interrupts import heard_at_a_look
    from tuilab.cli.lines import Fact
    from tuilab.cli.lost_output import output_needed
    from tuilab.cli.training import conclude
    from tuilab.cli.waiting import until_started
    from tuilab.runs.queue.entry import is_queued
    from tuilab.runs.summary import Summary
    from tuilab.runs.worker.following import follow
    from tuilab.runs.worker.process import Before
    from tuilab.terminal import clean

    summary = Summary(run, run.manifest())
    name = summary.manifest.name
    with heard_at_a_look() as each_look, watcher(run.experiment().training.epochs) as shown:
        with output_needed():
            for fact in (
                Fact("run", run.id),
                *([Fact("name", clean(name))] if name else []),
                *origin(summary),
            ):
                shown.tell(fact)

        def say(text: str) -> None:
            with output_needed():
                shown.say(text)

        before = Before(run) if is_queued(run) else None
        until_started(run, each_look, say)
        first = before.records if before else 0
        entries = follow(run, each_look, reader=reader_of(run, events=events), first=first)
        show(entries, summary, shown, events=events)
    return conclude(summary)


def _trains(run: "Run") -> bool:
    """Whether there is something to follow, or to say why there is not: all but a run that is over."""
    from tuilab.runs.summary import summarize
    from tuilab.runs.worker.lease import liveness

    return liveness(run.lease) == "alive" or summarize(run).state not in {"done", "stopped", "failed"}


def _only_one() -> "Run":
    """Return the only run that trains; raises UsageError if there are none or several."""
    from tuilab.errors import UsageError
    from tuilab.runs.store import list_runs
    from tuilab.runs.worker.lease import liveness

    training = [run for run in list_runs() if liveness(run.lease) == "alive"]
    if len(training) == 1:
        return training[0]
    if not training:
        raise UsageError(
            "nothing is training now; tuilab ps lists interrupted runs, tuilab show latest the newest run"
        )
    ids = ", ".join(run.id for run in training[:5])
    raise UsageError(f"{len(training)} runs are training: {ids}; name one: tuilab attach RUN")
