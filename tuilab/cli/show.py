"""``tuilab show``: one run, whole."""

from typing import Annotated

import typer

from tuilab.cli.options import RunName


def show(
    run: RunName,
    json: Annotated[bool, typer.Option("--json", help="Print the same object as tuilab run --json.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw accuracy and cross-entropy.")] = False,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print only the experiment, complete, as TOML.")
    ] = False,
) -> None:
    """Show one run: its experiment, its images, its results.

    \b
    Examples:
      tuilab show latest --plot
      tuilab show 20261126-1 --json
    """
    from tuilab.cli.continuing import forks, next_steps, origin
    from tuilab.cli.lines import Fact, epoch_line, print_facts
    from tuilab.cli.outcome import outcome_facts, print_outcome
    from tuilab.cli.tables import width_of_stdout
    from tuilab.experiment import to_toml
    from tuilab.runs.store import find
    from tuilab.runs.summary import summarize
    from tuilab.terminal import clean

    found = find(run)
    if toml:
        typer.echo(to_toml(found.experiment()), nl=False)
        return
    summary = summarize(found)
    if json:
        print_outcome(summary, json=True, plot=plot)
        return
    epochs = found.experiment().training.epochs
    print_facts(
        [
            *outcome_facts(summary),
            *(Fact("note", clean(note)) for note in summary.notes),
            *origin(summary),
            *forks(found),
            *(Fact("do", clean(remedy)) for remedy in (*summary.remedies, *next_steps(summary))),
            Fact("folder", clean(str(found.folder))),
        ]
    )
    for epoch in summary.epochs:
        typer.echo(epoch_line(epoch, epochs, width_of_stdout()))
    if plot:
        from tuilab.cli.plots import draw

        typer.echo(draw(summary))
