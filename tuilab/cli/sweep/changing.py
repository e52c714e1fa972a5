"""``tuilab sweep stop``, ``resume``, ``attach``, ``requeue``, ``confirm``, ``delete``."""

from typing import Annotated

import typer

from tuilab.cli.notation import Command
from tuilab.cli.options import SweepName
from tuilab.cli.sweep.start import sweep_app
from tuilab.cli.wrapping import print_sentence

Detached = Annotated[
    bool, typer.Option("--detach", help="Leave it to the background: print the sweep's name and exit.")
]


@sweep_app.command(cls=Command)
def stop(
    name: SweepName,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for its runs.")] = 60.0,
) -> None:
    """Stop a sweep: nothing more starts, and its runs stop with a checkpoint.

    \b
    Example:
      tuilab sweep stop latest
    """
    from tuilab.errors import RunError
    from tuilab.lab.sweeps import control, folders

    found = folders.find(name).name
    if not control.stop(found, wait=timeout):
        raise RunError(
            f"the sweep {found} was asked to stop, and its runs are still at work after {timeout:g} s; "
            "they stop at their next batch",
            [f"tuilab sweep show {found} says when they have"],
        )
    print_sentence(f"the sweep {found} is stopped; tuilab sweep resume {found} goes on with it")


@sweep_app.command(cls=Command)
def resume(name: SweepName, detach: Detached = False) -> None:
    """Go on with a sweep that was stopped or interrupted.

    \b
    Example:
      tuilab sweep resume latest
    """
    from tuilab.lab.sweeps import control

    found = control.resume(name)
    _follow_unless(detach, found.name)


@sweep_app.command(cls=Command)
def attach(name: SweepName) -> None:
    """Follow a sweep that is at work in the background.

    \b
    Example:
      tuilab sweep attach latest
    """
    from tuilab.cli.sweep.following import follow
    from tuilab.lab.sweeps import folders

    follow(folders.find(name).name)


@sweep_app.command(cls=Command)
def requeue(
    name: SweepName,
    trial: Annotated[int, typer.Argument(metavar="TRIAL", help="The number of a failed or pruned trial.")],
) -> None:
    """Try a trial again that failed or was pruned; its runs go on from their last checkpoints.

    \b
    Example:
      tuilab sweep requeue latest 7
    """
    from tuilab.lab.sweeps import control, folders

    found = folders.find(name).name
    control.requeue(found, trial)
    print_sentence(f"trial {trial} of the sweep {found} is tried again")


@sweep_app.command(cls=Command)
def confirm(
    name: SweepName,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many fresh seeds; else as many as a point had, at least 3."),
    ] = None,
    detach: Detached = False,
) -> None:
    """Train the best point and the preset again with fresh seeds: what the best is worth without luck.

    The winner of many trials looks better than it is. On seeds that chose nothing it does not.

    \b
    Example:
      tuilab sweep confirm latest --seeds 5
    """
    from tuilab.lab.sweeps import control, folders

    found = folders.find(name).name
    fresh = control.confirm(found, seeds)
    named = f"seed {fresh[0]}" if len(fresh) == 1 else f"seeds {fresh[0]} to {fresh[-1]}"
    print_sentence(f"the best point and the preset are trained again with {named}", err=True)
    _follow_unless(detach, found)


@sweep_app.command(cls=Command)
def delete(name: SweepName) -> None:
    """Take a sweep away; its runs stay, and so does a study that is kept elsewhere.

    \b
    Example:
      tuilab sweep delete bn-l2
    """
    from tuilab.lab.sweeps import control, folders

    found = folders.find(name).name
    control.delete(found)
    print_sentence(f"the sweep {found} is gone; its runs stay")


def _follow_unless(detach: bool, name: str) -> None:
    if detach:
        typer.echo(name)
        return
    from tuilab.cli.sweep.following import follow

    follow(name)
