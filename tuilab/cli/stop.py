"""``tuilab stop``: end runs, with a checkpoint or immediately."""

import time
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from tuilab.cli.options import RunNames
from tuilab.cli.wrapping import print_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuilab.errors import TuilabError
    from tuilab.runs.run import Run


def stop(
    runs: RunNames = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Stop every run that is training on this machine, and hold every queued run."
        ),
    ] = False,
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="Stop immediately, without a checkpoint: training since the last one is lost."
        ),
    ] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for each run.")] = 60.0,
) -> None:
    """Stop runs at their next batch, with a checkpoint.

    It waits until they have stopped. A queued run is taken out of the queue; with --all, queued runs are held
    instead: tuilab queue release --all lets them start. A run on another machine gets the request through
    its folder.

    \b
    Examples:
      tuilab stop latest
      tuilab stop --all --now
    """
    from tuilab.errors import UsageError
    from tuilab.runs.queue.entry import is_queued
    from tuilab.runs.store import find
    from tuilab.runs.worker import process

    if every == bool(runs):
        raise UsageError(
            "name the runs to stop, or use --all for every run that is training here; tuilab ps lists them"
        )
    if not timeout >= 0:
        raise UsageError(
            f"--timeout = {timeout:g} is not allowed: it must be a number of seconds, at least 0"
        )
    held = _hold() if every else []  # first: nothing is to start where something stops
    chosen = list({run.id: run for run in map(find, runs)}.values()) if runs else _training_here()
    for run in chosen:
        if not is_queued(run):
            _refuse(run, now=now)
    dropped = [run for run in chosen if is_queued(run) and _dropped(run)]
    chosen = [run for run in chosen if run not in dropped and run.folder.is_dir()]
    following = [] if every else _next_after(chosen)
    for run in chosen:
        # one that ended since it was looked at needs no asking
        process.kill(run) if now else process.ask_to_stop(run)
    deadline = time.monotonic() + timeout
    late: list[TuilabError] = []
    for run in chosen:
        if process.ended_within(run, max(deadline - time.monotonic(), 0.0)):
            print_sentence(_ended(run))
        else:
            late.append(_late(run, timeout))
    if every:
        _tell_all(chosen, held)
    elif following and not late:
        print_sentence(f"{following[0].id}, the next in the queue, starts now; {_KEEPS_ALL}", err=True)
    if late:
        late[0].remedies = tuple(remedy for error in late for remedy in error.remedies)
        raise late[0]


_KEEPS_ALL = "tuilab stop --all stops every run that is training and holds the queued ones"
_MOST_NAMED = 5


def _hold() -> "list[Run]":
    """Hold what waits and return it."""
    from tuilab.lab.queue.holding import hold_all

    return hold_all()


def _next_after(stopping: "Sequence[Run]") -> "list[Run]":
    """Return what waits for the devices of runs that are about to be stopped, in the queue's order."""
    from tuilab.lab.queue.looking import Looker
    from tuilab.lab.queue.standing import standings

    ids = {run.id for run in stopping}
    return [
        one.run
        for one in (standings(Looker().look()) if ids else [])
        if one.moves and one.waits_for in ids and one.queued.entry.after not in ids
    ]


def _tell_all(stopped: "Sequence[Run]", held: "Sequence[Run]") -> None:
    from tuilab.errors import listed
    from tuilab.lab.queue.holding import release_waiting_for_parents

    if not stopped:
        print_sentence("nothing is training on this machine", err=True)
    # those that start from a run which was stopped do not start before it is resumed: that says so already
    if kept := release_waiting_for_parents(held):
        named = [run.id for run in kept[:_MOST_NAMED]]
        if len(kept) > _MOST_NAMED:
            named.append(f"{len(kept) - _MOST_NAMED} more")
        what = listed(named)
        verb = "is queued and now" if len(kept) == 1 else "are queued and now"
        them = "it start" if len(kept) == 1 else "them start"
        print_sentence(f"{what} {verb} held; tuilab queue release --all lets {them}")


def _dropped(run: "Run") -> bool:
    """Take a run out of the queue, and say so; False if a worker took it just now."""
    from tuilab.cli.queue import drop
    from tuilab.errors import UsageError

    try:
        print_sentence(drop(run))
    except UsageError:
        return False
    return True


def _training_here() -> "list[Run]":
    from tuilab.runs.store import list_runs
    from tuilab.runs.worker.lease import look

    looked = [(run, *look(run.lease)) for run in list_runs()]
    return [run for run, lease, state in looked if lease is not None and lease.here and state == "alive"]


def _refuse(run: "Run", *, now: bool) -> None:
    """Refuse a run that cannot be stopped; raises UsageError, or RunError for one that cannot be reached."""
    from tuilab.cli.continuing import next_steps
    from tuilab.errors import RunError, UsageError
    from tuilab.results.outcome import state_word
    from tuilab.runs.summary import summarize
    from tuilab.runs.worker.lease import look, why_unreachable

    lease, state = look(run.lease)
    if lease is None or state in ("none", "dead"):
        summary = summarize(run)
        if summary.state == "waiting":
            raise UsageError(f"{run.id} is not training", next_steps(summary))
        raise UsageError(f"{run.id} is not training: it is {state_word(summary)}", next_steps(summary))
    if state == "unreachable":
        raise RunError(
            f"{run.id} cannot be asked to stop: {why_unreachable(lease)}", next_steps(summarize(run))
        )
    if now and not lease.here:
        raise UsageError(
            f"{run.id} is training on {lease.place} and can be ended immediately only there; "
            "without --now it is asked to stop"
        )


def _ended(run: "Run") -> str:
    from tuilab.cli.continuing import resumes_from, then_trains
    from tuilab.results.progress import whole_epochs_text
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    if not run.folder.is_dir():
        return f"{run.id} was removed while it was training"
    summary = summarize(run)
    on = f"tuilab resume {run.id} continues from {resumes_from(run)}{then_trains(run)}"
    match summary.state:
        case "done":
            return f"{run.id} finished before it could stop"
        case "failed":
            return f"{run.id} failed before it could stop: {clean(summary.reason)}"
        case "stopped":
            return f"{run.id} stopped after {whole_epochs_text(len(summary.epochs))}; {on}"
        case "queued" | "waiting" | "running" | "interrupted" | "unreachable":
            return f"{run.id} was ended immediately; {on}"
        case _:
            assert_never(summary.state)


def _late(run: "Run", seconds: float) -> "TuilabError":
    from tuilab.errors import RunError

    return RunError(
        f"{run.id} was asked to stop and is still training after {seconds:g} s; "
        "it will stop at its next batch",
        [
            f"tuilab stop {run.id} --now ends it immediately; "
            "what it learned since its last checkpoint is lost"
        ],
    )
