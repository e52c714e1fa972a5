"""``tuilab ladder``: every unfreeze point of a base, what training takes there, and what runs reached."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuilab.cli.completions import complete_data
from tuilab.cli.options import RunOrPreset, Settings
from tuilab.sources.dataset_names import IN_WORDS

if TYPE_CHECKING:
    from tuilab.advice.ladder import Ladder
    from tuilab.experiment.experiment import Experiment
    from tuilab.runs.summary import Summary


def ladder(
    word: RunOrPreset,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help=f"{IN_WORDS}, or a path, as for tuilab run.",
            autocompletion=complete_data,
        ),
    ] = None,
    settings: Settings = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the unfreeze ladder: each unfreeze point of a base.

    For each point, from nothing unfrozen to all of the base: what trains, the memory of a training step, the
    seconds of an epoch, estimated and measured, and the test accuracy of every run that trained these layers
    of this network, on the same images and from the same weights. Nothing is trained.

    \b
    Examples:
      tuilab ladder iteration-ii
      tuilab ladder iteration-iii --set optimizer.learning_rate=0.0001
      tuilab ladder latest --json
    """
    from tuilab.advice import ladder as ladders
    from tuilab.advice.image_counts import ReadRun
    from tuilab.advice.ladder_text import as_object
    from tuilab.runs.index import read_all
    from tuilab.runs.store import list_runs

    experiment, of = _asked(word, data, settings or [])
    past = [ReadRun(known, summary) for summary, known in read_all(list_runs())[0]]
    found = ladders.ladder(experiment, past, of=of)
    if json:
        import json as encoder

        run = of.run.id if of is not None else None
        preset = of.manifest.preset if of is not None else word
        typer.echo(encoder.dumps(as_object(found, preset=preset, run=run), indent=1, allow_nan=False))
        return
    _print(found, of.run.id if of is not None else word)


def _asked(word: str, data: str | None, settings: list[str]) -> "tuple[Experiment, Summary | None]":
    """Return what is asked about, and the run if it is one."""
    from tuilab.errors import UsageError
    from tuilab.experiment.overrides import with_overrides
    from tuilab.lab.named import preset_or_run
    from tuilab.lab.plan import gather
    from tuilab.presets import Preset
    from tuilab.runs.summary import summarize

    given: dict[str, Any] = {} if data is None else {"data.source": data}
    changed = gather(settings, given)
    found = preset_or_run(word)
    if isinstance(found, Preset):
        return with_overrides(found.experiment, changed), None
    if data is not None:
        raise UsageError("the ladder of a run is of its own images: --data goes with a preset")
    return with_overrides(found.experiment(), changed), summarize(found)


def _print(found: "Ladder", name: str) -> None:
    from tuilab.advice.ladder_text import COLUMNS, cells, notes, runs_table, title
    from tuilab.cli.tables import Column, fitted, print_table, width_of_stdout
    from tuilab.cli.wrapping import print_sentence

    print_sentence(title(found, name))
    typer.echo()
    columns = [Column(c.key, c.head, c.rank, right=c.number) for c in COLUMNS]
    table = fitted(columns, [cells(found, place) for place in range(len(found.rungs))], width_of_stdout())
    typer.echo("\n".join(table.lines))
    if table.left_out:
        print_sentence(f"No room here for: {', '.join(table.left_out)}.")
    if runs := runs_table(found):
        typer.echo()
        print_table(runs)
    typer.echo()
    for note in notes(found):
        print_sentence(note)
