"""``tuilab fork``: a new run that continues from another's checkpoint, with something changed."""

from typing import Annotated

import typer

from tuilab.cli.options import Beside, Detach, Events, Json, Plot, RunName, Settings, refuse_conflicts


def fork(
    run: RunName,
    at_epoch: Annotated[
        str,
        typer.Option("--at-epoch", metavar="N", help="Start after this epoch: a number, last or best."),
    ] = "last",
    settings: Settings = None,
    name: Annotated[str, typer.Option(metavar="TEXT", help="A name for the fork.")] = "",
    json: Json = False,
    events: Events = False,
    plot: Plot = False,
    detach: Detach = False,
    beside: Beside = False,
) -> None:
    """Start a run from another run's checkpoint, with a change.

    The other run is not changed. A fork keeps its network and images; it may change the optimizer, the
    epochs, the batch size, the seed, which layers are trainable, dropout and weight decay. tuilab show RUN
    lists the epochs that have a checkpoint.

    \b
    Example:
      tuilab fork latest --at-epoch best --set optimizer.learning_rate=0.0001
    """
    from tuilab.cli.background import start_in_background
    from tuilab.cli.lines import Fact, print_facts
    from tuilab.cli.outcome import print_outcome
    from tuilab.cli.training import train
    from tuilab.errors import UsageError
    from tuilab.lab import fork as forks
    from tuilab.lab.preflight import check_inputs
    from tuilab.lab.queue import clients
    from tuilab.runs.run import LONGEST_NAME
    from tuilab.runs.store import find
    from tuilab.terminal import clean

    refuse_conflicts(json=json, events=events, plot=plot, detach=detach)
    if len(name) > LONGEST_NAME:
        raise UsageError(
            f"a name of {len(name)} characters is not allowed: it must be at most {LONGEST_NAME}"
        )
    planned = forks.fork(find(run), at_epoch, settings or [], name=name)
    check_inputs(planned.experiment)
    facts = [
        Fact("fork", f"of {planned.parent.id} after epoch {planned.epoch}"),
        Fact("changed", clean(", ".join(planned.changed)) or "nothing"),
    ]
    (made,) = clients.enqueue([planned], beside=beside)
    if detach:
        print_facts(facts, err=True)
        start_in_background(made)
        return
    summary = train(made, facts=facts, events=events, new=True)
    if not events:
        print_outcome(summary, json=json, plot=plot)
