"""``tuilab fetch``: the downloads alone, resumable and verified."""

from typing import Annotated

import typer

from tuilab.cli.completions import complete_download

_VGG16 = "vgg16"


def fetch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT",
            help=f"{_VGG16}, or a data set's name. Without it: cifar10 and {_VGG16}.",
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
    from tuilab.sources.named import COURSE, DOWNLOADED
    from tuilab.sources.vgg16 import ATTRIBUTION, fetch_vgg16
    from tuilab.terminal import clean

    assets = (*DOWNLOADED, _VGG16)
    for asset in what or ():
        if asset not in assets:
            raise UsageError(
                f"'{clean(asset, limit=80)}' cannot be downloaded: WHAT must be one of {', '.join(assets)}"
                f"{clean(nearest(asset, assets))}"
            )
    for asset in what or (COURSE, _VGG16):
        with progress_bar() as progress:
            path = fetch_vgg16(progress) if asset == _VGG16 else DOWNLOADED[asset].fetch(progress)
        typer.echo(f"{asset}: {clean(str(path))}")
        if asset == _VGG16:
            typer.echo(ATTRIBUTION, err=True)
