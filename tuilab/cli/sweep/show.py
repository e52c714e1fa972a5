"""``tuilab sweep list`` and ``tuilab sweep show``: what came of sweeps."""

from typing import Annotated

import typer

from tuilab.cli.notation import Command
from tuilab.cli.options import SweepName
from tuilab.cli.sweep.start import sweep_app


@sweep_app.command("list", cls=Command)
def list_sweeps(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with an object for each sweep.")
    ] = False,
) -> None:
    """List the sweeps of this store, newest first.

    \b
    Example:
      tuilab sweep list
    """
    from tuilab.cli.sweep.printing import print_list

    print_list(as_json=as_json)


@sweep_app.command(cls=Command)
def show(name: SweepName) -> None:
    """Show what came of a sweep so far.

    \b
    Example:
      tuilab sweep show latest
    """
    from tuilab.cli.sweep.printing import print_board
    from tuilab.lab.sweeps.boards import fresh_board

    print_board(fresh_board(name))
