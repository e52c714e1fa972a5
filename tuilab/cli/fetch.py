"""``tuilab fetch``: the downloads alone, resumable and verified."""

from typing import Annotated

import typer

from tuilab.cli.completions import complete_download
from tuilab.sources.named import COURSE, DOWNLOADED

_VGG16 = "vgg16"
_ASSETS = (*DOWNLOADED, _VGG16)


def fetch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT",
            help=f"{', '.join(_ASSETS[:-1])} or {_ASSETS[-1]}. Without it: {COURSE} and {_VGG16}.",
            show_default=False,
            autocompletion=complete_download,
        ),
    ] = None,
) -> None:
    """Download images and VGG16's weights, and verify them.

    Files that are already on this machine are only verified.
    """
    from tuilab.cli.download_bar import progress_bar
    from tuilab.errors import UsageError, nearest
    from tuilab.sources.vgg16 import ATTRIBUTION, fetch_vgg16
    from tuilab.terminal import clean

    for asset in what or ():
        if asset not in _ASSETS:
            raise UsageError(
                f"'{clean(asset, limit=80)}' cannot be downloaded: WHAT must be one of {', '.join(_ASSETS)}"
                f"{clean(nearest(asset, _ASSETS))}"
            )
    for asset in what or (COURSE, _VGG16):
        with progress_bar() as progress:
            path = fetch_vgg16(progress) if asset == _VGG16 else DOWNLOADED[asset].fetch(progress)
        typer.echo(f"{asset}: {clean(str(path))}")
        if asset == _VGG16:
            typer.echo(ATTRIBUTION, err=True)
