"""``tuilab sweep work`` and ``tuilab sweep script``: many machines on one study."""

import signal
import sys
from functools import partial
from typing import Annotated

import typer

from tuilab.cli.notation import Command
from tuilab.cli.sweep.start import sweep_app
from tuilab.cli.wrapping import print_sentence

Storage = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where the study is kept: a PostgreSQL or MySQL URL, or the path of a file all machines see.",
    ),
]
Study = Annotated[str, typer.Argument(metavar="STUDY", help="What the sweep is called.", show_default=False)]


@sweep_app.command(cls=Command)
def work(
    study: Study,
    storage: Storage,
    data: Annotated[
        str, typer.Option(metavar="SOURCE", help="Where this machine has the images, if elsewhere.")
    ] = "",
    weights: Annotated[
        str, typer.Option(metavar="SOURCE", help="Where this machine has the base's weights, if elsewhere.")
    ] = "",
) -> None:
    """Train trials of a sweep that is kept elsewhere, with all GPUs of this machine, until it is over.

    Images and weights must be the sweep's own, by their digests; a machine that lacks them takes no trial.
    Ctrl-C or SIGTERM stops this machine's runs, and others train them. A machine that vanishes is noticed
    within a minute or so.

    \b
    Examples:
      tuilab sweep work --storage postgresql://lab@db/sweeps bn-l2
      tuilab sweep work --storage /shared/sweeps/bn-l2.log bn-l2
    """
    from tuilab.errors import RunError
    from tuilab.lab.sweeps import process
    from tuilab.lab.sweeps.boards import fresh_board
    from tuilab.lab.sweeps.starting import join
    from tuilab.terminal import clean

    sweep = join(storage, study, data=data, weights=weights)
    asked = process.asked_by(signal.SIGTERM, signal.SIGINT)
    tell = partial(print_sentence, err=True)
    if not process.work(sweep, lambda text: tell(clean(text)), give_back=True, asked=asked):
        tell("stopped; other machines train what this one had begun")
        sys.exit(130)
    found = fresh_board(sweep.name)
    if found.stopped:
        print_sentence(f"the sweep {sweep.name} was stopped", err=True)
        return
    if not found.over:
        raise RunError(f"the sweep {sweep.name} is not over")
    done = sum(trial.state == "done" for trial in found.trials)
    here = sum(trial.state == "done" and not any(run.host for run in trial.runs) for trial in found.trials)
    print_sentence(f"the sweep {sweep.name} is over: {done} trials are done, {here} of them on this machine")


@sweep_app.command(cls=Command)
def script(
    study: Study,
    storage: Storage,
    tasks: Annotated[int, typer.Option(metavar="N", help="How many workers, one GPU each.", min=1)] = 4,
    hours: Annotated[int, typer.Option(metavar="N", help="The time limit of each.", min=1)] = 4,
) -> None:
    """Print a SLURM array job whose tasks train a sweep's trials.

    Each task has a store of its own below TUILAB_HOME; results are in the study. Fetch images and weights
    before, where all nodes find them: tuilab fetch.

    \b
    Example:
      tuilab sweep script --storage /shared/bn-l2.log bn-l2 > job.sh
    """
    from tuilab.lab.sweeps.slurm import array_job

    typer.echo(array_job(study, storage, tasks=tasks, hours=hours), nl=False)
