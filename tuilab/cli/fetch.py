"""``tuilab fetch``: the downloads alone, resumable and verified."""

from typing import Annotated

import typer

from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.cli.completions import complete_download

HELP = f"""
Download images and {" or ".join(f"{base.title}'s" for base in BASES.values())} weights, and verify them.

Files that are already on this machine are only verified.
"""


def fetch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT",
            help=f"{', '.join(BASES)}, or a data set's name. Without it: cifar10 and {COURSE_BASE}.",
            show_default=False,
            autocompletion=complete_download,
        ),
    ] = None,
) -> None:
    """Download images and weights, and verify them."""
    from tuilab.cli.download_bar import progress_bar
    from tuilab.errors import UsageError, nearest
    from tuilab.sources.base_weights import fetch_weights
    from tuilab.sources.named import COURSE, DOWNLOADED
    from tuilab.terminal import clean

    assets = (*DOWNLOADED, *BASES)
    for asset in what or ():
        if asset not in assets:
            raise UsageError(
                f"'{clean(asset, limit=80)}' cannot be downloaded: WHAT must be one of {', '.join(assets)}"
                f"{clean(nearest(asset, assets))}"
            )
    for asset in what or (COURSE, COURSE_BASE):
        base = BASES.get(asset)
        with progress_bar() as progress:
            path = DOWNLOADED[asset].fetch(progress) if base is None else fetch_weights(base, progress)
        typer.echo(f"{asset}: {clean(str(path))}")
        if base is not None:
            typer.echo(base.published.attribution, err=True)
