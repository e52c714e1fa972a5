"""``tuilab bench``: plain Keras and tuilab beside each other on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.bases.named import TITLES
from tuilab.cli.completions import complete_data, complete_preset
from tuilab.cli.options import Settings
from tuilab.sources.dataset_names import IN_WORDS

if TYPE_CHECKING:
    from rich.console import Console


def bench(
    preset: Annotated[
        list[str] | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            help="Preset to train; may be repeated. Without one: bn.",
            autocompletion=complete_preset,
        ),
    ] = None,
    pairs: Annotated[int, typer.Option(min=1, max=99, metavar="N", help="Number of pairs of runs.")] = 1,
    images: Annotated[
        int, typer.Option("--images", min=10, metavar="N", help="Use only the first N training images.")
    ] = 5000,
    test_images: Annotated[
        int, typer.Option("--test-images", min=1, metavar="N", help="Use only the first N test images.")
    ] = 1000,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Epochs of the presets; their parents keep theirs."),
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help=f"{IN_WORDS}, or a path, as for tuilab run.",
            autocompletion=complete_data,
        ),
    ] = "digits",
    weights: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help=f"imagenet, random, or a path to a {TITLES} weight file."),
    ] = None,
    settings: Settings = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu or gpu:K.")] = "auto",
    warm: Annotated[
        bool,
        typer.Option("--warm", help="In each pair, also train with tuilab once more, with its cache filled."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Compare plain Keras and tuilab: speed, memory, results.

    Both train the same experiment on the same images from the same weights, alternately, each time in a
    fresh process. A preset with a parent trains its parent first. It also checks the machine: the rates
    are shown beside that of a plain matrix multiplication. Without options it takes a minute or two.

    Set TF_ENABLE_ONEDNN_OPTS=1 to give plain Keras oneDNN too; tuilab switches it on by itself.
    """
    import json as json_module

    from tuilab.bench.session import BenchOptions, run
    from tuilab.cli.stopping import stopped_by_signals

    options = BenchOptions(
        presets=tuple(preset or ["bn"]),
        pairs=pairs,
        training_images=images,
        test_images=test_images,
        epochs=epochs,
        source=data,
        weights=weights,
        assignments=tuple(settings or []),
        device=device,
        warm=warm,
    )
    from rich.console import Console

    with stopped_by_signals():
        session = run(options, _Watcher(Console(stderr=True, highlight=False)))
    if json:
        typer.echo(json_module.dumps(session.as_object(), allow_nan=False))
    else:
        typer.echo("\n".join(session.lines()))


class _Watcher:
    """Tells on stderr what is at work; on a terminal with the time that it has taken."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def at_work(self, text: str) -> Iterator[None]:
        """Show what is at work until it is done."""
        if not self._console.is_terminal:
            self.say(f"{text} ...")
            yield
            return
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        # twice a second: more would take from what is measured
        with Progress(*columns, console=self._console, transient=True, refresh_per_second=2) as progress:
            progress.add_task(text, total=None)
            yield
