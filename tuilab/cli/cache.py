"""``tuilab cache``: the frozen features that runs share."""

from typing import Annotated

import typer

from tuilab.cli.json_keys import CACHED, keys_help
from tuilab.cli.notation import Command, Group
from tuilab.cli.wrapping import print_sentence

cache_app = typer.Typer(
    name="cache",
    cls=Group,
    help="List the frozen features that runs share, or delete them.",
    no_args_is_help=False,
    invoke_without_command=True,
    rich_markup_mode=None,
)


@cache_app.callback()
def cache(context: typer.Context) -> None:
    """List the frozen features that runs share, or delete them."""
    from tuilab.sources import feature_cache

    feature_cache.sweep()
    if context.invoked_subcommand is None:
        show()


@cache_app.command("list", cls=Command, epilog=keys_help(CACHED))
def show(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per entry.")] = False,
) -> None:
    """List cached features, least recently used first. These are deleted first when room is needed."""
    import json as json_module
    from dataclasses import asdict
    from datetime import datetime

    from tuilab.sources import feature_cache
    from tuilab.terminal import clean

    entries = feature_cache.entries()
    if json:
        for entry in entries:
            content = {**asdict(entry.key), "images": entry.images, "bytes": entry.bytes, "used": entry.used}
            typer.echo(json_module.dumps({"name": entry.folder.name, **content}))
        return
    for entry in entries:
        key = entry.key
        used = f"{datetime.fromtimestamp(entry.used):%Y-%m-%d %H:%M}"
        pixels = clean(key.pixels.partition(" ")[0])
        what = f"{clean(key.layer)}, {entry.images:,} {key.part} images, {pixels}, {clean(key.precision)}"
        typer.echo(f"{entry.folder.name[:8]}  {entry.bytes / 1e6:>9,.1f} MB  used {used}  {what}")
    size, limit = sum(entry.bytes for entry in entries), feature_cache.limit()
    print_sentence(
        f"{size / 1e6:,.1f} MB of at most {limit / 1e6:,.0f} MB (TUILAB_CACHE_GIB sets it)"
        if entries
        else "no features are cached yet; a run with a frozen base caches the output of its frozen part"
    )


@cache_app.command()
def clear() -> None:
    """Delete all cached features; runs that need them compute them again. Runs reading them can finish."""
    from tuilab.errors import TuilabError
    from tuilab.sources import feature_cache
    from tuilab.terminal import clean

    freed, left = feature_cache.clear()
    typer.echo(f"{freed / 1e6:,.1f} MB deleted")
    for path, why in left.items():
        more = f"; nor could {len(left) - 1} more" if len(left) > 1 else ""
        raise TuilabError(
            f"{clean(str(path))} could not be deleted ({why}){more}",
            [f"look at it: ls -la {clean(str(path))}"],
        )
