"""``tuilab look``: what is inside a run."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuilab.cli.options import RunName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuilab.errors import UsageError
    from tuilab.looks.catalogue import Look
    from tuilab.looks.page import Gallery, LookedAt, Page
    from tuilab.looks.pictures import Line


def look(
    run: RunName,
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="One of the names above."),
    ] = "classes",
    other: Annotated[
        str | None, typer.Option("--with", metavar="RUN", help="The other run, for agreement.")
    ] = None,
    is_a: Annotated[
        str | None, typer.Option("--is", metavar="CLASS", help="For errors: only images of this class.")
    ] = None,
    taken_for: Annotated[
        str | None,
        typer.Option("--as", metavar="CLASS", help="For errors: only what is taken for this class."),
    ] = None,
    pictures: Annotated[
        int, typer.Option("--pictures", metavar="N", min=0, max=1000, help="Draw at most so many images.")
    ] = 8,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="First compute what a finished run did not record, from its model."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the numbers as one JSON object.")] = False,
) -> None:
    """Look inside a run: what its network says of each image, and why.

    \b
    classes      which class is taken for which
    errors       images that it is surest of and wrong about
    calibration  whether it is as sure as it is right
    forgetting   which images it learned and forgot again
    agreement    which images one of two runs gets
    norms        moving statistics, and with other momenta
    statistics   what it reaches with other statistics
    gradients    how large in each layer, and dead units
    similarity   which layers training changed
    shifts       how right it is on shifted images
    kernels      their length, its price and its rate

    \b
    Examples:
      tuilab look latest
      tuilab look latest errors --is cat --as dog
      tuilab look latest agreement --with 20261126-1
    """
    import json as encoder

    from tuilab.looks.catalogue import page_of
    from tuilab.looks.page import Asked

    chosen = _chosen(what)
    if chosen.of_two != (other is not None):
        raise _wrong_other(what, given=other is not None)
    first = _looked_at(run)
    second = _looked_at(other) if other is not None else None
    if measure:
        for looked in (first, *([second] if second is not None else ())):
            _measure(chosen, looked)
    page = page_of(chosen.name, first, second, Asked(is_a, taken_for, pictures))
    if json:
        typer.echo(encoder.dumps(page.facts, indent=1, allow_nan=False))
        return
    _print(page, first)


def _chosen(what: str) -> "Look":
    from tuilab.errors import UsageError, listed, nearest
    from tuilab.looks.catalogue import LOOKS, look_of
    from tuilab.terminal import clean

    found = look_of(what)
    if found is None:
        names = [one.name for one in LOOKS]
        raise UsageError(
            f"{clean(what)!r} is nothing to look at; there is {listed(names)}{nearest(what, names)}"
        )
    return found


def _wrong_other(what: str, *, given: bool) -> "UsageError":
    from tuilab.errors import UsageError

    if given:
        return UsageError(f"{what} is a look into one run; --with goes with agreement")
    return UsageError(f"{what} is of two runs; name the other one: --with RUN")


def _looked_at(name: str) -> "LookedAt":
    from tuilab.looks.page import LookedAt
    from tuilab.runs.store import find
    from tuilab.runs.summary import summarize

    run = find(name)
    return LookedAt(summarize(run), run.experiment())


def _measure(chosen: "Look", looked: "LookedAt") -> None:
    from tuilab.cli.wrapping import print_sentence
    from tuilab.errors import UsageError
    from tuilab.lab.measuring import Measuring

    if chosen.measured is None:
        raise UsageError(f"{chosen.name} cannot be measured afterwards: only a run that trains records it")
    run = looked.summary.run
    print_sentence(f"measuring {run.id} from its trained model", err=True)
    with Measuring(run, chosen.measured) as measuring:
        measuring.finish()


def _print(page: "Page", looked: "LookedAt") -> None:
    from tuilab.cli.plots import draw_look
    from tuilab.cli.tables import print_table
    from tuilab.cli.wrapping import print_sentence

    print_sentence(page.title)
    for paragraph in page.paragraphs:
        typer.echo()
        print_sentence(paragraph)
    for plot in page.plots:
        typer.echo()
        typer.echo(draw_look(plot))
    for table in page.tables:
        typer.echo()
        print_table(table)
    for gallery in page.galleries:
        typer.echo()
        _print_gallery(gallery, looked)
    typer.echo()
    for note in page.notes:
        print_sentence(note)


def _print_gallery(gallery: "Gallery", looked: "LookedAt") -> None:
    import sys

    from tuilab.cli.tables import width_of_stdout
    from tuilab.cli.wrapping import print_sentence
    from tuilab.errors import TuilabError
    from tuilab.lab.looking import images_of
    from tuilab.looks.pictures import side_by_side
    from tuilab.machine.terminal_facts import terminal_facts

    typer.echo(gallery.title)
    try:
        images = images_of(looked.experiment, looked.dataset, gallery.part)
    except TuilabError as error:
        print_sentence(f"The pictures are not drawn: {error.sentence}.")
        return
    color = sys.stdout.isatty() and terminal_facts().colours in ("256", "truecolor")
    lines = side_by_side(
        [images[one.place] for one in gallery.pictures],
        [one.captions for one in gallery.pictures],
        width_of_stdout() or 80,
        color=color,
    )
    _echo(lines)


def _echo(lines: "Sequence[Line]") -> None:
    from rich.color import Color
    from rich.console import Console
    from rich.segment import Segment, Segments
    from rich.style import Style

    segments = []
    for line in lines:
        for span in line:
            ink, paper = (None if c is None else Color.from_rgb(*c) for c in (span.ink, span.paper))
            segments.append(Segment(span.text, Style(color=ink, bgcolor=paper)))
        segments.append(Segment.line())
    Console(highlight=False, soft_wrap=True).print(Segments(segments), end="")
