"""``tuilab fetch``: the downloads alone, resumable and verified."""

from enum import StrEnum
from typing import Annotated

import typer


class Asset(StrEnum):
    """What can be downloaded."""

    cifar10 = "cifar10"
    vgg16 = "vgg16"


def fetch(
    what: Annotated[
        list[Asset] | None,
        typer.Argument(metavar="WHAT", help="cifar10 or vgg16. Without it: both.", show_default=False),
    ] = None,
) -> None:
    """Download CIFAR-10 and VGG16's weights, and verify them.

    Files that are already on this machine are only verified.
    """
    from tuilab.cli.download_bar import progress_bar
    from tuilab.sources.cifar import fetch_cifar10
    from tuilab.sources.vgg16 import ATTRIBUTION, fetch_vgg16
    from tuilab.terminal import clean

    for asset in what or list(Asset):
        with progress_bar() as progress:
            path = fetch_cifar10(progress) if asset is Asset.cifar10 else fetch_vgg16(progress)
        typer.echo(f"{asset.value}: {clean(str(path))}")
        if asset is Asset.vgg16:
            typer.echo(ATTRIBUTION, err=True)
